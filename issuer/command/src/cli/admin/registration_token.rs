//! `postern admin registration-token`

use clap::Subcommand;
use postern_model::{MemberName, PersonalAccessTokenDescription, RegistrationTokenId};
use serde_json::json;

use crate::cli::arguments::{BodyFields, Lifetime, expiry};
use crate::cli::context::CommandContext;
use crate::cli::management::Call;
use crate::cli::output;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum RegistrationTokenCommand {
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
        /// Lifetime, such as `30d`, or `never` [default: 90d]
        #[arg(long, value_name = "DURATION", value_parser = Lifetime::parse)]
        expires_in: Option<Lifetime>,
    },
    /// List initial access tokens, without the tokens themselves
    List,
    /// Show an initial access token, without the token itself
    Show {
        /// Id of the token, `reg_…`
        id: RegistrationTokenId,
    },
    /// Remove an initial access token; clients that were registered with it stay
    Remove {
        /// Id of the token, `reg_…`
        id: RegistrationTokenId,
    },
}

impl RegistrationTokenCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        match self {
            Self::Create { description, registrations, owner, expires_in } => {
                let mut fields = BodyFields::default();
                fields.set("description", Some(String::from(description)));
                fields.set("registrations", Some(registrations));
                fields.set("owner", owner);
                fields.set_lifetime("expires_at", expires_in, expiry);
                management.print(&Call::create(&["registration-tokens"]).json(&fields.into_body()))
            }
            Self::List => {
                let tokens = management.all(|| Call::get(&["registration-tokens"]))?;
                output::print(&json!({ "registration_tokens": tokens }))
            }
            Self::Show { id } => management.print(&Call::get(&["registration-tokens", id.as_str()])),
            Self::Remove { id } => {
                management.send(&Call::delete(&["registration-tokens", id.as_str()]))?;
                output::print(&json!({ "removed": id }))
            }
        }
    }
}
