//! The user stores of the configuration, opened.

use anyhow::Context as _;
use postern_configuration::{UserStoreKind, UserStoreSettings};
use postern_directories::Directory;
use postern_directories::ldap::{Ldap, LdapSettings};
use postern_operations::{UserStore, UserStores};
use postern_storage::Storage;

/// Opens each of them. A directory that others keep is not asked for anything yet.
pub(super) fn open(configured: &[UserStoreSettings]) -> anyhow::Result<UserStores> {
    let stores = configured
        .iter()
        .map(|settings| open_one(settings).with_context(|| format!("the user store `{}` cannot be used", settings.name)));
    Ok(UserStores::new(stores.collect::<anyhow::Result<_>>()?))
}

fn open_one(settings: &UserStoreSettings) -> anyhow::Result<UserStore> {
    let name = settings.name.clone();
    let directory = match &settings.kind {
        UserStoreKind::Local => Directory::Local,
        UserStoreKind::Ldap(ldap) => Directory::Ldap(Box::new(Ldap::new(LdapSettings::clone(ldap))?)),
    };
    Ok(match &settings.database {
        None => UserStore::in_main_database(name, directory),
        Some(database) => UserStore::in_own_database(name, directory, Storage::open_for_users(&database.location()?)?),
    })
}
