//! Where the built parts lie. `just build` and `just envoy` put them there.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// The Envoy that everything runs on unless `POSTERN_ENVOY` names another binary.
pub const ENVOY_VERSION: &str = "1.40.0";

/// A file of the project, by its path from the root.
pub fn project_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The plugin for Envoy.
pub fn plugin() -> Result<PathBuf> {
    built("target/plugin/postern.wasm", "wasm")
}

/// The plugin that traps when it is told to.
pub fn plugin_that_traps() -> Result<PathBuf> {
    built("target/plugin/trap.wasm", "test")
}

/// The issuer's binary: the one that `POSTERN_ISSUER` names, or the one that was built last.
pub fn issuer() -> Result<PathBuf> {
    match env::var_os("POSTERN_ISSUER") {
        Some(path) => Ok(path.into()),
        None => built("target/debug/postern", "build"),
    }
}

/// Envoy's binary, of the version that `POSTERN_ENVOY` names or of [`ENVOY_VERSION`].
pub fn envoy() -> Result<PathBuf> {
    match env::var_os("POSTERN_ENVOY") {
        Some(path) => Ok(path.into()),
        None => envoy_of(ENVOY_VERSION),
    }
}

/// Envoy's binary of one version.
pub fn envoy_of(version: &str) -> Result<PathBuf> {
    built(&format!("target/tools/envoy-{version}/bin/envoy"), "test")
}

/// The folder with the OAuth libraries that the issuer is tried with: `node_modules`, and `python`, which is a virtual environment.
pub fn clients() -> Result<PathBuf> {
    built("target/tools/clients", "clients")
}

/// The folder with the browser and what drives it.
pub fn browser() -> Result<PathBuf> {
    built("target/tools/browser", "browser")
}

fn built(path: &str, recipe: &str) -> Result<PathBuf> {
    match project_file(path).canonicalize() {
        Ok(path) => Ok(path),
        Err(_) => bail!("`{path}` is not there: run `npx -y rust-just {recipe}`"),
    }
}
