//! The bundle as it is written in JSON, before it is checked.

use serde::{Deserialize, Serialize};

use super::{Auth, ClientDomainRule};
use crate::claims::KeyType;
use crate::jwk::JwkDocument;

/// The whole bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleDocument {
    /// The issuer's identifier, as it stands in `iss`.
    pub issuer: String,
    /// What every token must hold in `aud`.
    pub audience: String,
    /// The key type that the edge serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<KeyType>,
    /// The issuer's keys.
    pub keys: JwkSetDocument,
    /// The APIs behind the edge.
    pub apis: Vec<ApiDocument>,
}

/// A JWK set (RFC 7517 section 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JwkSetDocument {
    /// The keys, each with a name of its own.
    pub keys: Vec<JwkDocument>,
}

/// One version of an API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiDocument {
    /// The API's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The path that all of its paths begin with.
    pub context: String,
    /// The hosts that it answers for; absent means every host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosts: Option<Vec<String>>,
    /// Its resources; absent means one that covers everything and asks for a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<ResourceDocument>>,
}

/// One resource of an API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResourceDocument {
    /// The paths below the context; see [`super::PathPattern`].
    pub path: String,
    /// The methods; absent means every method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub methods: Option<Vec<String>>,
    /// The token that it asks for.
    #[serde(default)]
    pub auth: Auth,
    /// The scopes that the token must hold, all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Whether the request must say which domain it comes from.
    #[serde(default, skip_serializing_if = "is_default")]
    pub client_domain: ClientDomainRule,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_default(rule: &ClientDomainRule) -> bool {
    *rule == ClientDomainRule::default()
}
