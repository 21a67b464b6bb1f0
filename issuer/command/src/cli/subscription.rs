//! `postern subscription`

use anyhow::bail;
use clap::{Args, Subcommand};
use postern_model::{ApplicationId, TierName};
use postern_token::ApiReference;
use serde_json::{Value, json};

use super::context::CommandContext;
use super::management::{Call, Management, text};
use super::output;
use super::references::{ApplicationReference, NamedApi};

#[derive(Debug, Subcommand)]
pub(super) enum SubscriptionCommand {
    /// Subscribe an application to an API
    ///
    /// Tokens that are minted later give access to the API. If the API requires approval, the subscription waits for it first.
    #[command(
        alias = "add",
        after_help = "Example:\n  postern subscription create --application storefront --api pizza/1.0.0 --tier gold"
    )]
    Create {
        #[command(flatten)]
        which: SubscriptionArguments,
        /// Tier of the subscription; `postern tier list` shows the tiers
        #[arg(long, value_name = "TIER")]
        tier: TierName,
    },
    /// List subscriptions: those of an application, those that wait for approval, or all that you may see
    List {
        /// Application, by id or name
        #[arg(long, value_name = "ID|NAME")]
        application: Option<ApplicationReference>,
        /// Only subscriptions that wait for approval
        #[arg(long, conflicts_with = "application")]
        waiting: bool,
    },
    #[command(hide = true)]
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
    /// Delete a subscription and revoke the tokens that contain it
    #[command(alias = "remove")]
    Delete(SubscriptionArguments),
}

/// An application and an API.
#[derive(Debug, Args)]
pub(super) struct SubscriptionArguments {
    /// Application, by id or name
    #[arg(long, value_name = "ID|NAME")]
    application: ApplicationReference,
    /// API, as `NAME/VERSION`, or `NAME` if it has one version
    #[arg(long, value_name = "API")]
    api: NamedApi,
}

/// The subscription of an application to an API.
struct Subscription {
    application: ApplicationId,
    api: ApiReference<'static>,
}

impl SubscriptionCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        match self {
            Self::Create { which, tier } => {
                let Subscription { application, api } = which.resolve(&management)?;
                let body = json!({ "api": api.as_str(), "tier": tier });
                management.print(&Call::create(&["applications", application.as_str(), "subscriptions"]).json(&body))
            }
            Self::List { waiting: true, .. } | Self::Waiting => {
                management.print_list("subscriptions", || Call::get(&["subscriptions", "waiting"]))
            }
            Self::List { application: Some(application), waiting: false } => {
                let application = application.resolve(&management)?;
                management.print_list("subscriptions", || Call::get(&["applications", application.as_str(), "subscriptions"]))
            }
            Self::List { application: None, waiting: false } => list_all(&management),
            Self::Show(which) => management.print(&Call::get(&which.resolve(&management)?.path())),
            Self::Change { which, tier } => {
                let which = which.resolve(&management)?;
                let ends = format!("to the tier `{tier}`? {}", which.ends_tokens());
                context.confirmation.ask(|| Ok(format!("Change the subscription to `{}` {ends}", which.api.as_str())))?;
                management.print(&which.change("tier", &tier.as_str().into()))
            }
            Self::Approve { which, tier } => {
                let which = which.resolve(&management)?;
                let seen = management.send(&Call::get(&which.path()))?;
                let shown = seen.json()?;
                let (api, at) = (which.api.as_str(), text(&shown, "tier")?);
                if let Some(tier) = tier.filter(|tier| tier.as_str() != at) {
                    bail!("the subscription to `{api}` has the tier `{at}`, not `{tier}`: it was not approved");
                }
                output::note(&format!("approving the subscription to `{api}` with the tier `{at}`"));
                management.print(&which.change("state", &"active".into()).if_match(seen.tag))
            }
            Self::Unblock(which) => management.print(&which.resolve(&management)?.change("state", &"active".into())),
            Self::Block(which) => {
                let which = which.resolve(&management)?;
                let ends = which.ends_tokens();
                context.confirmation.ask(|| Ok(format!("Block the subscription to `{}`? {ends}", which.api.as_str())))?;
                management.print(&which.change("state", &"blocked".into()))
            }
            Self::Delete(which) => {
                let which = which.resolve(&management)?;
                let ends = which.ends_tokens();
                context.confirmation.ask(|| Ok(format!("Delete the subscription to `{}`? {ends}", which.api.as_str())))?;
                let mut removed = management.send(&Call::delete(&which.path()))?.json()?;
                if let Some(removed) = removed.as_object_mut() {
                    removed.insert("application".into(), which.application.as_str().into());
                    removed.insert("api".into(), which.api.as_str().into());
                }
                management.printer.print(&removed)
            }
        }
    }
}

/// Lists the subscriptions of all applications that the caller may see, in the form of an application's own list.
fn list_all(management: &Management) -> anyhow::Result<()> {
    let mut all = Vec::new();
    for application in management.all(|| Call::get(&["applications"]))? {
        let id = text(&application, "id")?;
        for subscription in application.get("subscriptions").and_then(Value::as_array).into_iter().flatten() {
            let mut subscription = subscription.clone();
            if let Some(fields) = subscription.as_object_mut() {
                fields.insert("application".into(), id.into());
            }
            all.push(subscription);
        }
    }
    management.printer.print_list("subscriptions", all)
}

impl SubscriptionArguments {
    fn resolve(&self, management: &Management) -> anyhow::Result<Subscription> {
        Ok(Subscription { application: self.application.resolve(management)?, api: self.api.resolve(management)? })
    }
}

impl Subscription {
    /// What the end of the subscription does to tokens, as a sentence.
    fn ends_tokens(&self) -> String {
        format!("This revokes the tokens of `{}` that contain the subscription.", self.application)
    }

    fn path(&self) -> [&str; 5] {
        let (name, version) = self.api.as_str().split_once('/').unwrap_or((self.api.as_str(), ""));
        ["applications", self.application.as_str(), "subscriptions", name, version]
    }

    fn change(&self, field: &str, value: &Value) -> Call {
        Call::patch(&self.path()).json(&json!({ field: value }))
    }
}
