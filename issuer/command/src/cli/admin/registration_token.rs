//! `postern admin registration-token`: the credentials with which clients register themselves.

use clap::Subcommand;
use postern_model::{MemberName, PersonalAccessTokenDescription, RegistrationTokenId};
use serde_json::json;

use crate::cli::arguments::{Changes, expiry, span};
use crate::cli::management::Call;
use crate::cli::{Common, output};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum RegistrationTokenCommand {
    /// Create an initial access token (RFC 7591); it is shown this once
    Create {
        /// What it is for
        #[arg(long, default_value = "made on the command line")]
        description: PersonalAccessTokenDescription,
        /// How many clients may be registered with it
        #[arg(long, value_name = "COUNT", default_value = "1")]
        registrations: u64,
        /// The member whose the clients are to be; without it they are a developer's own, or the administrators'
        #[arg(long, value_name = "MEMBER")]
        owner: Option<MemberName>,
        /// How long it lasts, such as `30d`; without it for ever
        #[arg(long, value_name = "SPAN", value_parser = span)]
        expires_in: Option<u64>,
    },
    /// List what is known of initial access tokens
    List,
    /// Show what is known of one
    Show {
        /// Its id, `reg_…`
        id: RegistrationTokenId,
    },
    /// Remove an initial access token; clients that were registered with it stay
    Remove {
        /// Its id, `reg_…`
        id: RegistrationTokenId,
    },
}

impl RegistrationTokenCommand {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let management = common.management()?;
        match self {
            Self::Create { description, registrations, owner, expires_in } => {
                let mut fields = Changes::default();
                fields.set("description", Some(String::from(description)));
                fields.set("registrations", Some(registrations));
                fields.set("owner", owner);
                fields.set("expires_at", expires_in.map(expiry));
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
