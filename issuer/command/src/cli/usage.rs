//! `postern usage`

use clap::Args;
use postern_model::ApplicationId;
use postern_secrets::{Clock as _, SystemClock};
use postern_time::TimeFilter;

use super::context::CommandContext;
use super::management::Call;
use super::references::ApplicationReference;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  postern usage --application storefront
  postern usage --since 90d --until 2026-11-30")]
pub(super) struct Usage {
    /// Only the usage of this application, by id or name
    #[arg(long, value_name = "ID|NAME")]
    application: Option<ApplicationReference>,
    /// From this day on, in UTC: a date (`2026-03-01`), a timestamp, an age (`90d`) or Unix seconds [default: the last 30 days]
    #[arg(long, value_name = "TIME")]
    since: Option<TimeFilter>,
    /// Last day, included, in the same formats as --since [default: today]
    #[arg(long, value_name = "TIME")]
    until: Option<TimeFilter>,
}

impl Usage {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        let Self { application, since, until } = self;
        let application = application.map(|application| application.resolve(&management)).transpose()?;
        let now = SystemClock.now();
        let [since, until] = [since, until].map(|filter| filter.map(|filter| filter.resolve(now).0.to_string()));
        management.print_list("days", || {
            Call::get(&["usage"])
                .query("application", application.as_ref().map(ApplicationId::as_str))
                .query("since", since.as_deref())
                .query("until", until.as_deref())
        })
    }
}
