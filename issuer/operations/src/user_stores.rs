//! The user stores of an issuer: the directory of each, and where its tables are.

use std::collections::BTreeMap;
use std::fmt;

use postern_token::UnixSeconds;

use crate::Error;
use crate::database::Database;
use crate::error::UserError;
use crate::status_indexes::set_status_bits;
use postern_directories::Directory;
use postern_directories::openid_connect::OpenIdConnect;
use postern_model::{Role, UserStoreName};
use postern_secrets::PlainSecret;
use postern_storage::{Storage, Transaction, UserTables};

/// The most pending revocations that one transaction applies.
const STEP: u32 = 1000;

/// The configured user stores. The first one with passwords is the default, for users who name no store.
#[derive(Debug, Default)]
pub struct UserStores(Vec<UserStore>);

/// A user store.
pub struct UserStore {
    name: UserStoreName,
    directory: Directory,
    own: Option<Storage>,
    /// The roles of members, by the group that has each.
    member_roles: BTreeMap<String, Role>,
}

impl UserStore {
    /// A store whose tables are in the main database.
    pub const fn in_main_database(name: UserStoreName, directory: Directory) -> Self {
        Self { name, directory, own: None, member_roles: BTreeMap::new() }
    }

    /// A store with its own database.
    pub const fn in_own_database(name: UserStoreName, directory: Directory, storage: Storage) -> Self {
        Self { name, directory, own: Some(storage), member_roles: BTreeMap::new() }
    }

    /// The same store, whose users are members if a group of theirs is named here.
    #[must_use]
    pub fn with_member_roles(mut self, member_roles: BTreeMap<String, Role>) -> Self {
        self.member_roles = member_roles;
        self
    }

    /// The highest role of a member in these groups.
    pub(crate) fn member_role(&self, groups: &[String]) -> Option<Role> {
        Role::highest(groups.iter().filter_map(|group| self.member_roles.get(group).copied()))
    }

    /// Checks that the store manages its users itself.
    pub(crate) fn check_local(&self) -> Result<(), Error> {
        if self.keeps_passwords() { Ok(()) } else { Err(UserError::KeptElsewhere(self.name.clone()).into()) }
    }

    /// Whether users change their passwords here.
    pub const fn keeps_passwords(&self) -> bool {
        matches!(self.directory, Directory::Local)
    }

    /// Whether users sign in with a password here. Otherwise they sign in at an identity provider.
    pub const fn takes_passwords(&self) -> bool {
        self.provider().is_none()
    }

    /// The identity provider of the store.
    pub(crate) const fn provider(&self) -> Option<&OpenIdConnect> {
        match &self.directory {
            Directory::OpenIdConnect(provider) => Some(provider),
            Directory::Local | Directory::Ldap(_) => None,
        }
    }

    /// The store's name.
    pub const fn name(&self) -> &UserStoreName {
        &self.name
    }

    pub(crate) const fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Whether a token for a user of the store needs neither another database nor a directory, which may be slow.
    pub(crate) const fn is_quick(&self) -> bool {
        self.own.is_none() && !matches!(self.directory, Directory::Ldap(_))
    }

    pub(crate) const fn has_own_database(&self) -> bool {
        self.own.is_some()
    }

    /// Sets the status bits of the tokens that a store with its own database has revoked, if a process was killed before the bits were set
    /// in the main database. Returns their number.
    pub(crate) fn apply_pending_revocations(&self, main: Database<'_>, now: UnixSeconds) -> Result<usize, Error> {
        let Some(own) = &self.own else { return Ok(0) };
        let status_indexes = own.read(|tables| UserTables::in_own_database(tables, &self.name).endings(STEP))?;
        if !status_indexes.is_empty() {
            main.write(|main| set_status_bits(main, &status_indexes, now))?;
            own.write(|transaction| {
                let tables = UserTables::in_own_database(transaction, &self.name);
                status_indexes.iter().try_for_each(|status_index| Ok::<_, Error>(tables.delete_ending(*status_index)?))
            })?;
        }
        Ok(status_indexes.len())
    }

    /// Runs `work` on the store's tables, within the transaction `main`. The store's own database, if there is one, commits before the main
    /// one: so `work` must be the last step that can fail.
    pub(crate) fn write<T>(
        &self,
        main: &Transaction<'_>,
        work: impl FnOnce(&UserTables<'_, '_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match &self.own {
            None => work(&UserTables::in_main_database(main, &self.name)),
            Some(own) => own.write(|transaction| work(&UserTables::in_own_database(transaction, &self.name))),
        }
    }

    /// Like [`Self::write`], for reading.
    pub(crate) fn read<T>(
        &self,
        main: &Transaction<'_>,
        work: impl FnOnce(&UserTables<'_, '_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match &self.own {
            None => work(&UserTables::in_main_database(main, &self.name)),
            Some(own) => own.read(|transaction| work(&UserTables::in_own_database(transaction, &self.name))),
        }
    }
}

impl fmt::Debug for UserStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("UserStore").field("name", &self.name).finish_non_exhaustive()
    }
}

