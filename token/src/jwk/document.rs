//! Keys in their written form: JWK (RFC 7517), public except for `oct`.

use std::fmt;

use serde::Serialize;
use zeroize::Zeroizing;

use super::Algorithm;
use crate::base64url;
use crate::claims::KeyType as Environment;
use crate::document::{At, Fields, Problems, Read, one_of};
use crate::identifier::Kid;
use crate::json::Node;

/// A key, as in a bundle: `{"kty":"oct","kid":"k1","alg":"HS256","use":"sig","k":"…"}`. A member that does not belong to the key type is
/// refused, and so is every private member: an edge does not need it.
#[derive(Clone, PartialEq, Eq, Default, Serialize)]
pub struct JwkDocument {
    /// The key's name.
    pub kid: String,
    /// The one algorithm that the key is for.
    pub alg: Algorithm,
    /// What the key is for: `sig`.
    #[serde(rename = "use")]
    pub usage: String,
    /// The environment whose tokens the key signs; absent means both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<Environment>,
    /// The key itself.
    #[serde(flatten)]
    pub material: JwkMaterial,
}

/// The members that hold a key, each base64url (RFC 7518 section 6, RFC 8037 section 2).
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kty")]
#[allow(missing_docs, reason = "the members are the RFC's")]
pub enum JwkMaterial {
    /// A secret.
    #[serde(rename = "oct")]
    Oct { k: Zeroizing<String> },
    /// A point on a curve.
    #[serde(rename = "EC")]
    Ec { crv: String, x: String, y: String },
    /// A public key of RFC 8037.
    #[serde(rename = "OKP")]
    Okp { crv: String, x: String },
    /// A modulus and an exponent.
    #[serde(rename = "RSA")]
    Rsa { n: String, e: String },
}

impl Default for JwkMaterial {
    fn default() -> Self {
        Self::Oct { k: Zeroizing::default() }
    }
}

impl JwkMaterial {
    /// The members of a secret.
    pub(crate) fn oct(secret: &[u8]) -> Self {
        Self::Oct { k: Zeroizing::new(base64url::encode(secret)) }
    }

    /// The values of the members that hold the key.
    pub fn values(&self) -> [&str; 2] {
        match self {
            Self::Oct { k } => [k, ""],
            Self::Ec { x, y, .. } => [x, y],
            Self::Okp { x, .. } => [x, ""],
            Self::Rsa { n, e } => [n, e],
        }
    }

    /// Whether the key is a secret key, so that anyone who can verify with it can also sign.
    pub const fn is_symmetric(&self) -> bool {
        matches!(self, Self::Oct { .. })
    }

    /// The members of an Ed25519 public key (RFC 8037 section 2).
    pub fn ed25519(public: &[u8]) -> Self {
        Self::Okp { crv: "Ed25519".into(), x: base64url::encode(public) }
    }

    /// The members of a public key on P-256: its point, uncompressed (SEC 1 section 2.3.3), 65 bytes. They are empty for any other point.
    pub fn p256(point: &[u8]) -> Self {
        let coordinates = point.strip_prefix(&[4]).filter(|rest| rest.len() == 64).unwrap_or_default();
        let (x, y) = coordinates.split_at(coordinates.len() / 2);
        Self::Ec { crv: "P-256".into(), x: base64url::encode(x), y: base64url::encode(y) }
    }

    /// The members of an RSA public key: its modulus and its exponent, both big-endian without leading zeros.
    pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Self {
        Self::Rsa { n: base64url::encode(modulus), e: base64url::encode(exponent) }
    }
}

impl fmt::Debug for JwkDocument {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("JwkDocument").field("kid", &self.kid).field("alg", &self.alg).finish_non_exhaustive()
    }
}

impl JwkDocument {
    /// The document for an HMAC key.
    pub fn hs256(kid: &Kid<'_>, secret: &[u8]) -> Self {
        Self::new(kid, Algorithm::Hs256, JwkMaterial::oct(secret))
    }

    /// The document for a public key.
    pub(crate) fn new(kid: &Kid<'_>, alg: Algorithm, material: JwkMaterial) -> Self {
        Self { kid: kid.as_str().into(), alg, usage: "sig".into(), environment: None, material }
    }
}

#[derive(Clone, Copy, Default)]
enum KeyType {
    #[default]
    Oct,
    Ec,
    Okp,
    Rsa,
}

impl Read for KeyType {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        one_of(&[("oct", Self::Oct), ("EC", Self::Ec), ("OKP", Self::Okp), ("RSA", Self::Rsa)], node, at, problems)
    }
}

impl Read for Algorithm {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        one_of(&Self::ALL.map(|algorithm| (algorithm.as_str(), algorithm)), node, at, problems)
    }
}

impl Read for JwkDocument {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let Some(mut fields) = Fields::of(node, at, problems) else { return Self::default() };
        let kty = fields.required("kty", problems);
        let kid = fields.required("kid", problems);
        let alg = fields.required("alg", problems);
        let usage = fields.required("use", problems);
        let environment = fields.optional("environment", problems);
        let mut member = |name| fields.required(name, problems);
        let material = match kty {
            KeyType::Oct => JwkMaterial::Oct { k: Zeroizing::new(member("k")) },
            KeyType::Ec => JwkMaterial::Ec { crv: member("crv"), x: member("x"), y: member("y") },
            KeyType::Okp => JwkMaterial::Okp { crv: member("crv"), x: member("x") },
            KeyType::Rsa => JwkMaterial::Rsa { n: member("n"), e: member("e") },
        };
        fields.finish(problems);
        Self { kid, alg, usage, environment, material }
    }
}
