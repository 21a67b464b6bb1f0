//! `postern admin subscription`

use anyhow::bail;
use clap::{Args, Subcommand};
use postern_model::{ApplicationId, TierName};
use postern_token::ApiReference;
use serde_json::{Value, json};

use crate::cli::arguments::api_reference;
use crate::cli::management::{Call, text};
use crate::cli::{Common, output};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SubscriptionCommand {
    /// Subscribe an application to an API; tokens that are minted from then on hold it, unless it waits for approval
    Add {
        #[command(flatten)]
        which: Which,
        /// The tier
        #[arg(long, value_name = "TIER")]
        tier: TierName,
    },
    /// List what an application is subscribed to
    List {
        /// The application's id
        #[arg(long, value_name = "ID")]
        application: ApplicationId,
    },
    /// List the subscriptions of all applications that wait for approval
    Waiting,
    /// Show a subscription
    Show(Which),
    /// Let a subscription have another tier; tokens that hold the one before it are revoked
    Change {
        #[command(flatten)]
        which: Which,
        /// The tier from now on
        #[arg(long, value_name = "TIER")]
        tier: TierName,
    },
    /// Let a subscription that waits for approval count; it says at which tier
    Approve {
        #[command(flatten)]
        which: Which,
        /// The tier that is approved of; without it, the one that the subscription is at
        #[arg(long, value_name = "TIER")]
        tier: Option<TierName>,
    },
    /// Let a subscription count no longer; tokens that hold it are revoked
    Block(Which),
    /// Let a blocked subscription count again
    Unblock(Which),
    /// End a subscription; every live token of the application that holds it is revoked
    Remove(Which),
}

/// Of which application, to which API.
#[derive(Debug, Args)]
pub(in crate::cli) struct Which {
    /// The application's id
    #[arg(long, value_name = "ID")]
    application: ApplicationId,
    /// The API, as `name/version`
    #[arg(long, value_name = "API", value_parser = api_reference)]
    api: ApiReference<'static>,
}

impl SubscriptionCommand {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let management = common.management()?;
        match self {
            Self::Add { which: Which { application, api }, tier } => {
                let body = json!({ "api": api.as_str(), "tier": tier });
                management.print(&Call::create(&["applications", application.as_str(), "subscriptions"]).json(&body))
            }
            Self::List { application } => {
                let list = || Call::get(&["applications", application.as_str(), "subscriptions"]);
                output::print(&json!({ "subscriptions": management.all(list)? }))
            }
            Self::Waiting => {
                let waiting = management.all(|| Call::get(&["subscriptions", "waiting"]))?;
                output::print(&json!({ "subscriptions": waiting }))
            }
            Self::Show(which) => management.print(&Call::get(&which.path())),
            Self::Change { which, tier } => management.print(&which.change("tier", &tier.as_str().into())),
            Self::Approve { which, tier } => {
                let seen = management.send(&Call::get(&which.path()))?;
                let shown = seen.json()?;
                let (api, at) = (which.api.as_str(), text(&shown, "tier")?);
                if let Some(tier) = tier.filter(|tier| tier.as_str() != at) {
                    bail!("the subscription to `{api}` is at the tier `{at}`, not `{tier}`: nothing was approved of");
                }
                output::note(&format!("approving of `{api}` at the tier `{at}`"));
                management.print(&which.change("state", &"active".into()).if_match(seen.tag))
            }
            Self::Unblock(which) => management.print(&which.change("state", &"active".into())),
            Self::Block(which) => management.print(&which.change("state", &"blocked".into())),
            Self::Remove(which) => {
                let mut removed = management.send(&Call::delete(&which.path()))?.json()?;
                if let Some(removed) = removed.as_object_mut() {
                    removed.insert("application".into(), which.application.as_str().into());
                    removed.insert("api".into(), which.api.as_str().into());
                }
                output::print(&removed)
            }
        }
    }
}

impl Which {
    fn path(&self) -> [&str; 5] {
        let (name, version) = self.api.as_str().split_once('/').unwrap_or((self.api.as_str(), ""));
        ["applications", self.application.as_str(), "subscriptions", name, version]
    }

    fn change(&self, field: &str, value: &Value) -> Call {
        Call::patch(&self.path()).json(&json!({ field: value }))
    }
}
