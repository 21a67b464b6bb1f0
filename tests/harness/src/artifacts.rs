//! The paths of the built parts, which `just build` and `just envoy` provide.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// The version of Envoy that is used unless `POSTERN_ENVOY` names another binary.
pub const ENVOY_VERSION: &str = "1.40.0";

/// The version of wasmtime.
const WASMTIME_VERSION: &str = "49.0.4";

/// The version of Viceroy.
const VICEROY_VERSION: &str = "0.22.0";

/// The version of npm `oidc-provider`.
pub const OIDC_PROVIDER_VERSION: &str = "9.13.3";

/// A file of the project, by its path from the root.
pub fn project_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The plugin for Envoy.
pub fn plugin() -> Result<PathBuf> {
    built("target/plugin/postern.wasm", "wasm")
}

/// The plugin that traps on request.
pub fn plugin_that_traps() -> Result<PathBuf> {
    built("target/plugin/trap.wasm", "test")
}

/// The issuer's binary: the one that `POSTERN_ISSUER` names, or the debug build.
pub fn issuer() -> Result<PathBuf> {
    match env::var_os("POSTERN_ISSUER") {
        Some(path) => Ok(path.into()),
        None => built("target/debug/postern", "build"),
    }
}

/// Envoy's binary: the one that `POSTERN_ENVOY` names, or that of [`ENVOY_VERSION`].
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

/// The folder with the OAuth libraries for tests: `node_modules`, and the virtual environment `python`.
pub fn clients() -> Result<PathBuf> {
    built("target/tools/clients", "clients")
}

/// The folder with npm `oidc-provider`.
pub fn oidc_provider() -> Result<PathBuf> {
    built(&format!("target/tools/oidc-provider-{OIDC_PROVIDER_VERSION}"), "oidc-provider")
}

/// The folder with the browser and its driver.
pub fn browser() -> Result<PathBuf> {
    built("target/tools/browser", "browser")
}

/// The npm package of the gate.
pub fn npm_package() -> Result<PathBuf> {
    built("target/js/package", "js")
}

/// The folder with the JavaScript hosts, and with packages for their tests.
pub fn javascript_hosts() -> Result<PathBuf> {
    built("target/tools/javascript-hosts", "javascript-hosts")
}

/// The component for hosts of WASI HTTP.
pub fn wasi_http() -> Result<PathBuf> {
    built("target/wasi/postern-wasi-http.wasm", "wasi-http")
}

/// wasmtime's binary.
pub fn wasmtime() -> Result<PathBuf> {
    built(&format!("target/tools/wasmtime-{WASMTIME_VERSION}/wasmtime"), "wasmtime")
}

/// The program for Fastly Compute.
pub fn fastly() -> Result<PathBuf> {
    built("target/fastly/postern.wasm", "fastly")
}

/// The binary of Viceroy, the local server for Fastly Compute.
pub fn viceroy() -> Result<PathBuf> {
    built(&format!("target/tools/viceroy-{VICEROY_VERSION}/bin/viceroy"), "viceroy")
}

fn built(path: &str, recipe: &str) -> Result<PathBuf> {
    match project_file(path).canonicalize() {
        Ok(path) => Ok(path),
        Err(_) => bail!("`{path}` does not exist: run `npx -y rust-just {recipe}`"),
    }
}
