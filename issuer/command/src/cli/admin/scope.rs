//! `postern admin scope`

use clap::{Args, Subcommand};
use postern_model::UserRole;
use serde_json::json;

use crate::cli::arguments::one_scope;
use crate::cli::context::CommandContext;
use crate::cli::management::Call;
use crate::cli::output;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ScopeCommand {
    /// Allow a scope only to users with one of these roles; existing tokens keep the scope until they are renewed
    Bind {
        #[command(flatten)]
        which: ScopeArgument,
        /// Roles, separated by commas; they replace the roles set before
        #[arg(long, value_name = "ROLE", value_delimiter = ',', required = true)]
        roles: Vec<UserRole>,
    },
    /// Allow a scope to every user
    Unbind(ScopeArgument),
    /// List scopes that require a role
    List,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ScopeArgument {
    /// Name of the scope
    #[arg(value_parser = one_scope)]
    scope: String,
}

impl ScopeCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        let bind = |ScopeArgument { scope }: ScopeArgument, roles: &[UserRole]| {
            management.print(&Call::put(&["scopes", &scope]).json(&json!({ "roles": roles })))
        };
        match self {
            Self::Bind { which, roles } => bind(which, &roles),
            Self::Unbind(which) => bind(which, &[]),
            Self::List => output::print(&json!({ "scopes": management.all(|| Call::get(&["scopes"]))? })),
        }
    }
}
