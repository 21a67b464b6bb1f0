//! The words of warnings about tokens and scopes.

use postern_operations::{NoAccess, ScopeError, TokenWarning, listed_scopes};

/// A warning in English.
pub(super) fn warning_text(warning: &TokenWarning) -> String {
    match warning {
        TokenWarning::NoAccess(why) => {
            let cause = match why {
                NoAccess::NotSubscribed => "the application is not subscribed to any API: subscribe it",
                NoAccess::Waiting => {
                    "no subscription of the application is active, because an administrator has not approved one yet: wait"
                }
                NoAccess::Blocked => "every subscription of the application is blocked: ask an administrator",
            };
            format!("this token gives access to nothing; {cause}, and then regenerate the token")
        }
        TokenWarning::Waiting { scope } => {
            format!("the scope `{scope}` waits for approval: tokens do not hold it until an administrator approves it")
        }
        TokenWarning::Forbidden { scope, roles, owner } => {
            let roles = roles.iter().map(|role| role.as_str()).collect();
            let error = ScopeError::Forbidden { scope: scope.clone(), roles, owner: *owner };
            format!("{error}: tokens do not hold it")
        }
        TokenWarning::NotSubscribed { scope, api } => {
            format!(
                "the scope `{scope}` has no effect yet: the API `{api}` lists it, but the application is not subscribed to that API"
            )
        }
        TokenWarning::Unlisted { scope } => {
            format!("no API lists the scope `{scope}`: it has no effect, unless an upstream checks it")
        }
        TokenWarning::Unknown { scope, known } if known.is_empty() => {
            format!("the scope `{scope}` has no effect yet: no API lists it")
        }
        TokenWarning::Unknown { scope, known } => {
            format!("the scope `{scope}` has no effect yet: no API lists it; {}", listed_scopes(known))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use postern_model::Role;

    #[test]
    fn a_warning_says_what_to_do() {
        let scope = || "stock".to_owned();
        let known = vec![("pizza/1".to_owned(), vec!["orders".to_owned(), "menu".to_owned()])];
        for (warning, text) in [
            (
                TokenWarning::NoAccess(NoAccess::NotSubscribed),
                "this token gives access to nothing; the application is not subscribed to any API: subscribe it, and then \
                 regenerate the token",
            ),
            (
                TokenWarning::NoAccess(NoAccess::Waiting),
                "this token gives access to nothing; no subscription of the application is active, because an administrator has \
                 not approved one yet: wait, and then regenerate the token",
            ),
            (
                TokenWarning::NoAccess(NoAccess::Blocked),
                "this token gives access to nothing; every subscription of the application is blocked: ask an administrator, and \
                 then regenerate the token",
            ),
            (
                TokenWarning::Waiting { scope: scope() },
                "the scope `stock` waits for approval: tokens do not hold it until an administrator approves it",
            ),
            (
                TokenWarning::Forbidden { scope: scope(), roles: vec![Role::Administrator], owner: Some(Role::Developer) },
                "the scope `stock` is only for applications whose owner has the role `administrator`; the owner of this \
                 application has the role `developer`: tokens do not hold it",
            ),
            (
                TokenWarning::NotSubscribed { scope: scope(), api: "stock/1".to_owned() },
                "the scope `stock` has no effect yet: the API `stock/1` lists it, but the application is not subscribed to that API",
            ),
            (
                TokenWarning::Unlisted { scope: scope() },
                "no API lists the scope `stock`: it has no effect, unless an upstream checks it",
            ),
            (TokenWarning::Unknown { scope: scope(), known: Vec::new() }, "the scope `stock` has no effect yet: no API lists it"),
            (
                TokenWarning::Unknown { scope: scope(), known },
                "the scope `stock` has no effect yet: no API lists it; the API `pizza/1` has `orders`, `menu`",
            ),
        ] {
            assert_eq!(warning_text(&warning), text);
        }
    }
}
