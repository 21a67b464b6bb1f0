//! `postern admin member` and `postern admin personal-token`: who may use the management API.

use clap::Subcommand;
use postern_model::{MemberName, PersonalAccessTokenDescription, PersonalAccessTokenId, Role, Validity};
use serde_json::json;

use crate::cli::arguments::{Changes, expiry, span};
use crate::cli::management::Call;
use crate::cli::{Common, output};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum MemberCommand {
    /// Add a member, who has no personal access token yet
    Add {
        /// The member's name
        name: MemberName,
        /// What the member may do: `administrator`, `developer` or `auditor`
        #[arg(long)]
        role: Role,
    },
    /// List every member
    List,
    /// Show a member
    Show {
        /// The member's name
        name: MemberName,
    },
    /// Change what a member may do
    Change {
        /// The member's name
        name: MemberName,
        /// What the member may do from now on
        #[arg(long)]
        role: Role,
    },
    /// Remove a member with every personal access token of theirs; applications that were theirs stay
    Remove {
        /// The member's name
        name: MemberName,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PersonalTokenCommand {
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
        /// How long it lasts, such as `30d`
        #[arg(long, value_name = "SPAN", value_parser = span, conflicts_with = "validity")]
        expires_in: Option<u64>,
    },
    /// List what is known of a member's personal access tokens
    List {
        /// The member whose they are
        member: MemberName,
    },
    /// Remove a personal access token; nobody gets in with it from now on
    Remove {
        /// The member whose it is
        member: MemberName,
        /// Its id, `pat_…`
        id: PersonalAccessTokenId,
    },
}

impl MemberCommand {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let management = common.management()?;
        match self {
            Self::Add { name, role } => {
                management.print(&Call::create(&["members"]).json(&json!({ "name": name, "role": role })))
            }
            Self::List => output::print(&json!({ "members": management.all(|| Call::get(&["members"]))? })),
            Self::Show { name } => management.print(&Call::get(&["members", name.as_str()])),
            Self::Change { name, role } => {
                management.print(&Call::patch(&["members", name.as_str()]).json(&json!({ "role": role })))
            }
            Self::Remove { name } => {
                management.send(&Call::delete(&["members", name.as_str()]))?;
                output::print(&json!({ "removed": name }))
            }
        }
    }
}

impl PersonalTokenCommand {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let management = common.management()?;
        match self {
            Self::Create { member, description, validity, expires_in } => {
                let mut fields = Changes::default();
                fields.set("description", Some(String::from(description)));
                fields.set("expires_at", expires_in.or(validity.expires_in()).map(expiry));
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
