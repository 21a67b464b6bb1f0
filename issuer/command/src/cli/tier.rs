//! `postern tier`

use std::num::NonZeroU32;

use clap::{ArgGroup, Args, Subcommand};
use postern_model::TierName;
use postern_time::parse_lifetime;
use serde_json::{Value, json};

use super::arguments::BodyFields;
use super::context::CommandContext;
use super::management::Call;

#[derive(Debug, Subcommand)]
pub(super) enum TierCommand {
    /// Create a tier
    #[command(alias = "add", after_help = "Example:\n  postern tier create platinum --requests 1000 --per 1m")]
    Create {
        /// Name of the tier
        name: TierName,
        /// Description of the tier
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        #[command(flatten)]
        limit: Limit,
        /// Require an administrator's approval for each subscription at the tier
        #[arg(long)]
        approval: bool,
    },
    /// List tiers with their limits
    List,
    /// Show a tier
    Show {
        /// Name of the tier
        name: TierName,
    },
    /// Change a tier: its description, its documented limit, or whether its subscriptions require approval
    ///
    /// The limit here is information for developers. Edges enforce the limit in their own configuration.
    Change(TierChange),
    /// Delete a tier that no subscription uses and no API offers by name
    #[command(alias = "remove")]
    Delete {
        /// Name of the tier
        name: TierName,
    },
}

/// A number of requests in a number of seconds.
#[derive(Debug, Args)]
pub(super) struct Limit {
    /// Documented limit: number of requests in the period of --per
    #[arg(long, value_name = "NUMBER", requires = "per")]
    requests: Option<NonZeroU32>,
    /// Period in which --requests are allowed, such as `60` (seconds), `1m` or `1h`
    #[arg(long, value_name = "DURATION", requires = "requests", value_parser = period)]
    per: Option<NonZeroU32>,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("changes").required(true).multiple(true).args(["description", "no_description", "requests", "no_limit", "approval"])))]
pub(super) struct TierChange {
    /// Name of the tier
    name: TierName,
    /// New description
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Remove the description
    #[arg(long, conflicts_with = "description")]
    no_description: bool,
    #[command(flatten)]
    limit: Limit,
    /// Remove the documented limit
    #[arg(long, conflicts_with = "requests")]
    no_limit: bool,
    /// Whether new subscriptions at the tier require an administrator's approval; existing subscriptions do not change
    #[arg(long, value_name = "BOOL")]
    approval: Option<bool>,
}

impl Limit {
    fn to_json(&self) -> Option<Value> {
        let (requests, per) = self.requests.zip(self.per)?;
        Some(json!({ "requests": requests, "seconds": per }))
    }
}

impl TierCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        match self {
            Self::Create { name, description, limit, approval } => {
                let mut fields = BodyFields::default();
                fields.set("name", Some(&name));
                fields.set("description", description);
                fields.set("limit", limit.to_json());
                fields.set("approval", approval.then_some(true));
                management.send(&Call::create(&["tiers"]).json(&fields.into_body()))?;
                management.printer.print(&json!({ "tier": name }))
            }
            Self::List => management.print_list("tiers", || Call::get(&["tiers"])),
            Self::Show { name } => management.print(&Call::get(&["tiers", name.as_str()])),
            Self::Change(TierChange { name, description, no_description, limit, no_limit, approval }) => {
                let mut changes = BodyFields::default();
                changes.set_or_clear("description", description, no_description);
                changes.set_or_clear("limit", limit.to_json(), no_limit);
                changes.set("approval", approval);
                management.print(&Call::patch(&["tiers", name.as_str()]).json(&changes.into_body()))
            }
            Self::Delete { name } => {
                context.confirmation.ask(|| Ok(format!("Delete the tier `{name}`?")))?;
                management.send(&Call::delete(&["tiers", name.as_str()]))?;
                management.printer.print(&json!({ "removed": name }))
            }
        }
    }
}

/// A number of seconds.
fn period(text: &str) -> Result<NonZeroU32, String> {
    let seconds = parse_lifetime(text).map_err(|error| error.to_string())?.as_secs();
    let seconds = u32::try_from(seconds).ok().and_then(NonZeroU32::new);
    seconds.ok_or_else(|| "must be at most 4294967295 seconds".to_owned())
}
