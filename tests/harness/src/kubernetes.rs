//! Reads Kubernetes documents with the package `yaml`, and checks them with Istio's schema from `@kubernetes-models/istio`.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::artifacts;

/// The folder of the packages, which `just test` provides.
const PACKAGES: &str = "target/tools/kubernetes-schemas-3.0.1/node_modules";

/// A document of a YAML file.
#[derive(Debug)]
pub struct Document {
    /// The content.
    pub value: Value,
    /// The errors that the schema finds, empty if there are none; `None` if there is no schema for this kind.
    pub problems: Option<String>,
}

/// The documents of a YAML file.
pub fn documents(file: &Path) -> Result<Vec<Document>> {
    let Ok(packages) = artifacts::project_file(PACKAGES).canonicalize() else {
        bail!("`{PACKAGES}` does not exist: run `npx -y rust-just test`");
    };
    let script = artifacts::project_file("tests/harness/src/kubernetes.mjs");
    let output = Command::new("node").arg(script).arg(packages).arg(file).output()?;
    if !output.status.success() {
        bail!("`{}` cannot be read: {}", file.display(), String::from_utf8_lossy(&output.stderr));
    }
    let documents: Vec<Value> = serde_json::from_slice(&output.stdout)?;
    let document = |mut document: Value| {
        let problems = document.get("problems").and_then(Value::as_str).map(ToOwned::to_owned);
        Document { value: document.get_mut("value").map(Value::take).unwrap_or_default(), problems }
    };
    Ok(documents.into_iter().map(document).collect())
}

/// The first document of a file of envoy/.
pub fn first(name: &str) -> Result<Document> {
    match documents(&artifacts::project_file("envoy").join(name))?.into_iter().next() {
        Some(document) => Ok(document),
        None => bail!("`{name}` contains no document"),
    }
}
