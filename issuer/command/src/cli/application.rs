//! `postern application`

use clap::{ArgGroup, Args, Subcommand};
use postern_model::{ApplicationName, MemberName, TeamName, Validity};
use serde_json::json;

use super::arguments::{BodyFields, validity};
use super::confirm::ends_tokens;
use super::context::CommandContext;
use super::management::{Call, Management, text};
use super::references::ApplicationReference;

#[derive(Debug, Subcommand)]
pub(super) enum ApplicationCommand {
    /// Create an application; the member who creates it becomes its owner
    #[command(after_help = "Example:\n  postern application create storefront")]
    Create {
        /// Display name of the application
        name: ApplicationName,
    },
    /// List the applications that you may see, with their key sets and subscriptions
    List,
    /// Show an application
    Show(ApplicationArgument),
    /// Change an application
    Change(ApplicationChange),
    /// Block an application and revoke its tokens
    Block(ApplicationArgument),
    /// Unblock an application, so that it can obtain tokens again
    Unblock(ApplicationArgument),
    /// Delete an application with its key sets and subscriptions, and revoke its tokens
    ///
    /// The records of its tokens stay in the database.
    Delete(ApplicationArgument),
}

/// An existing application.
#[derive(Debug, Args)]
pub(super) struct ApplicationArgument {
    /// Id of the application, or its name if only one application has that name
    #[arg(value_name = "ID|NAME")]
    application: ApplicationReference,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("changes").required(true).multiple(true)))]
pub(super) struct ApplicationChange {
    #[command(flatten)]
    which: ApplicationArgument,
    /// New display name
    #[arg(long, group = "changes")]
    name: Option<ApplicationName>,
    /// Validity of application tokens in key sets that are created later, such as `3600` (seconds) or `12h`; negative: they never expire
    #[arg(long, value_name = "DURATION", allow_negative_numbers = true, value_parser = validity, group = "changes")]
    application_validity: Option<Validity>,
    /// Validity of user tokens, such as `3600` (seconds) or `12h`; negative: they never expire
    #[arg(long, value_name = "DURATION", allow_negative_numbers = true, value_parser = validity, group = "changes")]
    user_validity: Option<Validity>,
    /// New owner
    #[arg(long, value_name = "MEMBER", group = "changes")]
    owner: Option<MemberName>,
    /// Team that becomes the owner; you must be in it, unless you are an administrator
    #[arg(long, conflicts_with = "owner", group = "changes")]
    team: Option<TeamName>,
    /// Remove the owner; then only administrators can manage the application
    #[arg(long, conflicts_with_all = ["owner", "team"], group = "changes")]
    no_owner: bool,
    /// Whether the application may use the password grant, which asks users for their passwords; avoid it
    #[arg(long, value_name = "BOOL", group = "changes")]
    passwords: Option<bool>,
}

impl ApplicationCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        match self {
            Self::Create { name } => management.print(&Call::create(&["applications"]).json(&json!({ "name": name.as_str() }))),
            Self::List => management.print_list("applications", || Call::get(&["applications"])),
            Self::Show(which) => management.printer.print(&which.application.find(&management)?),
            Self::Change(change) => change.run(&management),
            Self::Block(which) => {
                context.confirmation.ask(|| {
                    let application = which.application.find(&management)?;
                    let ends = ends_tokens(&management, &text(&application, "id")?.parse()?)?;
                    Ok(format!("Block the application `{}`? {ends}", text(&application, "name")?))
                })?;
                which.set_state(&management, "blocked")
            }
            Self::Unblock(which) => which.set_state(&management, "active"),
            Self::Delete(which) => {
                let application = which.application.find(&management)?;
                let (id, name) = (text(&application, "id")?, text(&application, "name")?);
                context
                    .confirmation
                    .ask(|| Ok(format!("Delete the application `{name}`? {}", ends_tokens(&management, &id.parse()?)?)))?;
                let mut deleted = management.send(&Call::delete(&["applications", id]))?.json()?;
                if let Some(deleted) = deleted.as_object_mut() {
                    deleted.insert("deleted".into(), id.into());
                    deleted.insert("name".into(), name.into());
                }
                management.printer.print(&deleted)
            }
        }
    }
}

impl ApplicationArgument {
    fn set_state(&self, management: &Management, state: &str) -> anyhow::Result<()> {
        let id = self.application.resolve(management)?;
        management.print(&Call::patch(&["applications", id.as_str()]).json(&json!({ "state": state })))
    }
}

impl ApplicationChange {
    fn run(self, management: &Management) -> anyhow::Result<()> {
        let id = self.which.application.resolve(management)?;
        let mut changes = BodyFields::default();
        changes.set("name", self.name.as_ref().map(ApplicationName::as_str));
        changes.set("application_validity", self.application_validity);
        changes.set("user_validity", self.user_validity);
        changes.set_or_clear("owner", self.owner, self.no_owner);
        changes.set("team", self.team);
        changes.set("passwords", self.passwords);
        management.print(&Call::patch(&["applications", id.as_str()]).json(&changes.into_body()))
    }
}
