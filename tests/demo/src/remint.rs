//! Makes tokens that the issuer would never mint, with the issuer's own signing key.
//!
//! This is possible because the demo chose HS256, with which the bundle contains the secret that signs. An issuer signs with ES256
//! unless it is told otherwise.

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Map, Value};
use sha2::Sha256;

/// The header and the claims of a valid token, and the secret that signed it.
#[derive(Clone)]
pub struct Remint {
    secret: Vec<u8>,
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl std::fmt::Debug for Remint {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Remint(…)")
    }
}

impl Remint {
    /// Parses the token `good`, and takes the secret from `bundle`.
    pub fn new(good: &str, bundle: &Value) -> Result<Self> {
        let key = bundle.pointer("/keys/keys/0/k").and_then(Value::as_str).context("the bundle has no key")?;
        let mut parts = good.split('.');
        let mut object = || -> Result<Map<String, Value>> {
            let part = decode(parts.next().context("the token has too few parts")?)?;
            Ok(serde_json::from_slice(&part)?)
        };
        Ok(Self { header: object()?, claims: object()?, secret: decode(key)? })
    }

    /// The token with `claims`, which replace its own claims of the same names.
    pub fn with_claims(&self, claims: &Value) -> Result<String> {
        self.sign(&self.header, &merged(&self.claims, claims))
    }

    /// The token with `header`, which replaces its own parameters of the same names.
    pub fn with_header(&self, header: &Value) -> Result<String> {
        self.sign(&merged(&self.header, header), &self.claims)
    }

    fn sign(&self, header: &Map<String, Value>, claims: &Map<String, Value>) -> Result<String> {
        let encode = |part: &Map<String, Value>| Ok::<_, serde_json::Error>(URL_SAFE_NO_PAD.encode(serde_json::to_vec(part)?));
        let message = format!("{}.{}", encode(header)?, encode(claims)?);
        let signature = Hmac::<Sha256>::new_from_slice(&self.secret)?.chain_update(&message).finalize().into_bytes();
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

fn decode(text: &str) -> Result<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok().context("not base64url")
}

fn merged(own: &Map<String, Value>, changes: &Value) -> Map<String, Value> {
    let mut all = own.clone();
    all.extend(changes.as_object().cloned().unwrap_or_default());
    all
}
