//! `postern admin subscription`

use anyhow::bail;
use clap::{Args, Subcommand};
use postern_model::{ApplicationId, TierName};
use postern_token::ApiReference;
use serde_json::{Value, json};

use crate::cli::arguments::{api_reference, application_id};
use crate::cli::context::CommandContext;
use crate::cli::management::{Call, text};
use crate::cli::output;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum SubscriptionCommand {
    /// Subscribe an application to an API
    ///
    /// Tokens that are minted later give access to the API. If the API requires approval, the subscription waits for it first.
    #[command(after_help = "Example:\n  postern admin subscription add --application app_… --api pizza/1.0.0 --tier gold")]
    Add {
        #[command(flatten)]
        which: SubscriptionArguments,
        /// Tier of the subscription; `postern admin tier list` shows the tiers
        #[arg(long, value_name = "TIER")]
        tier: TierName,
    },
    /// List the subscriptions of an application
    List {
        /// Id of the application
        #[arg(long, value_name = "ID", value_parser = application_id)]
        application: ApplicationId,
    },
    /// List the subscriptions that wait for approval
    Waiting,
    /// Show a subscription
    Show(SubscriptionArguments),
    /// Change the tier of a subscription and revoke the tokens that contain the old tier
    Change {
        #[command(flatten)]
        which: SubscriptionArguments,
        /// New tier
        #[arg(long, value_name = "TIER")]
        tier: TierName,
    },
    /// Approve a subscription that waits for approval
    Approve {
        #[command(flatten)]
        which: SubscriptionArguments,
        /// Approve only if the subscription has this tier
        #[arg(long, value_name = "TIER")]
        tier: Option<TierName>,
    },
    /// Block a subscription and revoke the tokens that contain it
    Block(SubscriptionArguments),
    /// Unblock a subscription
    Unblock(SubscriptionArguments),
    /// Remove a subscription and revoke the tokens that contain it
    Remove(SubscriptionArguments),
}

/// An application and an API.
#[derive(Debug, Args)]
pub(in crate::cli) struct SubscriptionArguments {
    /// Id of the application
    #[arg(long, value_name = "ID", value_parser = application_id)]
    application: ApplicationId,
    /// API, as `NAME/VERSION`
    #[arg(long, value_name = "API", value_parser = api_reference)]
    api: ApiReference<'static>,
}

impl SubscriptionCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        match self {
            Self::Add { which: SubscriptionArguments { application, api }, tier } => {
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
                    bail!("the subscription to `{api}` has the tier `{at}`, not `{tier}`: it was not approved");
                }
                output::note(&format!("approving the subscription to `{api}` with the tier `{at}`"));
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

impl SubscriptionArguments {
    fn path(&self) -> [&str; 5] {
        let (name, version) = self.api.as_str().split_once('/').unwrap_or((self.api.as_str(), ""));
        ["applications", self.application.as_str(), "subscriptions", name, version]
    }

    fn change(&self, field: &str, value: &Value) -> Call {
        Call::patch(&self.path()).json(&json!({ field: value }))
    }
}
