//! `postern admin audit`

use std::net::IpAddr;

use clap::{Args, Subcommand};
use postern_model::ApplicationId;
use postern_secrets::{Clock as _, SystemClock};
use postern_time::TimeFilter;

use crate::cli::context::CommandContext;
use crate::cli::management::Call;
use crate::cli::references::ApplicationReference;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum AuditCommand {
    /// List audit log entries, newest first
    #[command(after_help = "\
Examples:
  postern admin audit list --since 7d
  postern admin audit list --action token.revoke --since 2026-03-01 --until 2026-03-01T12:00:00Z")]
    List(List),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// Only entries about this application, by id or name; one that was deleted has only its id
    #[arg(long, value_name = "ID|NAME")]
    application: Option<ApplicationReference>,
    /// Only entries of this actor: `operator`, `member:NAME`, `client:CONSUMER-KEY` or `issuer`
    #[arg(long)]
    actor: Option<String>,
    /// Only entries of this action, such as `token.revoke`
    #[arg(long)]
    action: Option<String>,
    /// Only entries whose request came from this address
    #[arg(long, value_name = "ADDRESS")]
    source: Option<IpAddr>,
    /// Only entries at or after this time: a date (`2026-03-01`, 00:00 UTC), a timestamp (`2026-03-01T12:00:00Z`), an age (`90m`, `2h`,
    /// `7d`) or Unix seconds
    #[arg(long, value_name = "TIME")]
    since: Option<TimeFilter>,
    /// Only entries at or before this time, in the same formats as --since
    #[arg(long, value_name = "TIME")]
    until: Option<TimeFilter>,
    /// Maximum number of entries
    #[arg(long, value_name = "NUMBER", default_value = "100")]
    limit: usize,
    /// List all entries
    #[arg(long, conflicts_with = "limit")]
    all: bool,
}

impl AuditCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        let Self::List(List { application, actor, action, source, since, until, limit, all }) = self;
        let application = application.map(|application| application.resolve(&management)).transpose()?;
        let source = source.map(|source| source.to_string());
        let now = SystemClock.now();
        let [since, until] = [since, until].map(|filter| filter.map(|filter| filter.resolve(now).0.to_string()));
        let list = || {
            Call::get(&["audit"])
                .query("application", application.as_ref().map(ApplicationId::as_str))
                .query("actor", actor.as_deref())
                .query("action", action.as_deref())
                .query("source", source.as_deref())
                .query("since", since.as_deref())
                .query("until", until.as_deref())
        };
        let entries = management.first(if all { usize::MAX } else { limit }, list)?;
        management.printer.print_list("entries", entries)
    }
}
