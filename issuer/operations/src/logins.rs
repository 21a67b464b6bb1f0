//! What people enter as their user name: a name, with or without its store's name.

use crate::Act;
use crate::user_stores::UserStore;
use postern_model::UserId;

/// The name under which wrong passwords are counted, whether the user exists or not: one name, however the login is written.
pub(crate) fn throttling_name(act: &Act<'_>, login: &str) -> String {
    find_store(act, login).map_or_else(|| login.to_lowercase(), |(_, id)| id.to_string())
}

/// The id of the user whom a login names, whether the user exists or not; `None` if the login does not have the form of a name.
pub fn login_name(act: &Act<'_>, login: &str) -> Option<UserId> {
    find_store(act, login).map(|(_, id)| id)
}

/// The store and the id that a login names.
pub(crate) fn find_store<'a>(act: &Act<'a>, login: &str) -> Option<(&'a UserStore, UserId)> {
    let stores = act.stores();
    // `alice@example.com` may be a name in the first store, or `alice` of the store `example.com`.
    let named = login.parse::<UserId>().ok().and_then(|id| Some((stores.find(&id.store).ok()?, id)));
    named.or_else(|| {
        let store = stores.first()?;
        Some((store, UserId { name: login.parse().ok()?, store: store.name().clone() }))
    })
}
