//! `postern admin member` and `postern admin personal-token`: who may use the management API.

use clap::Subcommand;
use postern_issuer::catalogue::{Actor, MemberName, PersonalAccessTokenDescription, Role, Validity};
use postern_issuer::operations::{self, NewPersonalToken};
use serde_json::json;

use super::{Common, output};

#[derive(Debug, Subcommand)]
pub(super) enum MemberCommand {
    /// Add a member
    Add {
        /// The member's name
        name: MemberName,
        /// What the member may do: `administrator`, `developer` or `auditor`
        #[arg(long)]
        role: Role,
    },
    /// List every member
    List,
    /// Remove a member with every personal access token of theirs
    Remove {
        /// The member's name
        name: MemberName,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum PersonalTokenCommand {
    /// Create a personal access token; it is shown this once
    Create {
        /// The member whose it is
        member: MemberName,
        /// What it is for
        #[arg(long, default_value = "made on the command line")]
        description: PersonalAccessTokenDescription,
        /// How many seconds it lasts, negative for ever
        #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, default_value = "-1")]
        validity: Validity,
    },
}

impl MemberCommand {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let instance = common.instance()?;
        let act = instance.act(Actor::Operator);
        match self {
            Self::Add { name, role } => {
                let member = operations::add_member(&act, &name, role)?;
                output::print(&json!({ "name": member.name, "role": member.role, "created_at": member.created_at }))
            }
            Self::List => {
                let view = |member: &postern_issuer::catalogue::Member| json!({ "name": member.name, "role": member.role, "created_at": member.created_at });
                let members: Vec<_> = operations::list_members(&act)?.iter().map(view).collect();
                output::print(&json!({ "members": members }))
            }
            Self::Remove { name } => {
                operations::remove_member(&act, &name, |_| true)?;
                output::print(&json!({ "removed": name }))
            }
        }
    }
}

impl PersonalTokenCommand {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let instance = common.instance()?;
        let act = instance.act(Actor::Operator);
        let Self::Create { member, description, validity } = self;
        let new = NewPersonalToken { member, description, expires_at: validity.expiry(act.now()) };
        let (token, secret) = operations::create_personal_token(&act, &new)?;
        output::print(&json!({
            "id": token.id,
            "member": token.member,
            "expires_at": token.expires_at,
            "personal_token": secret.expose(),
        }))
    }
}
