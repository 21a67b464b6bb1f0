//! The limits within which tokens of a trusted issuer are accepted.

use super::document::IssuerDocument;
use super::{At, Problems};
use crate::claims::{ApiReference, Claims, Kind, Subscriptions};
use crate::identifier::Identifier;
use crate::scope::Scopes;

/// The limits of a trusted issuer. Its tokens beyond these limits are refused: otherwise it could mint tokens for every application and
/// user of the bundle's own issuer.
#[derive(Debug, Clone)]
pub struct Trust {
    applications: Option<Vec<String>>,
    client_id_prefix: String,
    user_id_suffix: Option<String>,
    scopes: Vec<String>,
    /// The APIs that its tokens may call, each with the tier that they have there.
    apis: Subscriptions<'static>,
}

impl Trust {
    /// The tier at which a token with these claims may call `api`; `None` if a claim is beyond the limits.
    pub fn tier(&self, claims: &Claims<'_>, api: &ApiReference<'_>) -> Option<&Identifier<'static>> {
        let (application, client) = (claims.app.as_str(), claims.client_id.as_str());
        // The upstream gets both names, so both must be within the limits.
        let is_named = client.starts_with(&self.client_id_prefix);
        let is_listed = match &self.applications {
            Some(own) => own.iter().any(|own| own == application),
            None => application.starts_with(&self.client_id_prefix),
        };
        let is_user_known = match claims.kind {
            Kind::Application => true,
            Kind::User => self.user_id_suffix.as_ref().is_some_and(|own| claims.sub.as_str().ends_with(own)),
        };
        let has_scope = |scope: &str| self.scopes.iter().any(|own| own == scope);
        let are_scopes_known = claims.scope.as_ref().is_none_or(|scopes| scopes.iter().all(has_scope));
        let permitted = is_listed && is_named && is_user_known && are_scopes_known;
        if permitted { self.apis.tier(api) } else { None }
    }

    /// Checks the limits that `document` names.
    pub(super) fn check(document: &IssuerDocument, at: At<'_>, problems: &mut Problems) -> Self {
        let IssuerDocument { applications, client_id_prefix, user_id_suffix, scopes, apis, .. } = document;
        if applications.as_ref().is_some_and(Vec::is_empty) {
            problems.push(at.field("applications"), "is empty; leave it out where `client_id_prefix` is enough");
        }
        for (name, text) in [("client_id_prefix", Some(client_id_prefix)), ("user_id_suffix", user_id_suffix.as_ref())] {
            if let Some(text) = text {
                problems.take(at.field(name), Identifier::parse(text.as_str()));
            }
        }
        for (index, scope) in scopes.iter().enumerate() {
            if Scopes::parse(scope.as_str()).is_err() || scope.contains(' ') {
                problems.push(at.field("scopes").item(index), "must be one scope: printable ASCII without space, `\"` and `\\`");
            }
        }
        let at_apis = at.field("apis");
        if apis.is_empty() {
            problems.push(at_apis, "must name at least one API with its tier, such as `{\"pizza/1.0.0\":\"bronze\"}`");
        }
        let mut list = Vec::new();
        for (api, tier) in apis.iter() {
            let reference = ApiReference::parse(api.to_owned());
            let tier = problems.take(at_apis.field(api), Identifier::parse(tier.to_owned()));
            if let (Some(reference), Some(tier)) = (problems.take(at_apis, reference), tier) {
                list.push((reference, tier));
            }
        }
        Self {
            applications: applications.clone(),
            client_id_prefix: client_id_prefix.clone(),
            user_id_suffix: user_id_suffix.clone(),
            scopes: scopes.clone(),
            // An object has no name twice.
            apis: Subscriptions::of_unique(list),
        }
    }
}
