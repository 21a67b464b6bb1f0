//! The bundle as it is written in JSON, before it is checked.

use serde::Serialize;

use super::{Auth, ClientDomainRule};
use crate::claims::KeyType;
use crate::document::{At, Fields, Problems, Read, TextMap, one_of};
use crate::json::Node;
use crate::jwk::JwkDocument;

/// The whole bundle.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct BundleDocument {
    /// The issuer's identifier, as in `iss`.
    pub issuer: String,
    /// The audience that every token must hold in `aud`.
    pub audience: String,
    /// The key type that the edge serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<KeyType>,
    /// The issuer's keys.
    pub keys: JwkSetDocument,
    /// The APIs behind the edge.
    pub apis: Vec<ApiDocument>,
    /// The issuer's status lists, which hold the state of its tokens.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub status_lists: Vec<StatusListDocument>,
    /// How long tokens may last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_validity: Option<MaxValidityDocument>,
    /// Trusted issuers, whose tokens are accepted too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trusted_issuers: Vec<IssuerDocument>,
    /// The Unix time at which the issuer's history began: it was initialised, or recovered from an older copy. Revisions are counted within
    /// an epoch. Absent means 0, before every other epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
    /// The number of changes of the bundle so far. An edge that follows accepts no bundle with an earlier epoch than its current one, or
    /// with the same epoch and a lower revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

/// How many seconds a token may last from `iat` to `exp`; absent means no limit, and that a token may never expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct MaxValidityDocument {
    /// An application token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<u64>,
    /// A user token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<u64>,
}

/// A trusted issuer, and the limits within which its tokens are accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct IssuerDocument {
    /// Its identifier, as in `iss`.
    pub issuer: String,
    /// The audience that every token of it must hold in `aud`.
    pub audience: String,
    /// Its keys.
    pub keys: JwkSetDocument,
    /// Its status lists, which hold the state of its tokens.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub status_lists: Vec<StatusListDocument>,
    /// The applications that its tokens may name; absent means those that begin with `client_id_prefix`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applications: Option<Vec<String>>,
    /// What `client_id` of its tokens must begin with, so that none of them names a client of the bundle's own issuer.
    pub client_id_prefix: String,
    /// What the ids of its users must end with; absent means that none of its user tokens is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id_suffix: Option<String>,
    /// The scopes that its tokens may hold.
    pub scopes: Vec<String>,
    /// The APIs that its tokens may call, `name/version`, each with the tier that they have there.
    pub apis: TextMap,
}

/// A Token Status List.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct StatusListDocument {
    /// Its address, as tokens name it.
    pub uri: String,
    /// Its [`crate::status_list_version`]; empty for a list of a trusted issuer.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// The Status List Token itself, for an edge that fetches nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
}

/// A JWK set (RFC 7517 section 5).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct JwkSetDocument {
    /// The keys, each with a unique name.
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
    /// Its resources; absent means one resource that covers everything and requires a token.
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
    /// The kind of token that it requires.
    pub auth: Auth,
    /// The scopes that the token must hold, all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// Whether the request must name its client domain.
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
        let status_lists = fields.optional("status_lists", problems).unwrap_or_default();
        let max_validity = fields.optional("max_validity", problems);
        let trusted_issuers = fields.optional("trusted_issuers", problems).unwrap_or_default();
        let epoch = fields.optional("epoch", problems);
        let revision = fields.optional("revision", problems);
        fields.finish(problems);
        Self { issuer, audience, environment, keys, apis, status_lists, max_validity, trusted_issuers, epoch, revision }
    }
}

impl Read for IssuerDocument {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let Some(mut fields) = Fields::of(node, at, problems) else { return Self::default() };
        let issuer = fields.required("issuer", problems);
        let audience = fields.required("audience", problems);
        let keys = fields.required("keys", problems);
        let status_lists = fields.optional("status_lists", problems).unwrap_or_default();
        let applications = fields.optional("applications", problems);
        let client_id_prefix = fields.required("client_id_prefix", problems);
        let user_id_suffix = fields.optional("user_id_suffix", problems);
        let scopes = fields.required("scopes", problems);
        let apis = fields.required("apis", problems);
        fields.finish(problems);
        Self { issuer, audience, keys, status_lists, applications, client_id_prefix, user_id_suffix, scopes, apis }
    }
}

impl Read for MaxValidityDocument {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let Some(mut fields) = Fields::of(node, at, problems) else { return Self::default() };
        let application = fields.optional("application", problems);
        let user = fields.optional("user", problems);
        fields.finish(problems);
        Self { application, user }
    }
}

impl Read for StatusListDocument {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let Some(mut fields) = Fields::of(node, at, problems) else { return Self::default() };
        let uri = fields.required("uri", problems);
        let version = fields.optional("version", problems).unwrap_or_default();
        let list = fields.optional("list", problems);
        fields.finish(problems);
        Self { uri, version, list }
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
