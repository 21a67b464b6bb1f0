//! `postern admin audit`

use clap::{Args, Subcommand};
use postern_model::ApplicationId;
use postern_secrets::{Clock as _, SystemClock};
use serde_json::json;

use crate::cli::management::Call;
use crate::cli::moment::Moment;
use crate::cli::{Common, output};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum AuditCommand {
    /// List what was done, the newest first
    List(List),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// Only what was done to or for the application of that id
    #[arg(long, value_name = "ID")]
    application: Option<ApplicationId>,
    /// Only what was done by those: `operator`, `member:NAME`, `client:CONSUMER-KEY` or `issuer`
    #[arg(long)]
    actor: Option<String>,
    /// Only that action, such as `token.revoke`
    #[arg(long)]
    action: Option<String>,
    /// Only what was done then or later: a date such as `2026-03-01` (its beginning in UTC) or `2026-03-01T12:00:00Z`, how long ago it was, such as
    /// `90m`, `2h` or `7d`, or seconds since 1970
    #[arg(long, value_name = "MOMENT")]
    since: Option<Moment>,
    /// Only what was done then or earlier, written in the same ways
    #[arg(long, value_name = "MOMENT")]
    until: Option<Moment>,
    /// How many to list at most
    #[arg(long, value_name = "NUMBER", default_value = "100")]
    limit: usize,
    /// List everything, however much it is
    #[arg(long, conflicts_with = "limit")]
    all: bool,
}

impl AuditCommand {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let management = common.management()?;
        let Self::List(List { application, actor, action, since, until, limit, all }) = self;
        let now = SystemClock.now();
        let [since, until] = [since, until].map(|moment| moment.map(|moment| moment.resolve(now).to_string()));
        let list = || {
            Call::get(&["audit"])
                .query("application", application.as_ref().map(ApplicationId::as_str))
                .query("actor", actor.as_deref())
                .query("action", action.as_deref())
                .query("since", since.as_deref())
                .query("until", until.as_deref())
        };
        let entries = management.some(if all { usize::MAX } else { limit }, list)?;
        output::print(&json!({ "entries": entries }))
    }
}
