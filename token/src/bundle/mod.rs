//! The bundle: all that an edge needs to decide, as a document and as the checked values made from it.

mod document;
mod issuer;
mod max_validity;
mod pattern;
mod signed;
mod trust;

pub use crate::document::{At, Fields, Problem, Problems, Read, TextMap, one_of};
pub use document::{
    ApiDocument, BundleDocument, IssuerDocument, JwkSetDocument, MaxValidityDocument, ResourceDocument, StatusListDocument,
};
pub use issuer::{Issuer, ListedStatus, by_address};
pub use max_validity::MaxValidity;
pub use pattern::{Match, PathPattern};
pub use signed::{SIGNED_BUNDLE_MEDIA_TYPE, sign_bundle, verify_bundle};
pub use trust::Trust;

use crate::claims::{ApiReference, KeyType};
pub use crate::domain::is_host;
use crate::near_miss::fold;
use crate::path::NormalPath;
use crate::repeated::repeated;
use crate::scope::Scopes;

/// A valid bundle.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// The issuers whose tokens are accepted, each with a unique identifier; the bundle's own issuer comes first.
    pub issuers: Vec<Issuer>,
    /// The key type that this edge serves; absent means both.
    pub environment: Option<KeyType>,
    /// How long tokens may last.
    pub max_validity: MaxValidity,
    /// The APIs behind this edge. No two of them have the same host and context.
    pub apis: Vec<Api>,
}

/// One version of an API, with its context and hosts.
#[derive(Debug, Clone)]
pub struct Api {
    /// `name/version`.
    pub reference: ApiReference<'static>,
    /// The path that all of its paths begin with, in normal form and without a slash at its end; empty for the root.
    pub context: String,
    /// The hosts of the API, in lower case and without a port; none means every host.
    pub hosts: Vec<String>,
    /// Its resources by path, the most specific first. None means one resource that covers everything.
    pub routes: Vec<Route>,
}

/// The operations at one path pattern.
#[derive(Debug, Clone)]
pub struct Route {
    /// The paths below the context.
    pub pattern: PathPattern,
    /// The operations; no two of them have the same method.
    pub operations: Vec<Operation>,
}

/// The requirements of one resource.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The methods to which it applies; none means every method.
    pub methods: Vec<String>,
    /// The kind of token that it accepts.
    pub auth: Auth,
    /// The scopes that the token must hold, all of them.
    pub scopes: Option<Scopes<'static>>,
    /// Whether the request must name its client domain.
    pub client_domain: ClientDomainRule,
}

/// The kind of token that a resource requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// No token at all: the resource is public.
    None,
    /// An application token.
    Application,
    /// A user token.
    User,
    /// Either.
    #[default]
    Any,
}

/// When the client's domain is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientDomainRule {
    /// Always: a request that names no domain is refused even when its token is not bound to any.
    Required,
    /// Only for a token that is bound to domains.
    #[default]
    Bound,
}

impl Bundle {
    /// Reads and checks a bundle.
    pub fn from_json(json: &[u8]) -> Result<Self, Problems> {
        Problems::read_and_check(json, |document, problems| Self::check(&document, At::Root, problems))
    }

    /// Checks `document`, at the path `at` of a larger document, and reports all its problems.
    pub fn check(document: &BundleDocument, at: At<'_>, problems: &mut Problems) -> Option<Self> {
        let issuers = issuer::check_all(document, at, problems);
        let max_validity = MaxValidity::check(document.max_validity, at.field("max_validity"), problems);
        let at = at.field("apis");
        let mut apis = Vec::with_capacity(document.apis.len());
        for (index, api) in document.apis.iter().enumerate() {
            apis.extend(Api::check(api, at.item(index), problems));
        }
        check_overlap(&document.apis, at, problems);
        Some(Self { issuers: issuers?, environment: document.environment, max_validity, apis })
    }
}

/// With two APIs of the same name and version, or of the same host and context, the order of the list would decide.
fn check_overlap(apis: &[ApiDocument], at: At<'_>, problems: &mut Problems) {
    let references: Vec<String> = apis.iter().map(|api| format!("{}/{}", api.name, api.version)).collect();
    for (first, again) in repeated(&mut references.iter().map(String::as_str)) {
        problems.push(at.item(again), format!("has the name and version of `{}`", at.item(first)));
    }
    let everywhere = [String::new()];
    let mut places = Vec::new();
    let mut owners = Vec::new();
    for (index, api) in apis.iter().enumerate() {
        for host in api.hosts.as_deref().unwrap_or(&everywhere) {
            places.push(format!("{host} {}", fold(&api.context)));
            owners.push(index);
        }
    }
    for (first, again) in repeated(&mut places.iter().map(String::as_str)) {
        if let (Some(first), Some(again)) = (owners.get(first), owners.get(again)) {
            problems.push(at.item(*again).field("context"), format!("`{}` answers there already", at.item(*first)));
        }
    }
}

