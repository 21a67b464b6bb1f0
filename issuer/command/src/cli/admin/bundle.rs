//! `postern admin bundle`

use std::path::PathBuf;

use clap::Args;
use postern_token::KeyType;

use crate::cli::arguments::Environment;
use crate::cli::context::CommandContext;
use crate::cli::management::{ApiResponse, Call};
use crate::cli::output;

#[derive(Debug, Args)]
pub(in crate::cli) struct Bundle {
    /// Environment that the edge serves [default: both]
    #[arg(long, value_name = "ENVIRONMENT")]
    environment: Option<Environment>,
    /// File to write, with mode 0600 [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Bundle {
    pub(super) fn run(&self, context: &CommandContext) -> anyhow::Result<()> {
        output::write_private(self.out.as_deref(), &compose(context, self.environment)?.line())
    }
}

/// Composes the bundle for an edge that serves this environment, or both.
pub(super) fn compose(context: &CommandContext, environment: Option<Environment>) -> anyhow::Result<ApiResponse> {
    let environment = environment.map(|key_type| KeyType::from(key_type).as_str());
    context.management_with_keys()?.send(&Call::get(&["bundle"]).query("environment", environment))
}
