//! Requested scopes in people's words.

use std::collections::BTreeMap;

use postern_model::{ApiRecord, ScopeDescription};
use postern_token::Scopes;

/// A requested scope in people's words.
pub(crate) struct ScopeText {
    pub(crate) scope: String,
    /// What it allows; empty if no description was given.
    pub(crate) description: String,
    /// The APIs that require it, with commas.
    pub(crate) apis: String,
}

impl ScopeText {
    /// Each of the scopes, with its description and those of the APIs that require it.
    pub(super) fn list(
        scopes: Option<&Scopes<'static>>,
        apis: &[ApiRecord],
        descriptions: &BTreeMap<String, ScopeDescription>,
    ) -> Vec<Self> {
        let in_words = |scope: &str| {
            let requires = |api: &&ApiRecord| {
                let mut required = api.document.resources.iter().flatten().flat_map(|resource| &resource.scopes);
                required.any(|required| required == scope)
            };
            Self {
                scope: scope.to_owned(),
                description: descriptions.get(scope).map(ToString::to_string).unwrap_or_default(),
                apis: apis.iter().filter(requires).map(api_title).collect::<Vec<_>>().join(", "),
            }
        };
        scopes.into_iter().flat_map(Scopes::iter).map(in_words).collect()
    }
}

/// The title of an API, or else its name and version.
pub(super) fn api_title(api: &ApiRecord) -> String {
    api.text.title.as_ref().map_or_else(|| api.reference(), ToString::to_string)
}
