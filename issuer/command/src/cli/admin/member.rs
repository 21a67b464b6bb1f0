//! `postern admin member` and `postern admin personal-token`

use std::time::Duration;

use clap::{ArgGroup, Subcommand};
use postern_model::{MemberName, PersonalAccessTokenDescription, PersonalAccessTokenId, Role, UserId, Validity};
use serde_json::json;

use crate::cli::arguments::{BodyFields, Lifetime, expiry, validity};
use crate::cli::context::CommandContext;
use crate::cli::management::Call;
use crate::cli::output;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum MemberCommand {
    /// Add a member, without a personal access token
    #[command(after_help = "\
Example:
  postern admin member add alice --role developer
  postern admin personal-token create alice --expires-in 90d")]
    Add {
        /// Name of the member
        name: MemberName,
        /// Role of the member: `administrator`, `developer` or `auditor`
        #[arg(long)]
        role: Role,
        /// Account with which the member signs in to the portal: user name, `@`, user store
        #[arg(long, value_name = "USER@STORE")]
        account: Option<UserId>,
    },
    /// List members
    List,
    /// Show a member
    Show {
        /// Name of the member
        name: MemberName,
    },
    /// Change the role or the account of a member
    #[command(group(ArgGroup::new("changes").required(true).multiple(true)))]
    Change {
        /// Name of the member
        name: MemberName,
        /// New role: `administrator`, `developer` or `auditor`
        #[arg(long, group = "changes")]
        role: Option<Role>,
        /// Account with which the member signs in to the portal: user name, `@`, user store
        #[arg(long, value_name = "USER@STORE", group = "changes")]
        account: Option<UserId>,
        /// Remove the account: the member cannot sign in to the portal
        #[arg(long, group = "changes", conflicts_with = "account")]
        no_account: bool,
    },
    /// List the users who ask to become developers
    Requests,
    /// Make a user who has asked a developer
    Approve {
        /// Account of the user: user name, `@`, user store
        account: UserId,
        /// Name of the new member [default: the user name]
        #[arg(long)]
        name: Option<MemberName>,
    },
    /// Refuse a user who has asked; the user may ask again
    Refuse {
        /// Account of the user: user name, `@`, user store
        account: UserId,
    },
    /// Remove a member and its personal access tokens; its applications stay
    Remove {
        /// Name of the member
        name: MemberName,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PersonalTokenCommand {
    /// Create a personal access token; it is shown only once
    Create {
        /// Member who uses the token
        member: MemberName,
        /// Purpose of the token
        #[arg(long, default_value = "made on the command line")]
        description: PersonalAccessTokenDescription,
        /// Lifetime, instead of --expires-in; a negative number means that the token never expires
        #[arg(long, value_name = "DURATION", allow_negative_numbers = true, value_parser = validity)]
        validity: Option<Validity>,
        /// Lifetime, such as `30d`, or `never` [default: 90d]
        #[arg(long, value_name = "DURATION", value_parser = Lifetime::parse, conflicts_with = "validity")]
        expires_in: Option<Lifetime>,
    },
    /// List the personal access tokens of a member, without the tokens themselves
    List {
        /// Name of the member
        member: MemberName,
    },
    /// Remove a personal access token; it is refused at once
    Remove {
        /// Name of the member
        member: MemberName,
        /// Id of the token, `pat_…`
        id: PersonalAccessTokenId,
    },
}

impl MemberCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        match self {
            Self::Add { name, role, account } => {
                let mut fields = BodyFields::default();
                fields.set("name", Some(name));
                fields.set("role", Some(role));
                fields.set("account", account);
                management.print(&Call::create(&["members"]).json(&fields.into_body()))
            }
            Self::List => output::print(&json!({ "members": management.all(|| Call::get(&["members"]))? })),
            Self::Show { name } => management.print(&Call::get(&["members", name.as_str()])),
            Self::Change { name, role, account, no_account } => {
                let mut fields = BodyFields::default();
                fields.set("role", role);
                fields.set_or_clear("account", account, no_account);
                management.print(&Call::patch(&["members", name.as_str()]).json(&fields.into_body()))
            }
            Self::Requests => output::print(&json!({ "member_requests": management.all(|| Call::get(&["member-requests"]))? })),
            Self::Approve { account, name } => {
                let mut fields = BodyFields::default();
                fields.set("name", name);
                let path = ["member-requests", &account.to_string(), "approve"];
                management.print(&Call::create(&path).json(&fields.into_body()))
            }
            Self::Refuse { account } => {
                management.send(&Call::delete(&["member-requests", &account.to_string()]))?;
                output::print(&json!({ "refused": account }))
            }
            Self::Remove { name } => {
                management.send(&Call::delete(&["members", name.as_str()]))?;
                output::print(&json!({ "removed": name }))
            }
        }
    }
}

impl PersonalTokenCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        match self {
            Self::Create { member, description, validity, expires_in } => {
                let mut fields = BodyFields::default();
                fields.set("description", Some(String::from(description)));
                let in_seconds = |validity: Validity| match validity {
                    Validity::Seconds(seconds) => Lifetime::Limited(Duration::from_secs(seconds)),
                    Validity::Forever => Lifetime::Unlimited,
                };
                fields.set_lifetime("expires_at", expires_in.or(validity.map(in_seconds)), expiry);
                management.print(&Call::create(&["members", member.as_str(), "tokens"]).json(&fields.into_body()))
            }
            Self::List { member } => {
                let tokens = management.all(|| Call::get(&["members", member.as_str(), "tokens"]))?;
                output::print(&json!({ "personal_tokens": tokens }))
            }
            Self::Remove { member, id } => {
                management.send(&Call::delete(&["members", member.as_str(), "tokens", id.as_str()]))?;
                output::print(&json!({ "removed": id }))
            }
        }
    }
}
