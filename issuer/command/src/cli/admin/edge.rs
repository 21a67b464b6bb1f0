//! `postern admin edge`

use clap::Subcommand;
use postern_model::EdgeName;

use crate::cli::context::CommandContext;
use crate::cli::management::Call;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum EdgeCommand {
    /// List the edges of each edge key: when they last asked, and whether they have the current bundle
    List,
    /// Show the edges of one edge key
    Show {
        /// Name of the edge key
        name: EdgeName,
    },
}

impl EdgeCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        match self {
            Self::List => management.print_list("edges", || Call::get(&["edges"])),
            Self::Show { name } => management.print(&Call::get(&["edges", name.as_str()])),
        }
    }
}
