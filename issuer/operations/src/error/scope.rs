//! Errors about the scopes of key sets.

use std::fmt::Write as _;

use postern_model::Role;
use thiserror::Error;

use super::quoted;

/// How many APIs a text lists.
pub const LISTED_APIS: usize = 10;

/// How many scopes of an API a text lists.
pub const LISTED_SCOPES: usize = 20;

/// Why a key set may not have a scope.
#[derive(Debug, Error)]
pub enum ScopeError {
    /// The text is not one scope.
    #[error("a scope is 1 to 2048 visible ASCII characters except `\"` and `\\`, without spaces")]
    Malformed,
    /// The scope has no rules.
    #[error("there are no rules for the scope `{0}`")]
    NotFound(String),
    /// No API to which the application is subscribed lists the scope, and no other API does.
    #[error("unknown scope `{scope}`: {}", listed_scopes(.known))]
    Unknown {
        /// The scope.
        scope: String,
        /// The APIs to which the application is subscribed, each with its scopes.
        known: Vec<(String, Vec<String>)>,
    },
    /// The scope is bound to roles of members, and the application's owner has none of these.
    #[error(
        "the scope `{scope}` is only for applications whose owner has the role {}; the owner of this application {}",
        quoted(.roles),
        has(.owner.as_ref())
    )]
    Forbidden {
        /// The scope.
        scope: String,
        /// The roles.
        roles: Vec<&'static str>,
        /// The owner's role; `None` is an owner who is not a member.
        owner: Option<Role>,
    },
    /// An administrator would approve the scope without naming the version of the key set.
    #[error(
        "the scope `{0}` needs approval: read the key set, and send its entity tag (ETag) with the change, because the owner may have removed the scope since you read it"
    )]
    VersionRequired(String),
    /// The key set does not have the scope.
    #[error("the key set does not have the scope `{0}`: add it to the key set first")]
    NotHeld(String),
}

/// Lists the scopes of each API, and cuts a list that is too long to read.
pub fn listed_scopes(known: &[(String, Vec<String>)]) -> String {
    let mut text = String::new();
    for (at, (api, scopes)) in known.iter().take(LISTED_APIS).enumerate() {
        let (separator, names) = (if at == 0 { "" } else { "; " }, quoted(scopes.get(..LISTED_SCOPES).unwrap_or(scopes)));
        let more = if scopes.len() > LISTED_SCOPES { ", …" } else { "" };
        // Writing to a string cannot fail.
        let _ = if scopes.is_empty() {
            write!(text, "{separator}the API `{api}` has none")
        } else {
            write!(text, "{separator}the API `{api}` has {names}{more}")
        };
    }
    if known.len() > LISTED_APIS {
        text.push_str("; …");
    }
    text
}

fn has(owner: Option<&Role>) -> String {
    owner.map_or_else(|| "is not a member".to_owned(), |role| format!("has the role `{}`", role.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_scope_is_refused_with_those_that_exist() {
        let known = vec![("pizza/1.0.0".to_owned(), vec!["orders".to_owned(), "menu".to_owned()]), ("a/1".to_owned(), vec![])];
        let error = ScopeError::Unknown { scope: "orders:wrte".to_owned(), known };
        let expected = "unknown scope `orders:wrte`: the API `pizza/1.0.0` has `orders`, `menu`; the API `a/1` has none";
        assert_eq!(error.to_string(), expected);
        let many: Vec<_> =
            (0..1000).map(|api| (format!("a{api}/1"), (0..1000).map(|scope| format!("s{scope}")).collect())).collect();
        assert!(listed_scopes(&many).len() < 5000);
    }
}
