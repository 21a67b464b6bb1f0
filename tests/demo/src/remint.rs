//! Makes tokens that the issuer never would, with the issuer's own key.
//!
//! With HS256 whoever holds the bundle can mint: which is what a key's owner must know about HS256, and what makes this possible.

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Map, Value};
use sha2::Sha256;

/// A good token taken apart, and the key that signed it.
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
    /// Takes `good` apart; the key comes out of `bundle`.
    pub fn new(good: &str, bundle: &Value) -> Result<Self> {
        let key = bundle.pointer("/keys/keys/0/k").and_then(Value::as_str).context("the bundle has no key")?;
        let mut parts = good.split('.');
        let mut object = || -> Result<Map<String, Value>> {
            let part = decode(parts.next().context("the token is cut off")?)?;
            Ok(serde_json::from_slice(&part)?)
        };
        Ok(Self { header: object()?, claims: object()?, secret: decode(key)? })
    }

    /// The token with `claims` in the place of its own of these names.
    pub fn with_claims(&self, claims: &Value) -> Result<String> {
        self.sign(&self.header, &merged(&self.claims, claims))
    }

    /// The token with `header` in the place of its own parameters of these names.
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