impl UserStores {
    /// These stores, whose names must be unique.
    pub const fn new(stores: Vec<UserStore>) -> Self {
        Self(stores)
    }

    /// The store of that name.
    pub fn find(&self, name: &UserStoreName) -> Result<&UserStore, Error> {
        self.0.iter().find(|store| store.name == *name).ok_or_else(|| UserError::NoSuchStore(name.clone()).into())
    }

    /// The default store, for users who sign in with a password and name no store.
    pub fn default_store(&self) -> Option<&UserStore> {
        self.0.iter().find(|store| store.takes_passwords())
    }

    /// The store that a secret names between its prefix and its last point.
    pub(crate) fn named_in(&self, prefix: &str, secret: &PlainSecret) -> Option<&UserStore> {
        let (name, _) = secret.expose().strip_prefix(prefix)?.rsplit_once('.')?;
        self.find(&name.parse().ok()?).ok()
    }

    /// Every store, in the order in which they were configured.
    pub fn iter(&self) -> impl Iterator<Item = &UserStore> {
        self.0.iter()
    }

    /// Runs `work` on every store that has tables, also on one that is no longer configured, whose tokens may be valid.
    pub(crate) fn on_each(
        &self,
        main: &Transaction<'_>,
        mut work: impl FnMut(&UserTables<'_, '_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for (name, elsewhere) in main.user_stores()? {
            match self.0.iter().find(|store| store.name == name) {
                Some(store) => store.write(main, &mut work)?,
                None if elsewhere => return Err(UserError::NotConfigured(name).into()),
                None => work(&UserTables::in_main_database(main, &name))?,
            }
        }
        Ok(())
    }

    /// Asks every store that has tables, one after the other, until one finds something; returns it with the store's name.
    pub(crate) fn find_in_any<T>(
        &self,
        main: &Transaction<'_>,
        mut find: impl FnMut(&UserTables<'_, '_>) -> Result<Option<T>, Error>,
    ) -> Result<Option<(UserStoreName, T)>, Error> {
        for (name, elsewhere) in main.user_stores()? {
            let found = match self.0.iter().find(|store| store.name == name) {
                Some(store) => store.read(main, &mut find)?,
                None if elsewhere => return Err(UserError::NotConfigured(name).into()),
                None => find(&UserTables::in_main_database(main, &name))?,
            };
            if let Some(found) = found {
                return Ok(Some((name, found)));
            }
        }
        Ok(None)
    }

    /// Runs `work` on one store, which may no longer be configured.
    pub(crate) fn on_one<T>(
        &self,
        main: &Transaction<'_>,
        name: &UserStoreName,
        work: impl FnOnce(&UserTables<'_, '_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match self.0.iter().find(|store| store.name == *name) {
            Some(store) => store.write(main, work),
            None => work(&UserTables::in_main_database(main, name)),
        }
    }

    /// Reads in every store that has tables.
    pub(crate) fn read_each(
        &self,
        main: &Transaction<'_>,
        mut read: impl FnMut(&UserTables<'_, '_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.find_in_any(main, |tables| read(tables).map(|()| None::<()>)).map(drop)
    }

    fn are_prepared(&self, main: &Transaction<'_>) -> Result<bool, Error> {
        let known = main.user_stores()?;
        for store in &self.0 {
            let noted = known.contains(&(store.name.clone(), store.own.is_some()));
            if !noted || !store.read(main, |tables| Ok(tables.are_prepared()?))? {
                return Ok(false);
            }
        }
        Ok(known.iter().all(|(name, elsewhere)| !elsewhere || self.find(name).is_ok()))
    }

    /// Creates or migrates the tables of every store.
    pub(crate) fn prepare(&self, storage: &Storage) -> Result<(), Error> {
        if storage.read(|main| self.are_prepared(main))? {
            return Ok(());
        }
        storage.write(|main| {
            for store in &self.0 {
                let known = main.user_stores()?;
                let known = |elsewhere| known.contains(&(store.name.clone(), elsewhere));
                // Before tables are created, because the existing tables may be in another database.
                let moved = match &store.own {
                    None => known(true),
                    Some(_) => known(false) || known(true) && !store.read(main, |tables| Ok(tables.exist()?))?,
                };
                if moved {
                    return Err(UserError::Moved(store.name.clone()).into());
                }
                store.write(main, |tables| Ok(tables.prepare()?))?;
                if store.own.is_some() {
                    main.insert_user_store_with_own_database(&store.name)?;
                }
            }
            let known = main.user_stores()?;
            let lost = known.into_iter().find(|(name, elsewhere)| *elsewhere && self.find(name).is_err());
            lost.map_or(Ok(()), |(name, _)| Err(UserError::NotConfigured(name).into()))
        })
    }
}
