//! Lists the user stores, and completes their revocations in the main database.

use crate::user_stores::UserStore;
use crate::{Act, Error};
use postern_model::{UserId, UserStoreName};

/// A user store as administrators see it.
#[derive(Debug, Clone)]
pub struct UserStoreDetails {
    /// The name, with which its users' ids end.
    pub name: UserStoreName,
    /// Whether it stores its users' passwords itself; otherwise an external directory does.
    pub local: bool,
    /// Whether its tables are in a separate database.
    pub own_database: bool,
    /// Whether it is the default store, for users who name no store.
    pub default: bool,
}

/// The user stores that are configured, in that order.
pub fn list_user_stores(act: &Act<'_>) -> Result<Vec<UserStoreDetails>, Error> {
    act.require_auditor()?;
    let details = |(place, store): (usize, &UserStore)| UserStoreDetails {
        name: store.name().clone(),
        local: store.keeps_passwords(),
        own_database: store.has_own_database(),
        default: place == 0,
    };
    Ok(act.stores().iter().enumerate().map(details).collect())
}

/// The names of the user stores; the first one is the default store.
pub fn user_store_names(act: &Act<'_>) -> Vec<UserStoreName> {
    act.stores().iter().map(|store| store.name().clone()).collect()
}

/// Whether users of that store change their passwords here.
pub fn keeps_password(act: &Act<'_>, user: &UserId) -> bool {
    act.stores().find(&user.store).is_ok_and(UserStore::keeps_passwords)
}

/// Sets the status bits of the tokens that stores with their own databases have revoked, if a process was killed before the bits were set
/// in the main database. Returns their number. A store that cannot be reached does not block the others.
pub fn apply_pending_revocations(act: &Act<'_>) -> Result<usize, Error> {
    let counts: Vec<_> = act.stores().iter().map(|store| store.apply_pending_revocations(act.storage(), act.now)).collect();
    counts.into_iter().sum()
}
