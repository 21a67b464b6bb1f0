//! The words of warnings about a new token.

use super::access::role_name;
use crate::messages::Message;
use postern_model::Role;
use postern_operations::{LISTED_APIS, LISTED_SCOPES, NoAccess, ScopeList, TokenWarning};

/// What a page says about a warning.
pub(super) fn warning_words(warning: &TokenWarning) -> Message {
    match warning {
        TokenWarning::NoAccess(NoAccess::NotSubscribed) => Message::new("warning-not-subscribed"),
        TokenWarning::NoAccess(NoAccess::Waiting) => Message::new("warning-subscriptions-wait"),
        TokenWarning::NoAccess(NoAccess::Blocked) => Message::new("warning-subscriptions-blocked"),
        TokenWarning::Waiting { scope } => Message::new("warning-scope-waits").with("scope", scope),
        TokenWarning::Forbidden { scope, roles, owner: _ } => {
            Message::new("warning-scope-forbidden").with("scope", scope).with("roles", role_names(roles))
        }
        TokenWarning::NotSubscribed { scope, api } => {
            Message::new("warning-scope-of-other-api").with("scope", scope).with("api", api)
        }
        TokenWarning::Unlisted { scope } => Message::new("warning-scope-unlisted").with("scope", scope),
        TokenWarning::Unknown { scope, known } if known.is_empty() => {
            Message::new("warning-scope-of-no-api").with("scope", scope)
        }
        TokenWarning::Unknown { scope, known } => {
            Message::new("warning-scope-unknown").with("scope", scope).with("known", listed(known))
        }
    }
}

/// The roles, with "or" between them.
fn role_names(roles: &[Role]) -> Message {
    let names = roles.iter().map(|role| Message::new(role_name(*role)));
    let joined = names.reduce(|one, other| Message::new("one-or-other").with("one", one).with("other", other));
    joined.unwrap_or_else(|| Message::new("none"))
}

/// The scopes of each API, in no language: `pizza/1: menu, orders; stock/1: stock`.
fn listed(known: &ScopeList) -> String {
    let scopes = |(api, scopes): &(String, Vec<String>)| {
        let more = if scopes.len() > LISTED_SCOPES { ", …" } else { "" };
        let names: Vec<&str> = scopes.iter().take(LISTED_SCOPES).map(String::as_str).collect();
        format!("{api}: {}{more}", names.join(", "))
    };
    let apis: Vec<String> = known.iter().take(LISTED_APIS).map(scopes).collect();
    let more = if known.len() > LISTED_APIS { "; …" } else { "" };
    format!("{}{more}", apis.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Language;

    /// One of each variant: a new one does not compile until it is in this list.
    fn each() -> Vec<TokenWarning> {
        let scope = || "stock".to_owned();
        let every = |warning: &TokenWarning| match warning {
            TokenWarning::NoAccess(NoAccess::NotSubscribed | NoAccess::Waiting | NoAccess::Blocked)
            | TokenWarning::Waiting { .. }
            | TokenWarning::Forbidden { .. }
            | TokenWarning::NotSubscribed { .. }
            | TokenWarning::Unlisted { .. }
            | TokenWarning::Unknown { .. } => {}
        };
        let known = vec![("pizza/1".to_owned(), vec!["menu".to_owned(), "orders".to_owned()])];
        let warnings = vec![
            TokenWarning::NoAccess(NoAccess::NotSubscribed),
            TokenWarning::NoAccess(NoAccess::Waiting),
            TokenWarning::NoAccess(NoAccess::Blocked),
            TokenWarning::Waiting { scope: scope() },
            TokenWarning::Forbidden { scope: scope(), roles: vec![Role::Administrator, Role::Auditor], owner: None },
            TokenWarning::NotSubscribed { scope: scope(), api: "stock/1".to_owned() },
            TokenWarning::Unlisted { scope: scope() },
            TokenWarning::Unknown { scope: scope(), known: Vec::new() },
            TokenWarning::Unknown { scope: scope(), known },
        ];
        warnings.iter().for_each(every);
        warnings
    }

    #[test]
    fn every_language_has_words_of_its_own_for_each_warning() {
        for warning in each() {
            let mut said = Vec::new();
            for language in Language::all() {
                let words = language.say(warning_words(&warning)).to_string();
                assert!(words.ends_with('.') && words.contains(' ') && !words.contains(['{', '$']), "{words}");
                let names_scope = !matches!(warning, TokenWarning::NoAccess(_));
                assert_eq!(words.contains("stock"), names_scope, "{words}");
                assert!(!said.contains(&words), "{words}");
                said.push(words);
            }
        }
    }

    #[test]
    fn long_lists_are_cut() {
        let scopes: Vec<String> = (0..=LISTED_SCOPES).map(|number| format!("s{number}")).collect();
        let known: ScopeList = (0..=LISTED_APIS).map(|number| (format!("a{number}/1"), scopes.clone())).collect();
        let text = listed(&known);
        assert!(text.starts_with("a0/1: s0, s1,") && text.contains("s19, …; a1/1") && text.ends_with("s19, …; …"), "{text}");
        assert!(!text.contains("s20") && !text.contains("a10/1"), "{text}");
    }

    #[test]
    fn a_warning_survives_being_stored() {
        for warning in each() {
            let stored = serde_json::to_vec(&warning).unwrap();
            assert_eq!(serde_json::from_slice::<TokenWarning>(&stored).unwrap(), warning);
        }
    }
}
