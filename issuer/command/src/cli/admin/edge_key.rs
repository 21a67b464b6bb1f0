//! `postern admin edge-key`

use clap::Subcommand;
use postern_model::{EdgeEnvironment, EdgeName};
use serde_json::json;

use crate::cli::context::CommandContext;
use crate::cli::management::Call;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum EdgeKeyCommand {
    /// Create an edge key; it is shown only once
    #[command(after_help = "Example:\n  postern admin edge-key create gateway --environment production")]
    Create {
        /// Name of the edge
        name: EdgeName,
        /// Environment whose bundle the edge may fetch: `production`, `sandbox` or `both`
        #[arg(long, value_name = "ENVIRONMENT", default_value = "production", value_parser = environment)]
        environment: EdgeEnvironment,
    },
    /// List edge keys, without the keys themselves
    List,
    /// Show an edge key, without the key itself
    Show {
        /// Name of the edge
        name: EdgeName,
    },
    /// Delete an edge key; the edge keeps its current bundle but gets no new one
    #[command(alias = "remove")]
    Delete {
        /// Name of the edge
        name: EdgeName,
    },
}

impl EdgeKeyCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        match self {
            Self::Create { name, environment } => {
                let body = json!({ "name": name, "environment": environment });
                management.print(&Call::create(&["edge-keys"]).json(&body))
            }
            Self::List => management.print_list("edge_keys", || Call::get(&["edge-keys"])),
            Self::Show { name } => management.print(&Call::get(&["edge-keys", &name.to_string()])),
            Self::Delete { name } => {
                context.confirmation.ask(|| Ok(format!("Delete the edge key `{name}`? The edge gets no new bundle.")))?;
                management.send(&Call::delete(&["edge-keys", &name.to_string()]))?;
                management.printer.print(&json!({ "removed": name }))
            }
        }
    }
}

fn environment(text: &str) -> Result<EdgeEnvironment, &'static str> {
    text.parse()
}
