//! `postern admin bundle`

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use postern_issuer::catalogue::Actor;
use postern_issuer::operations::compose_bundle;
use zeroize::Zeroizing;

use super::arguments::KeyTypeArgument;
use super::{Common, output};

#[derive(Debug, Args)]
pub(super) struct Bundle {
    /// The key type that the edge serves; leave it out for both
    #[arg(long, value_name = "TYPE")]
    environment: Option<KeyTypeArgument>,
    /// The file to write, readable by its owner alone; leave it out for standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Bundle {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<()> {
        let instance = common.instance_with_keys()?;
        let document = compose_bundle(&instance.act(Actor::Operator), self.environment.map(Into::into))?;
        let mut json = Zeroizing::new(serde_json::to_vec(&document).context("cannot write the bundle as JSON")?);
        json.push(b'\n');
        output::write_private(self.out.as_deref(), &json)
    }
}
