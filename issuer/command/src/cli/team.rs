//! `postern team`

use clap::{ArgGroup, Args, Subcommand};
use postern_model::{MemberName, PersonalAccessTokenDescription, TeamName};
use serde_json::json;

use super::arguments::BodyFields;
use super::context::CommandContext;
use super::management::Call;

#[derive(Debug, Subcommand)]
pub(super) enum TeamCommand {
    /// Create a team, without members
    #[command(after_help = "\
Example:
  postern team create payments
  postern team add payments alice
  postern application change storefront --team payments")]
    Create {
        /// Name of the team
        name: TeamName,
        /// What the team is for
        #[arg(long, value_name = "TEXT")]
        description: Option<PersonalAccessTokenDescription>,
    },
    /// List the teams that you may see, with their members
    List,
    /// Show a team
    Show {
        /// Name of the team
        name: TeamName,
    },
    /// Change the description of a team
    #[command(group(ArgGroup::new("changes").required(true)))]
    Change {
        /// Name of the team
        name: TeamName,
        /// New description
        #[arg(long, value_name = "TEXT", group = "changes")]
        description: Option<PersonalAccessTokenDescription>,
        /// Remove the description
        #[arg(long, group = "changes")]
        no_description: bool,
    },
    /// Delete a team; its applications stay, without an owner
    Delete {
        /// Name of the team
        name: TeamName,
    },
    /// Add a member to a team
    Add(TeamMember),
    /// Remove a member from a team; the member loses access to the team's applications
    Remove(TeamMember),
}

/// A team and a member.
#[derive(Debug, Args)]
pub(super) struct TeamMember {
    /// Name of the team
    name: TeamName,
    /// Name of the member
    member: MemberName,
}

impl TeamMember {
    fn path(&self) -> [&str; 4] {
        ["teams", self.name.as_str(), "members", self.member.as_str()]
    }
}

impl TeamCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        match self {
            Self::Create { name, description } => {
                let mut fields = BodyFields::default();
                fields.set("name", Some(name));
                fields.set("description", description.map(String::from));
                management.print(&Call::create(&["teams"]).json(&fields.into_body()))
            }
            Self::List => management.print_list("teams", || Call::get(&["teams"])),
            Self::Show { name } => management.print(&Call::get(&["teams", name.as_str()])),
            Self::Change { name, description, no_description } => {
                let mut changes = BodyFields::default();
                changes.set_or_clear("description", description.map(String::from), no_description);
                management.print(&Call::patch(&["teams", name.as_str()]).json(&changes.into_body()))
            }
            Self::Delete { name } => {
                context.confirmation.ask(|| Ok(format!("Delete the team `{name}`? Its members lose its applications.")))?;
                management.send(&Call::delete(&["teams", name.as_str()]))?;
                management.printer.print(&json!({ "removed": name }))
            }
            Self::Add(team) => management.print(&Call::put(&team.path())),
            Self::Remove(team) => {
                let question = format!("Remove `{}` from the team `{}`?", team.member, team.name);
                context.confirmation.ask(|| Ok(question))?;
                management.print(&Call::delete(&team.path()))
            }
        }
    }
}
