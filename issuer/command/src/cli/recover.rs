//! `postern recover`

use clap::Args;
use postern_model::Actor;
use postern_operations as operations;
use serde_json::json;

use super::{Common, output};

#[derive(Debug, Args)]
pub(super) struct Recover {
    /// Confirm that every token that was issued before is revoked
    #[arg(long, required = true)]
    end_all_tokens: bool,
}

impl Recover {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<()> {
        common.only_on_the_database()?;
        debug_assert!(self.end_all_tokens, "it is required");
        let instance = common.instance_with_keys()?;
        let recovery = operations::recover(&instance.act(Actor::Operator))?;
        output::print(&json!({ "kid": recovery.kid, "retired": recovery.retired, "revoked": recovery.revoked.count }))
    }
}
