//! The filters that are measured.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use postern_test_harness::plain;
use serde_json::{Value, json};

/// Copies of the WebAssembly modules, so that all rows measure the same plugin even if another is built meanwhile.
pub(crate) struct Modules {
    pub(crate) plugin: PathBuf,
    pub(crate) floor: PathBuf,
}

impl Modules {
    /// The plugin with the vectors' bundle and with `settings`; `settings.bundle` changes fields of the bundle.
    pub(crate) fn postern(&self, settings: Option<&Value>) -> Result<Vec<Value>> {
        filter(&self.plugin, &plain::configuration(settings)?)
    }

    /// The plugin with a configuration that contains no bundle.
    pub(crate) fn postern_without_bundle(&self, configuration: &Value) -> Result<Vec<Value>> {
        filter(&self.plugin, &configuration.to_string())
    }

    /// The module of tests/bench/floor, which does the least that a module can do.
    pub(crate) fn floor(&self) -> Result<Vec<Value>> {
        filter(&self.floor, "")
    }
}

fn filter(module: &Path, configuration: &str) -> Result<Vec<Value>> {
    let mut filter = plain::plugin_filter(configuration)?;
    let file = filter.pointer_mut("/typed_config/config/vm_config/code/local/filename").context("the filter names no module")?;
    *file = json!(module);
    Ok(vec![filter])
}

/// Envoy's own filter, configured for the same work: verify the token, remove it, and set identity headers. It sets four of the five
/// headers: the tier is below a name with dots, which `claim_name` reads as a path.
pub(crate) fn jwt_authn(cache: bool) -> Result<Vec<Value>> {
    let bundle: Value = serde_json::from_str(postern_vectors::bundle())?;
    let claims = [("app", "application"), ("client_id", "client"), ("key_type", "key-type"), ("scope", "scope")];
    let headers: Vec<Value> =
        claims.iter().map(|(claim, header)| json!({"header_name": format!("x-postern-{header}"), "claim_name": claim})).collect();
    let mut provider = json!({
        "issuer": bundle.get("issuer"),
        "audiences": [bundle.get("audience")],
        "local_jwks": {"inline_string": bundle.get("keys").map(Value::to_string)},
        "claim_to_headers": headers,
    });
    if let Some(provider) = provider.as_object_mut().filter(|_| cache) {
        provider.insert("jwt_cache_config".into(), json!({"jwt_cache_size": 2000}));
    }
    Ok(vec![json!({
        "name": "envoy.filters.http.jwt_authn",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
            "providers": {"issuer": provider},
            "rules": [{"match": {"prefix": "/"}, "requires": {"provider_name": "issuer"}}],
        },
    })])
}
