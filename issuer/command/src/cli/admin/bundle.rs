//! `postern admin bundle`

use std::path::PathBuf;

use clap::Args;
use postern_token::KeyType;

use crate::cli::arguments::KeyTypeArgument;
use crate::cli::context::CommandContext;
use crate::cli::management::{ApiResponse, Call};
use crate::cli::output;

#[derive(Debug, Args)]
pub(in crate::cli) struct Bundle {
    /// Environment that the edge serves [default: both]
    #[arg(long, value_name = "ENVIRONMENT")]
    environment: Option<KeyTypeArgument>,
    /// File to write, with mode 0600 [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Bundle {
    pub(super) fn run(&self, context: &CommandContext) -> anyhow::Result<()> {
        output::write_private(self.out.as_deref(), &compose(context, self.environment)?.line())
    }
}

/// The bundle for an edge that serves that key type, or both.
pub(super) fn compose(context: &CommandContext, environment: Option<KeyTypeArgument>) -> anyhow::Result<ApiResponse> {
    let environment = environment.map(|key_type| KeyType::from(key_type).as_str());
    context.management_with_keys()?.send(&Call::get(&["bundle"]).query("environment", environment))
}
