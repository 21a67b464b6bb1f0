//! `postern admin scope`: which scopes are for users with certain roles alone.

use clap::{Args, Subcommand};
use postern_model::UserRole;
use serde_json::json;

use crate::cli::arguments::one_scope;
use crate::cli::management::Call;
use crate::cli::{Common, output};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ScopeCommand {
    /// Let only users with one of these roles have a scope; tokens that are there keep what they hold until they are renewed
    Bind {
        #[command(flatten)]
        which: Which,
        /// The roles, instead of those that the scope is bound to; several with commas
        #[arg(long, value_name = "ROLE", value_delimiter = ',', required = true)]
        roles: Vec<UserRole>,
    },
    /// Let every user have a scope
    Unbind(Which),
    /// List the scopes that are bound to roles
    List,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Which {
    /// The scope
    #[arg(value_parser = one_scope)]
    scope: String,
}

impl ScopeCommand {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let management = common.management()?;
        let bind = |Which { scope }: Which, roles: &[UserRole]| {
            management.print(&Call::put(&["scopes", &scope]).json(&json!({ "roles": roles })))
        };
        match self {
            Self::Bind { which, roles } => bind(which, &roles),
            Self::Unbind(which) => bind(which, &[]),
            Self::List => output::print(&json!({ "scopes": management.all(|| Call::get(&["scopes"]))? })),
        }
    }
}
