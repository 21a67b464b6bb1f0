//! `postern admin application`

use anyhow::bail;
use axum::http::StatusCode;
use clap::{ArgGroup, Args, Subcommand};
use postern_model::{ApplicationId, ApplicationName, MemberName, Validity};
use serde_json::{Value, json};

use crate::cli::arguments::{BodyFields, validity};
use crate::cli::context::CommandContext;
use crate::cli::management::{Call, ErrorResponse, Management, text};
use crate::cli::output;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ApplicationCommand {
    /// Create an application; the member who creates it becomes its owner
    #[command(after_help = "Example:\n  postern admin application create storefront")]
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
pub(in crate::cli) struct ApplicationArgument {
    /// Id of the application, or its name if only one application has that name
    #[arg(value_name = "ID|NAME")]
    application: String,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("changes").required(true).multiple(true)))]
pub(in crate::cli) struct ApplicationChange {
    #[command(flatten)]
    which: ApplicationArgument,
    /// New display name
    #[arg(long, group = "changes")]
    name: Option<ApplicationName>,
    /// Lifetime of application tokens of key sets that are generated later, such as `3600` (seconds) or `12h`; negative: never expire
    #[arg(long, value_name = "DURATION", allow_negative_numbers = true, value_parser = validity, group = "changes")]
    application_validity: Option<Validity>,
    /// Lifetime of user tokens, such as `3600` (seconds) or `12h`; negative: never expire
    #[arg(long, value_name = "DURATION", allow_negative_numbers = true, value_parser = validity, group = "changes")]
    user_validity: Option<Validity>,
    /// New owner
    #[arg(long, value_name = "MEMBER", group = "changes")]
    owner: Option<MemberName>,
    /// Remove the owner; then only administrators can manage the application
    #[arg(long, conflicts_with = "owner", group = "changes")]
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
            Self::List => {
                let applications = management.all(|| Call::get(&["applications"]))?;
                output::print(&json!({ "applications": applications }))
            }
            Self::Show(which) => output::print(&which.find(&management)?),
            Self::Change(change) => change.run(&management),
            Self::Block(which) => which.set_state(&management, "blocked"),
            Self::Unblock(which) => which.set_state(&management, "active"),
            Self::Delete(which) => {
                let application = which.find(&management)?;
                let (id, name) = (text(&application, "id")?, text(&application, "name")?);
                let mut deleted = management.send(&Call::delete(&["applications", id]))?.json()?;
                if let Some(deleted) = deleted.as_object_mut() {
                    deleted.insert("deleted".into(), id.into());
                    deleted.insert("name".into(), name.into());
                }
                output::print(&deleted)
            }
        }
    }
}

impl ApplicationArgument {
    /// Finds the application by id or name. If a text is the id of one application and the name of another, the id wins.
    fn find(&self, management: &Management) -> anyhow::Result<Value> {
        if let Ok(id) = self.application.parse::<ApplicationId>() {
            match management.send(&Call::get(&["applications", id.as_str()])) {
                Err(error) if ErrorResponse::has_code(&error, "no_such_application") => {}
                found => return found?.json(),
            }
        }
        let mut named = management.all(|| Call::get(&["applications"]))?;
        named.retain(|application| application.get("name").and_then(Value::as_str) == Some(&self.application));
        match (named.pop(), named.as_slice()) {
            (None, _) => {
                let message = format!("there is no application with the id or name `{}`", self.application);
                Err(ErrorResponse::new(StatusCode::NOT_FOUND, "no_such_application", message).into())
            }
            (Some(only), []) => management.send(&Call::get(&["applications", text(&only, "id")?]))?.json(),
            (Some(last), others) => {
                let ids: Vec<_> = others.iter().chain([&last]).filter_map(|each| text(each, "id").ok()).collect();
                let ids = ids.join("`, `");
                bail!("several applications have the name `{}`: give the id instead, one of `{ids}`", self.application)
            }
        }
    }

    fn set_state(&self, management: &Management, state: &str) -> anyhow::Result<()> {
        let application = self.find(management)?;
        management.print(&Call::patch(&["applications", text(&application, "id")?]).json(&json!({ "state": state })))
    }
}

impl ApplicationChange {
    fn run(self, management: &Management) -> anyhow::Result<()> {
        let application = self.which.find(management)?;
        let mut changes = BodyFields::default();
        changes.set("name", self.name.as_ref().map(ApplicationName::as_str));
        changes.set("application_validity", self.application_validity);
        changes.set("user_validity", self.user_validity);
        changes.set_or_clear("owner", self.owner, self.no_owner);
        changes.set("passwords", self.passwords);
        management.print(&Call::patch(&["applications", text(&application, "id")?]).json(&changes.into_body()))
    }
}
