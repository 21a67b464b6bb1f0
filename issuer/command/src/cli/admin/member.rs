//! `postern admin member`

use clap::{ArgGroup, Subcommand};
use postern_model::{MemberName, Role, UserId};
use serde_json::json;

use crate::cli::arguments::BodyFields;
use crate::cli::context::CommandContext;
use crate::cli::management::Call;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum MemberCommand {
    /// Create a member, without a personal access token
    #[command(
        alias = "add",
        after_help = "\
Example:
  postern admin member create alice --role developer
  postern personal-token create alice --expires 90d"
    )]
    Create {
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
    /// List the requests of users to become developers
    Requests,
    /// Approve a user's request to become a developer
    Approve {
        /// Account of the user: user name, `@`, user store
        account: UserId,
        /// Name of the new member [default: the user name]
        #[arg(long)]
        name: Option<MemberName>,
    },
    /// Refuse a user's request to become a developer; the user may ask again
    Refuse {
        /// Account of the user: user name, `@`, user store
        account: UserId,
    },
    /// Delete a member and its personal access tokens; its applications stay
    #[command(alias = "remove")]
    Delete {
        /// Name of the member
        name: MemberName,
    },
}

impl MemberCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        match self {
            Self::Create { name, role, account } => {
                let mut fields = BodyFields::default();
                fields.set("name", Some(name));
                fields.set("role", Some(role));
                fields.set("account", account);
                management.print(&Call::create(&["members"]).json(&fields.into_body()))
            }
            Self::List => management.print_list("members", || Call::get(&["members"])),
            Self::Show { name } => management.print(&Call::get(&["members", name.as_str()])),
            Self::Change { name, role, account, no_account } => {
                let mut fields = BodyFields::default();
                fields.set("role", role);
                fields.set_or_clear("account", account, no_account);
                management.print(&Call::patch(&["members", name.as_str()]).json(&fields.into_body()))
            }
            Self::Requests => {
                management.printer.print(&json!({ "member_requests": management.all(|| Call::get(&["member-requests"]))? }))
            }
            Self::Approve { account, name } => {
                let mut fields = BodyFields::default();
                fields.set("name", name);
                let path = ["member-requests", &account.to_string(), "approve"];
                management.print(&Call::create(&path).json(&fields.into_body()))
            }
            Self::Refuse { account } => {
                management.send(&Call::delete(&["member-requests", &account.to_string()]))?;
                management.printer.print(&json!({ "refused": account }))
            }
            Self::Delete { name } => {
                context.confirmation.ask(|| Ok(format!("Delete the member `{name}` with its personal access tokens?")))?;
                management.send(&Call::delete(&["members", name.as_str()]))?;
                management.printer.print(&json!({ "removed": name }))
            }
        }
    }
}
