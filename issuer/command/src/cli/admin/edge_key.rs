//! `postern admin edge-key`

use clap::Subcommand;
use postern_model::EdgeName;
use serde_json::json;

use crate::cli::management::Call;
use crate::cli::{Common, output};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum EdgeKeyCommand {
    /// Create the credential of an edge; it is shown this once
    Create {
        /// The edge's name
        name: EdgeName,
    },
    /// List the edges that have a credential
    List,
    /// Show what is known of an edge's credential
    Show {
        /// The edge's name
        name: EdgeName,
    },
    /// Remove the credential of an edge; the bundle that the edge was given before it still has
    Remove {
        /// The edge's name
        name: EdgeName,
    },
}

impl EdgeKeyCommand {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let management = common.management()?;
        match self {
            Self::Create { name } => management.print(&Call::create(&["edge-keys"]).json(&json!({ "name": name }))),
            Self::List => output::print(&json!({ "edge_keys": management.all(|| Call::get(&["edge-keys"]))? })),
            Self::Show { name } => management.print(&Call::get(&["edge-keys", &name.to_string()])),
            Self::Remove { name } => {
                management.send(&Call::delete(&["edge-keys", &name.to_string()]))?;
                output::print(&json!({ "removed": name }))
            }
        }
    }
}
