//! The rule of one operation, combined from the operation, its path and the document.

use postern_token::bundle::{At, Auth, ClientDomainRule};

use super::extensions::Extensions;
use super::report::Report;
use super::security::Requirement;

/// The requirements of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) auth: Auth,
    /// Sorted.
    pub(super) scopes: Vec<String>,
    pub(super) client_domain: ClientDomainRule,
}

/// The level of a setting. An inner level overrides an outer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Document,
    Path,
    Operation,
}

/// The settings from which the rule of one operation is made.
pub(super) struct RuleSources<'s, 'n> {
    pub(super) document: &'s Extensions<'n>,
    pub(super) path: &'s Extensions<'n>,
    pub(super) operation: &'s Extensions<'n>,
    pub(super) document_security: Option<&'s Requirement>,
    pub(super) operation_security: Option<&'s Requirement>,
}

impl RuleSources<'_, '_> {
    /// The rule of the operation at `at`; `None` if there is no unambiguous rule, which is reported as a problem.
    pub(super) fn rule(&self, at: At<'_>, report: &mut Report) -> Option<Rule> {
        let (auth, mut scopes) = self.auth_and_scopes(at, report)?;
        if let Some(own) = &self.operation.scopes {
            scopes = own.iter().map(|scope| (*scope).to_owned()).collect();
            scopes.sort_unstable();
        }
        // Only a token can be bound to domains, so the rule of a path or document applies only to operations that require a
        // token.
        let inherited = self.path.client_domain.or(self.document.client_domain).filter(|_| auth != Auth::None);
        let client_domain = self.operation.client_domain.or(inherited).unwrap_or_default();
        Some(Rule { auth, scopes, client_domain })
    }

    fn auth_and_scopes(&self, at: At<'_>, report: &mut Report) -> Option<(Auth, Vec<String>)> {
        let auth = self.auth();
        // Without `security`, an operation requires a token, as an API without resources does. In OpenAPI it would be public,
        // but most documents omit `security` because another component enforces it.
        let Some((requirement, level)) = self.security() else {
            return Some((auth.map_or(Auth::Any, |(auth, _)| auth), Vec::new()));
        };
        let document_security = At::Root.field("security");
        let location = if level == Level::Operation { at.field("security") } else { document_security };
        match (requirement, auth) {
            (Requirement::Unreadable, _) => None,
            (Requirement::Anonymous, Some((auth, auth_level))) if auth_level >= level => Some((auth, Vec::new())),
            (Requirement::Anonymous, _) => Some((Auth::None, Vec::new())),
            (Requirement::Token { .. }, Some((Auth::None, auth_level))) if auth_level > level => Some((Auth::None, Vec::new())),
            (Requirement::Token { .. }, Some((Auth::None, _))) => {
                report.push(location, "requires a token, but `x-postern-auth` is `none`");
                None
            }
            (Requirement::Token { ambiguity: Some(ambiguity), .. }, None) => {
                report.push(location, ambiguity.message());
                None
            }
            (Requirement::Token { scopes, .. }, auth) => {
                let auth = auth.map_or(Auth::Any, |(auth, _)| auth);
                if scopes.is_none() && self.operation.scopes.is_none() {
                    let message = "has alternatives with different scopes, and a resource asks for all of its scopes; say which with \
                        `x-postern-scopes` on the operation";
                    report.push(location, message);
                    return None;
                }
                Some((auth, scopes.clone().unwrap_or_default()))
            }
        }
    }

    fn auth(&self) -> Option<(Auth, Level)> {
        let levels = [(self.operation, Level::Operation), (self.path, Level::Path), (self.document, Level::Document)];
        levels.into_iter().find_map(|(extensions, level)| extensions.auth.map(|auth| (auth, level)))
    }

    fn security(&self) -> Option<(&Requirement, Level)> {
        let own = self.operation_security.map(|requirement| (requirement, Level::Operation));
        own.or_else(|| self.document_security.map(|requirement| (requirement, Level::Document)))
    }
}
