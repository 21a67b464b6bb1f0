//! `postern admin events`

use clap::{Args, Subcommand};
use postern_secrets::{Clock as _, SystemClock};
use postern_time::TimeFilter;

use crate::cli::context::CommandContext;
use crate::cli::management::Call;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum EventsCommand {
    /// List refused attempts, newest first; equal attempts (event, reason, address, subject) within one hour are one entry with a count
    #[command(after_help = "\
Examples:
  postern admin events list --since 1h
  postern admin events list --event sign_in.refused --subject alice@local
  postern admin events list --source 203.0.113.7 --all")]
    List(List),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// Only events with this name: `sign_in.refused`, `password_change.refused`, `user_code.refused`, `second_factor.refused`, `client.refused`,
    /// `registration.refused`, `management.refused` or `edge.refused`
    #[arg(long)]
    event: Option<String>,
    /// Only events from this address
    #[arg(long, value_name = "ADDRESS")]
    source: Option<String>,
    /// Only events about this user (`NAME@STORE`), client (its consumer key) or member
    #[arg(long)]
    subject: Option<String>,
    /// Only events whose last attempt was at or after this time: a date (`2026-03-01`, 00:00 UTC), a timestamp (`2026-03-01T12:00:00Z`), an age
    /// (`90m`, `2h`, `7d`) or Unix seconds
    #[arg(long, value_name = "TIME")]
    since: Option<TimeFilter>,
    /// Only events whose first attempt was at or before this time, in the same formats as --since
    #[arg(long, value_name = "TIME")]
    until: Option<TimeFilter>,
    /// Maximum number of events
    #[arg(long, value_name = "NUMBER", default_value = "100")]
    limit: usize,
    /// List all events
    #[arg(long, conflicts_with = "limit")]
    all: bool,
}

impl EventsCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        let Self::List(List { event, source, subject, since, until, limit, all }) = self;
        let now = SystemClock.now();
        let [since, until] = [since, until].map(|filter| filter.map(|filter| filter.resolve(now).0.to_string()));
        let list = || {
            Call::get(&["events"])
                .query("event", event.as_deref())
                .query("source", source.as_deref())
                .query("subject", subject.as_deref())
                .query("since", since.as_deref())
                .query("until", until.as_deref())
        };
        let events = management.first(if all { usize::MAX } else { limit }, list)?;
        management.printer.print_list("events", events)
    }
}
