//! Lists the user stores, and completes their revocations in the main database.

use crate::user_stores::UserStore;
use crate::{Act, Error};
use postern_directories::Directory;
use postern_model::{UserId, UserStoreName};

/// Who keeps the users of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStoreKind {
    /// The store itself.
    Local,
    /// An LDAP directory.
    Ldap,
    /// An identity provider.
    OpenIdConnect,
}

/// A user store as administrators see it.
#[derive(Debug, Clone)]
pub struct UserStoreDetails {
    /// The name, with which its users' ids end.
    pub name: UserStoreName,
    /// Who keeps its users.
    pub kind: UserStoreKind,
    /// Whether its tables are in a separate database.
    pub own_database: bool,
    /// Whether it is the default store, for users who name no store.
    pub default: bool,
}

/// The user stores that are configured, in that order.
pub fn list_user_stores(act: &Act<'_>) -> Result<Vec<UserStoreDetails>, Error> {
    act.require_auditor()?;
    let default = act.stores().default_store().map(UserStore::name);
    let details = |store: &UserStore| UserStoreDetails {
        name: store.name().clone(),
        kind: match store.directory() {
            Directory::Local => UserStoreKind::Local,
            Directory::Ldap(_) => UserStoreKind::Ldap,
            Directory::OpenIdConnect(_) => UserStoreKind::OpenIdConnect,
        },
        own_database: store.has_own_database(),
        default: Some(store.name()) == default,
    };
    Ok(act.stores().iter().map(details).collect())
}

/// The names of the user stores where users sign in with a password; the first one is the default store.
pub fn password_store_names(act: &Act<'_>) -> Vec<UserStoreName> {
    act.stores().iter().filter(|store| store.takes_passwords()).map(|store| store.name().clone()).collect()
}

/// The identity providers: the name of the user store of each, and the provider's name for people.
pub fn list_providers(act: &Act<'_>) -> Vec<(UserStoreName, String)> {
    act.stores().iter().filter_map(|store| Some((store.name().clone(), store.provider()?.title().to_owned()))).collect()
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
