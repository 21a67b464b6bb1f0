//! `postern admin bundle`

use std::path::PathBuf;

use clap::Args;
use postern_model::EdgeEnvironment;

use crate::cli::context::CommandContext;
use crate::cli::management::{ApiResponse, Call};
use crate::cli::output;

#[derive(Debug, Args)]
pub(in crate::cli) struct Bundle {
    /// Environment that the edge serves: `production`, `sandbox` or `both` [default: both]
    #[arg(long, value_name = "ENVIRONMENT")]
    environment: Option<EdgeEnvironment>,
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
pub(super) fn compose(context: &CommandContext, environment: Option<EdgeEnvironment>) -> anyhow::Result<ApiResponse> {
    let environment = environment.filter(|environment| *environment != EdgeEnvironment::Both).map(EdgeEnvironment::as_str);
    context.management_with_keys()?.send(&Call::get(&["bundle"]).query("environment", environment))
}
