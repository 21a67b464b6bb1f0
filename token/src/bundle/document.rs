//! The bundle as it is written in JSON, before it is checked.

use serde::Serialize;
use zeroize::Zeroizing;

use super::{At, Auth, ClientDomainRule, Fields, Problems, Read, one_of};
use crate::claims::KeyType;
use crate::json::Node;
use crate::jwk::{Algorithm, JwkDocument};

/// The whole bundle.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct BundleDocument {
    /// The issuer's identifier, as it stands in `iss`.
    pub issuer: String,
    /// What every token must hold in `aud`.
    pub audience: String,
    /// The key type that the edge serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<KeyType>,
    /// The issuer's keys.
    pub keys: JwkSetDocument,
    /// The APIs behind the edge.
    pub apis: Vec<ApiDocument>,
}

/// A JWK set (RFC 7517 section 5).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct JwkSetDocument {
    /// The keys, each with a name of its own.
    pub keys: Vec<JwkDocument>,
}

/// One version of an API.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ApiDocument {
    /// The API's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The path that all of its paths begin with.
    pub context: String,
    /// The hosts that it answers for; absent means every host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hosts: Option<Vec<String>>,
    /// Its resources; absent means one that covers everything and asks for a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<ResourceDocument>>,
}

/// One resource of an API.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ResourceDocument {
    /// The paths below the context; see [`super::PathPattern`].
    pub path: String,
    /// The methods; absent means every method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub methods: Option<Vec<String>>,
    /// The token that it asks for.
    pub auth: Auth,
    /// The scopes that the token must hold, all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Whether the request must say which domain it comes from.
    #[serde(skip_serializing_if = "is_default")]
    pub client_domain: ClientDomainRule,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_default(rule: &ClientDomainRule) -> bool {
    *rule == ClientDomainRule::default()
}

impl Read for BundleDocument {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let Some(mut fields) = Fields::of(node, at, problems) else { return Self::default() };
        let issuer = fields.required("issuer", problems);
        let audience = fields.required("audience", problems);
        let environment = fields.optional("environment", problems);
        let keys = fields.required("keys", problems);
        let apis = fields.required("apis", problems);
        fields.finish(problems);
        Self { issuer, audience, environment, keys, apis }
    }
}

impl Read for JwkSetDocument {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let Some(mut fields) = Fields::of(node, at, problems) else { return Self::default() };
        let keys = fields.required("keys", problems);
        fields.finish(problems);
        Self { keys }
    }
}

impl Read for JwkDocument {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let Some(mut fields) = Fields::of(node, at, problems) else { return Self::default() };
        let kty = fields.required("kty", problems);
        let kid = fields.required("kid", problems);
        let alg = fields.required("alg", problems);
        let usage = fields.required("use", problems);
        let k = fields.required("k", problems);
        fields.finish(problems);
        Self { kty, kid, alg, usage, k: Zeroizing::new(k) }
    }
}

impl Read for ApiDocument {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let Some(mut fields) = Fields::of(node, at, problems) else { return Self::default() };
        let name = fields.required("name", problems);
        let version = fields.required("version", problems);
        let context = fields.required("context", problems);
        let hosts = fields.optional("hosts", problems);
        let resources = fields.optional("resources", problems);
        fields.finish(problems);
        Self { name, version, context, hosts, resources }
    }
}

impl Read for ResourceDocument {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let Some(mut fields) = Fields::of(node, at, problems) else { return Self::default() };
        let path = fields.required("path", problems);
        let methods = fields.optional("methods", problems);
        let auth = fields.optional("auth", problems).unwrap_or_default();
        let scopes = fields.optional("scopes", problems).unwrap_or_default();
        let client_domain = fields.optional("client_domain", problems).unwrap_or_default();
        fields.finish(problems);
        Self { path, methods, auth, scopes, client_domain }
    }
}

impl Read for Auth {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let choices = [("none", Self::None), ("application", Self::Application), ("user", Self::User), ("any", Self::Any)];
        one_of(&choices, node, at, problems)
    }
}

impl Read for ClientDomainRule {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        one_of(&[("required", Self::Required), ("bound", Self::Bound)], node, at, problems)
    }
}

impl Read for KeyType {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        one_of(&[("production", Self::Production), ("sandbox", Self::Sandbox)], node, at, problems)
    }
}

impl Read for Algorithm {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        one_of(&[(Self::Hs256.as_str(), Self::Hs256)], node, at, problems)
    }
}
