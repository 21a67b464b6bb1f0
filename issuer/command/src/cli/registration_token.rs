//! `postern registration-token`

use clap::Subcommand;
use postern_model::{MemberName, PersonalAccessTokenDescription, RegistrationTokenId};
use serde_json::json;

use super::arguments::{BodyFields, Expiry};
use super::context::CommandContext;
use super::management::Call;

#[derive(Debug, Subcommand)]
pub(super) enum RegistrationTokenCommand {
    /// Create an initial access token; it is shown only once
    Create {
        /// Purpose of the token
        #[arg(long, default_value = "made on the command line")]
        description: PersonalAccessTokenDescription,
        /// Number of clients that may be registered with it
        #[arg(long, value_name = "COUNT", default_value = "1")]
        registrations: u64,
        /// Owner of the registered clients [default: you, if you are a developer; otherwise no owner]
        #[arg(long, value_name = "MEMBER")]
        owner: Option<MemberName>,
        /// When the token expires: after a duration such as `30d`, at a date such as `2027-03-01` (00:00 UTC), or `never` [default: 90d]
        #[arg(long, alias = "expires-in", value_name = "WHEN")]
        expires: Option<Expiry>,
    },
    /// List initial access tokens, without the tokens themselves
    List,
    /// Show an initial access token, without the token itself
    Show {
        /// Id of the token, `reg_…`
        id: RegistrationTokenId,
    },
    /// Delete an initial access token; clients that were registered with it stay
    #[command(alias = "remove")]
    Delete {
        /// Id of the token, `reg_…`
        id: RegistrationTokenId,
    },
}

impl RegistrationTokenCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        match self {
            Self::Create { description, registrations, owner, expires } => {
                let mut fields = BodyFields::default();
                fields.set("description", Some(String::from(description)));
                fields.set("registrations", Some(registrations));
                fields.set("owner", owner);
                fields.set_expiry("expires_at", expires);
                management.print(&Call::create(&["registration-tokens"]).json(&fields.into_body()))
            }
            Self::List => management.print_list("registration_tokens", || Call::get(&["registration-tokens"])),
            Self::Show { id } => management.print(&Call::get(&["registration-tokens", id.as_str()])),
            Self::Delete { id } => {
                context.confirmation.ask(|| Ok(format!("Delete the initial access token `{}`?", id.as_str())))?;
                management.send(&Call::delete(&["registration-tokens", id.as_str()]))?;
                management.printer.print(&json!({ "removed": id }))
            }
        }
    }
}
