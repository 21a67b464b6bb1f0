//! What one operation asks for, put together from the three places that may say it.

use postern_token::bundle::{At, Auth, ClientDomainRule};

use super::extensions::Extensions;
use super::report::Report;
use super::security::Asked;

/// What a resource asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) auth: Auth,
    /// Sorted.
    pub(super) scopes: Vec<String>,
    pub(super) client_domain: ClientDomainRule,
}

/// Where something is said. What is further in goes before what is further out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Document,
    Path,
    Operation,
}

/// All that is said about one operation.
pub(super) struct Said<'s, 'n> {
    pub(super) document: &'s Extensions<'n>,
    pub(super) path: &'s Extensions<'n>,
    pub(super) operation: &'s Extensions<'n>,
    pub(super) document_security: Option<&'s Asked>,
    pub(super) operation_security: Option<&'s Asked>,
}

impl Said<'_, '_> {
    /// The rule of the operation at `at`, or nothing when it has none, which is a problem.
    pub(super) fn rule(&self, at: At<'_>, report: &mut Report) -> Option<Rule> {
        let (auth, mut scopes) = self.auth_and_scopes(at, report)?;
        if let Some(own) = &self.operation.scopes {
            scopes = own.iter().map(|scope| (*scope).to_owned()).collect();
            scopes.sort_unstable();
        }
        // Only a token can be bound to domains: what is said for many operations is about those that ask for one.
        let inherited = self.path.client_domain.or(self.document.client_domain).filter(|_| auth != Auth::None);
        let client_domain = self.operation.client_domain.or(inherited).unwrap_or_default();
        Some(Rule { auth, scopes, client_domain })
    }

    fn auth_and_scopes(&self, at: At<'_>, report: &mut Report) -> Option<(Auth, Vec<String>)> {
        let auth = self.auth();
        // What nobody says anything about asks for a token, as an API without resources does. OpenAPI would have it public, and
        // most documents that are silent are so because somebody else was to see to it.
        let Some((asked, level)) = self.security() else { return Some((auth.map_or(Auth::Any, |(auth, _)| auth), Vec::new())) };
        let inside = At::Root.field("security");
        let place = if level == Level::Operation { at.field("security") } else { inside };
        match (asked, auth) {
            (Asked::Broken, _) => None,
            (Asked::Nothing, Some((auth, said_at))) if said_at >= level => Some((auth, Vec::new())),
            (Asked::Nothing, _) => Some((Auth::None, Vec::new())),
            (Asked::Token { .. }, Some((Auth::None, said_at))) if said_at > level => Some((Auth::None, Vec::new())),
            (Asked::Token { .. }, Some((Auth::None, _))) => {
                report.push(place, "asks for a token where `x-postern-auth` says `none`");
                None
            }
            (Asked::Token { doubt: Some(doubt), .. }, None) => {
                report.push(place, doubt.message());
                None
            }
            (Asked::Token { scopes, .. }, auth) => {
                let auth = auth.map_or(Auth::Any, |(auth, _)| auth);
                if scopes.is_none() && self.operation.scopes.is_none() {
                    let message = "has alternatives with different scopes, and a resource asks for all of its scopes; say which with \
                        `x-postern-scopes` on the operation";
                    report.push(place, message);
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

    fn security(&self) -> Option<(&Asked, Level)> {
        let own = self.operation_security.map(|asked| (asked, Level::Operation));
        own.or_else(|| self.document_security.map(|asked| (asked, Level::Document)))
    }
}
