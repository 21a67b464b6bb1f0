//! What people enter as their user name: a name, with or without its store's name.

use crate::Act;
use crate::user_stores::UserStore;
use postern_model::UserId;

/// The name under which wrong passwords are counted, whether the user exists or not: one name, however the login is written.
pub(crate) fn throttling_name(act: &Act<'_>, login: &str) -> String {
    find_store(act, login).map_or_else(|| login.to_lowercase(), |(_, id)| id.to_string())
}

/// The id of the user whom a login names, whether the user exists or not, for a record; `None` if the login does not have the form of a name,
/// or has the form of a credential of ours, which was probably entered in the wrong field.
pub fn login_name(act: &Act<'_>, login: &str) -> Option<UserId> {
    if has_credential_form(login) { None } else { find_store(act, login).map(|(_, id)| id) }
}

/// The prefixes of personal access tokens, initial access tokens, refresh tokens, authorization codes, device codes, sessions and edge keys.
const CREDENTIAL_PREFIXES: [&str; 7] = ["ppat_", "preg_", "por_", "poc_", "pod_", "pse_", "edge_"];

/// The length of the random part of every credential.
const RANDOM_LEN: usize = 43;

/// Whether a text may be a credential: one of the prefixes and at least the random part, in any case; or the random part alone, as in a
/// consumer secret. A store may follow behind `@`.
fn has_credential_form(text: &str) -> bool {
    let text = text.split('@').next().unwrap_or(text).trim().to_ascii_lowercase();
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let random = plain && !text.contains('.') && text.len() == RANDOM_LEN;
    random || (plain && text.len() > RANDOM_LEN && CREDENTIAL_PREFIXES.iter().any(|prefix| text.starts_with(prefix)))
}

/// The store and the id that a login names.
pub(crate) fn find_store<'a>(act: &Act<'a>, login: &str) -> Option<(&'a UserStore, UserId)> {
    let stores = act.stores();
    // `alice@example.com` may be a name in the default store, or `alice` of the store `example.com`.
    let named = login.parse::<UserId>().ok().and_then(|id| Some((stores.find(&id.store).ok()?, id)));
    named.or_else(|| {
        let store = stores.default_store()?;
        Some((store, UserId { name: login.parse().ok()?, store: store.name().clone() }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_no_names() {
        let random = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE";
        assert_eq!(random.len(), RANDOM_LEN);
        for prefix in CREDENTIAL_PREFIXES.into_iter().chain([""]) {
            for text in [format!("{prefix}{random}"), format!("{prefix}{random}@local").to_lowercase()] {
                assert!(has_credential_form(&text), "{text}");
            }
        }
        assert!(has_credential_form(&format!("por_partners.{random}")));
        for name in [
            "alice",
            "alice@partners",
            "ppat_alice",
            "edge_case@local",
            "a.very.long.name.that.a.company.has.invented.for.someone",
        ] {
            assert!(!has_credential_form(name), "{name}");
        }
    }
}
