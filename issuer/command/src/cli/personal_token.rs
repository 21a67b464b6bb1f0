//! `postern personal-token`

use std::time::Duration;

use anyhow::Context as _;
use clap::Subcommand;
use postern_model::{MemberName, PersonalAccessTokenDescription, PersonalAccessTokenId, Validity};
use serde_json::json;

use super::arguments::{BodyFields, Expiry, validity};
use super::context::CommandContext;
use super::management::{Call, Management, text};

#[derive(Debug, Subcommand)]
pub(super) enum PersonalTokenCommand {
    /// Create a personal access token; it is shown only once
    Create {
        /// Member who uses the token [default: you]
        member: Option<MemberName>,
        /// Purpose of the token
        #[arg(long, default_value = "made on the command line")]
        description: PersonalAccessTokenDescription,
        /// Lifetime, instead of --expires; a negative number means that the token never expires
        #[arg(long, hide = true, value_name = "DURATION", allow_negative_numbers = true, value_parser = validity)]
        validity: Option<Validity>,
        /// When the token expires: after a duration such as `30d`, at a date such as `2027-03-01` (00:00 UTC), or `never` [default: 90d]
        #[arg(long, alias = "expires-in", value_name = "WHEN", conflicts_with = "validity")]
        expires: Option<Expiry>,
    },
    /// List the personal access tokens of a member, without the tokens themselves
    List {
        /// Name of the member [default: you]
        member: Option<MemberName>,
    },
    /// Delete a personal access token; it is refused at once
    #[command(alias = "remove")]
    Delete {
        /// Name of the member
        member: MemberName,
        /// Id of the token, `pat_…`
        id: PersonalAccessTokenId,
    },
}

impl PersonalTokenCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        match self {
            Self::Create { member, description, validity, expires } => {
                let mut fields = BodyFields::default();
                fields.set("description", Some(String::from(description)));
                let in_seconds = |validity: Validity| match validity {
                    Validity::Seconds(seconds) => Expiry::After(Duration::from_secs(seconds)),
                    Validity::Forever => Expiry::Never,
                };
                fields.set_expiry("expires_at", expires.or(validity.map(in_seconds)));
                let member = member_or_caller(&management, member)?;
                management.print(&Call::create(&["members", &member, "tokens"]).json(&fields.into_body()))
            }
            Self::List { member } => {
                let member = member_or_caller(&management, member)?;
                management.print_list("personal_tokens", || Call::get(&["members", &member, "tokens"]))
            }
            Self::Delete { member, id } => {
                context.confirmation.ask(|| Ok(format!("Delete the personal access token `{}` of `{member}`?", id.as_str())))?;
                management.send(&Call::delete(&["members", member.as_str(), "tokens", id.as_str()]))?;
                management.printer.print(&json!({ "removed": id }))
            }
        }
    }
}

/// The named member, or else the member who runs the command.
fn member_or_caller(management: &Management, member: Option<MemberName>) -> anyhow::Result<String> {
    if let Some(member) = member {
        return Ok(member.to_string());
    }
    let caller = management.send(&Call::get(&["me"]))?.json()?;
    text(&caller, "name").map(str::to_owned).context("on the database you are no member: give the name of one")
}
