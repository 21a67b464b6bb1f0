//! `postern admin tier`

use std::num::NonZeroU32;

use clap::{ArgGroup, Args, Subcommand};
use postern_model::TierName;
use serde_json::{Value, json};

use crate::cli::arguments::Changes;
use crate::cli::management::Call;
use crate::cli::{Common, output};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TierCommand {
    /// Add a tier
    Add {
        /// Its name
        name: TierName,
        /// What people are told of it
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        #[command(flatten)]
        limit: Limit,
    },
    /// List every tier with its limit
    List,
    /// Show a tier
    Show {
        /// Its name
        name: TierName,
    },
    /// Change what is said of a tier; the limit itself is set where the edges are run
    Change(Change),
    /// Remove a tier at which nobody is subscribed
    Remove {
        /// Its name
        name: TierName,
    },
}

/// So many requests in so many seconds.
#[derive(Debug, Args)]
pub(in crate::cli) struct Limit {
    /// How many requests it allows
    #[arg(long, value_name = "NUMBER", requires = "per")]
    requests: Option<NonZeroU32>,
    /// In how many seconds
    #[arg(long, value_name = "SECONDS", requires = "requests")]
    per: Option<NonZeroU32>,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("changes").required(true).multiple(true).args(["description", "no_description", "requests", "no_limit"])))]
pub(in crate::cli) struct Change {
    /// Its name
    name: TierName,
    /// What people are told of it from now on
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Tell people nothing of it
    #[arg(long, conflicts_with = "description")]
    no_description: bool,
    #[command(flatten)]
    limit: Limit,
    /// Let it have no limit
    #[arg(long, conflicts_with = "requests")]
    no_limit: bool,
}

impl Limit {
    fn to_json(&self) -> Option<Value> {
        let (requests, per) = self.requests.zip(self.per)?;
        Some(json!({ "requests": requests, "seconds": per }))
    }
}

impl TierCommand {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let management = common.management()?;
        match self {
            Self::Add { name, description, limit } => {
                let mut fields = Changes::default();
                fields.set("name", Some(&name));
                fields.set("description", description);
                fields.set("limit", limit.to_json());
                management.send(&Call::create(&["tiers"]).json(&fields.into_body()))?;
                output::print(&json!({ "tier": name }))
            }
            Self::List => output::print(&json!({ "tiers": management.all(|| Call::get(&["tiers"]))? })),
            Self::Show { name } => management.print(&Call::get(&["tiers", name.as_str()])),
            Self::Change(Change { name, description, no_description, limit, no_limit }) => {
                let mut changes = Changes::default();
                changes.set_or_clear("description", description, no_description);
                changes.set_or_clear("limit", limit.to_json(), no_limit);
                management.print(&Call::patch(&["tiers", name.as_str()]).json(&changes.into_body()))
            }
            Self::Remove { name } => {
                management.send(&Call::delete(&["tiers", name.as_str()]))?;
                output::print(&json!({ "removed": name }))
            }
        }
    }
}
