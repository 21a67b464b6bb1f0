//! The templates in envoy/, filled in without an issuer, with the bundle of the decision vectors.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::artifacts;
use crate::certificates::Authority;
use crate::envoy::admin_socket;
use crate::private_file;

/// The files in envoy/ that are a complete configuration of Envoy.
pub fn bootstraps() -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![artifacts::project_file("envoy")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml")
                && fs::read_to_string(&path)?.contains("static_resources:")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The names of the placeholders in a template, in order, with repetitions.
pub fn placeholders(template: &str) -> Vec<&str> {
    template
        .split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
        .filter(|name| is_name(name))
        .collect()
}

/// Fills in a template: `configuration` for the plugin, `port` on this machine for every upstream, free ports for listeners, the admin
/// socket that [`crate::envoy::Envoy::start`] expects, and certificates for `localhost` in `dir`.
pub fn fill(template: &str, configuration: &str, port: u16, dir: &Path) -> Result<String> {
    let names = placeholders(template);
    let certificates = if names.contains(&"TLS_KEY") {
        let authority = Authority::new(dir)?;
        let server = authority.sign("server", &["localhost"])?;
        vec![("ISSUER_CA", authority.file().to_owned()), ("TLS_CERTIFICATE", server.chain), ("TLS_KEY", server.key)]
    } else {
        Vec::new()
    };
    replace(template, |name| {
        if let Some((_, file)) = certificates.iter().find(|(placeholder, _)| *placeholder == name) {
            return Ok(file.display().to_string());
        }
        Ok(match name {
            "WASM" => artifacts::plugin()?.display().to_string(),
            // A JSON string is a valid YAML string.
            "PLUGIN_CONFIGURATION" => Value::from(configuration).to_string(),
            "ADMIN_SOCKET" => admin_socket(dir).display().to_string(),
            "LISTEN_PORT" | "METRICS_PORT" => "0".to_owned(),
            "LISTEN_ADDRESS" => "127.0.0.1".to_owned(),
            "ISSUER_NAME" => "localhost".to_owned(),
            name if name.ends_with("_HOST") => "127.0.0.1".to_owned(),
            name if name.ends_with("_PORT") => port.to_string(),
            name => bail!("no value for the placeholder `${{{name}}}`"),
        })
    })
}

/// Replaces each placeholder of a template by its `value`.
pub fn replace(template: &str, value: impl Fn(&str) -> Result<String>) -> Result<String> {
    let mut filled = template.to_owned();
    for name in placeholders(template) {
        filled = filled.replace(&format!("${{{name}}}"), &value(name)?);
    }
    Ok(filled)
}

/// A gateway's template that allows a WebSocket for the sample API's orders: with the route that docs/envoy.md says to add.
pub fn with_websockets(template: &str) -> Result<String> {
    let page = artifacts::project_file("docs/envoy.md");
    let page = fs::read_to_string(&page).with_context(|| format!("cannot read `{}`", page.display()))?;
    let (_, section) = page.split_once("\n### WebSockets\n").context("docs/envoy.md has no section about WebSockets")?;
    let route = section.split_once("```yaml\n").and_then(|(_, rest)| rest.split_once("```"));
    let (route, _) = route.context("docs/envoy.md has no route with WebSockets")?;
    let (before, _) = template.split_once("# Public resources.").context("the template has no route for public resources")?;
    let (before, after) = template.split_at(before.trim_end_matches(' ').len());
    Ok(format!("{before}{route}{after}"))
}

/// Values of placeholders in gateway.yaml with which Envoy refuses the configuration and prints the whole of it, secrets too.
pub const VALUES_THAT_PRINT_SECRETS: [(&str, &str); 9] = [
    ("ISSUER_PORT", "80x80"),
    ("LISTEN_PORT", "65536"),
    ("METRICS_PORT", "-1"),
    ("METRICS_PORT", "0o10"),
    ("LISTEN_ADDRESS", ""),
    ("ISSUER_HOST", ""),
    ("PRODUCTION_PORT", "65536"),
    ("SANDBOX_PORT", "no"),
    ("SANDBOX_PORT", "[1]"),
];

/// Validates a configuration with `envoy --mode validate` of a version, in a file in `dir`. Returns the error; `None` if it is valid.
pub fn refusal(version: &str, config: &str, dir: &Path) -> Result<Option<String>> {
    let file = dir.join("validate.yaml");
    private_file::write(&file, config)?;
    let mut command = Command::new(artifacts::envoy_of(version)?);
    let output = command.args(["--mode", "validate", "--log-level", "error", "-c"]).arg(&file).output()?;
    Ok((!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// A template in envoy/, as text.
pub fn read(name: &str) -> Result<String> {
    let path = artifacts::project_file("envoy").join(name);
    fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))
}

/// Whether a text is the name of a placeholder, which the `…` in comments is not.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}