impl Api {
    /// Checks one API; adds each error to `problems` under its own path.
    pub fn check(document: &ApiDocument, at: At<'_>, problems: &mut Problems) -> Option<Self> {
        for (name, part) in [("name", &document.name), ("version", &document.version)] {
            if !ApiReference::is_part(part) {
                problems.push(at.field(name), "must be 1 to 100 letters, digits, `.`, `_`, `-` and `~`");
            }
        }
        let reference = ApiReference::parse(format!("{}/{}", document.name, document.version)).ok();
        let context = problems.take(at.field("context"), check_context(&document.context));
        let hosts = document.hosts.clone().unwrap_or_default();
        for (index, host) in hosts.iter().enumerate() {
            if !is_host(host) {
                problems.push(at.field("hosts").item(index), "must be a lower-case ASCII host without a port");
            }
        }
        if document.hosts.as_ref().is_some_and(Vec::is_empty) {
            problems.push(at.field("hosts"), "is empty; leave it out for every host");
        }
        let routes = check_resources(document.resources.as_deref(), at.field("resources"), problems);
        Some(Self { reference: reference?, context: context?, hosts, routes })
    }
}

fn check_context(context: &str) -> Result<String, &'static str> {
    let normal = NormalPath::parse(context.as_bytes()).is_ok_and(|normal| normal.as_str() == context);
    let plain = !context.contains(['*', '{', '}']);
    match context.strip_suffix('/') {
        _ if !normal || !plain => Err("must be a plain path in normal form, such as `/pizza/1.0.0`"),
        Some("") => Ok(String::new()),
        Some(_) => Err("must not end in `/`"),
        None => Ok(context.to_owned()),
    }
}

fn check_resources(resources: Option<&[ResourceDocument]>, at: At<'_>, problems: &mut Problems) -> Vec<Route> {
    if resources.is_some_and(<[_]>::is_empty) {
        problems.push(at, "is empty; leave it out for one resource that covers everything");
    }
    let mut routes: Vec<Route> = Vec::new();
    for (index, resource) in resources.unwrap_or_default().iter().enumerate() {
        let at = at.item(index);
        let pattern = problems.take(at.field("path"), PathPattern::parse(&resource.path));
        let operation = Operation::check(resource, at, problems);
        let Some(pattern) = pattern else { continue };
        match routes.binary_search_by(|route| route.pattern.cmp(&pattern)) {
            Err(place) => routes.insert(place, Route { pattern, operations: vec![operation] }),
            Ok(place) => {
                let Some(route) = routes.get_mut(place) else { continue };
                if !route.pattern.is_spelled_like(&pattern) {
                    problems.push(at.field("path"), "differs from another resource's path only in what some servers ignore, such as case or a slash at its end");
                }
                if route.operations.iter().any(|other| other.overlaps(&operation)) {
                    problems.push(at.field("methods"), "another resource has the same path and one of these methods");
                }
                route.operations.push(operation);
            }
        }
    }
    routes
}

/// What an API without resources requires on every path: a valid token with a subscription.
pub static WHOLE_API: Operation =
    Operation { methods: Vec::new(), auth: Auth::Any, scopes: None, client_domain: ClientDomainRule::Bound };

impl Operation {
    /// Whether the operation applies to `method`. Methods are case-sensitive (RFC 9110 section 9.1).
    pub fn takes(&self, method: &[u8]) -> bool {
        self.methods.is_empty() || self.methods.iter().any(|own| own.as_bytes() == method)
    }

    /// Whether a request that is allowed by one of the two is allowed by the other, apart from the method.
    pub fn requires_the_same(&self, other: &Self) -> bool {
        self.auth == other.auth && self.scopes == other.scopes && self.client_domain == other.client_domain
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.methods.is_empty() || other.methods.is_empty() || self.methods.iter().any(|method| other.methods.contains(method))
    }

    fn check(document: &ResourceDocument, at: At<'_>, problems: &mut Problems) -> Self {
        let methods = document.methods.clone().unwrap_or_default();
        if document.methods.as_ref().is_some_and(Vec::is_empty) {
            problems.push(at.field("methods"), "is empty; leave it out for every method");
        }
        for (index, method) in methods.iter().enumerate() {
            if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-') {
                problems.push(at.field("methods").item(index), "must be a method in upper case, such as `GET`");
            }
        }
        let scopes = match document.scopes.as_slice() {
            [] => None,
            scopes => problems.take(at.field("scopes"), Scopes::parse(scopes.join(" "))),
        };
        if document.auth == Auth::None && (scopes.is_some() || document.client_domain == ClientDomainRule::Required) {
            problems.push(at.field("auth"), "`none` asks for no token, so `scopes` and `client_domain` cannot be checked");
        }
        Self { methods, auth: document.auth, scopes, client_domain: document.client_domain }
    }
}

#[cfg(test)]
mod tests;
