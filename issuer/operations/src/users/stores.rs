//! The user stores of an issuer: each one's directory, and where its tables are.

use std::fmt;

use crate::error::UserError;
use crate::tokens::set_bits;
use crate::{Act, Error};
use postern_directories::ldap::Ldap;
use postern_model::{StatusPlace, UserId, UserStoreName};
use postern_storage::{Storage, Transaction, UserTables};

/// How many endings are carried over in one transaction.
const STEP: u32 = 1000;

/// The user stores that an issuer is configured with; the first one is where a user without a store's name is looked for.
#[derive(Debug, Default)]
pub struct UserStores(Vec<UserStore>);

/// A user store.
pub struct UserStore {
    pub(super) name: UserStoreName,
    pub(super) directory: Directory,
    own: Option<Storage>,
}

/// Who knows a store's users.
#[derive(Debug)]
pub enum Directory {
    /// The store itself, which keeps the hashes of their passwords.
    Local,
    /// A directory that others keep.
    Ldap(Box<Ldap>),
}

impl UserStore {
    /// A store whose tables stand in the main database.
    pub const fn beside(name: UserStoreName, directory: Directory) -> Self {
        Self { name, directory, own: None }
    }

    /// A store with a database of its own.
    pub const fn elsewhere(name: UserStoreName, directory: Directory, storage: Storage) -> Self {
        Self { name, directory, own: Some(storage) }
    }

    /// Makes sure that the store keeps its users itself.
    pub(super) fn check_local(&self) -> Result<(), Error> {
        match self.directory {
            Directory::Local => Ok(()),
            Directory::Ldap(_) => Err(UserError::KeptElsewhere(self.name.clone()).into()),
        }
    }

    /// Whether users change their passwords here.
    pub const fn keeps_passwords(&self) -> bool {
        matches!(self.directory, Directory::Local)
    }

    /// The name.
    pub const fn name(&self) -> &UserStoreName {
        &self.name
    }

    /// Runs `work` on the store's tables, as a part of the transaction `main`. Where the store has a database of its own, that one's transaction is
    /// over, and on the disk, before the main one is: what `work` does must be the last thing that can fail.
    pub(crate) fn write<T>(
        &self,
        main: &Transaction<'_>,
        work: impl FnOnce(&UserTables<'_, '_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match &self.own {
            None => work(&UserTables::beside(main, &self.name)),
            Some(own) => own.write(|transaction| work(&UserTables::elsewhere(transaction, &self.name))),
        }
    }

    /// The same for what only reads.
    pub(crate) fn read<T>(
        &self,
        main: &Transaction<'_>,
        work: impl FnOnce(&UserTables<'_, '_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match &self.own {
            None => work(&UserTables::beside(main, &self.name)),
            Some(own) => own.read(|transaction| work(&UserTables::elsewhere(transaction, &self.name))),
        }
    }
}

impl fmt::Debug for UserStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("UserStore").field("name", &self.name).finish_non_exhaustive()
    }
}

impl UserStores {
    /// These stores, of which no two have one name.
    pub const fn new(stores: Vec<UserStore>) -> Self {
        Self(stores)
    }

    /// The store of that name.
    pub fn find(&self, name: &UserStoreName) -> Result<&UserStore, Error> {
        self.0.iter().find(|store| store.name == *name).ok_or_else(|| UserError::NoSuchStore(name.clone()).into())
    }

    /// The store of users who do not name one.
    pub fn first(&self) -> Option<&UserStore> {
        self.0.first()
    }

    /// Every store, in the order in which they were configured.
    pub fn iter(&self) -> impl Iterator<Item = &UserStore> {
        self.0.iter()
    }

    /// Does the same on every store that there ever was: also on one that is not configured any more, whose tokens live.
    pub(crate) fn on_each(
        &self,
        main: &Transaction<'_>,
        mut work: impl FnMut(&UserTables<'_, '_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for (name, elsewhere) in main.user_stores()? {
            match self.0.iter().find(|store| store.name == name) {
                Some(store) => store.write(main, &mut work)?,
                None if elsewhere => return Err(UserError::NotConfigured(name).into()),
                None => work(&UserTables::beside(main, &name))?,
            }
        }
        Ok(())
    }

    /// Asks one store after the other, every one that there ever was, until one has an answer; and says which.
    pub(crate) fn find_in_any<T>(
        &self,
        main: &Transaction<'_>,
        mut find: impl FnMut(&UserTables<'_, '_>) -> Result<Option<T>, Error>,
    ) -> Result<Option<(UserStoreName, T)>, Error> {
        for (name, elsewhere) in main.user_stores()? {
            let found = match self.0.iter().find(|store| store.name == name) {
                Some(store) => store.read(main, &mut find)?,
                None if elsewhere => return Err(UserError::NotConfigured(name).into()),
                None => find(&UserTables::beside(main, &name))?,
            };
            if let Some(found) = found {
                return Ok(Some((name, found)));
            }
        }
        Ok(None)
    }

    /// Does something on the store of that name, which may be one that is not configured any more.
    pub(crate) fn on_one<T>(
        &self,
        main: &Transaction<'_>,
        name: &UserStoreName,
        work: impl FnOnce(&UserTables<'_, '_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match self.0.iter().find(|store| store.name == *name) {
            Some(store) => store.write(main, work),
            None => work(&UserTables::beside(main, name)),
        }
    }

    /// Reads in every store that there ever was.
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

    /// Makes the tables of every store, or brings them up to this version.
    pub(crate) fn prepare(&self, storage: &Storage) -> Result<(), Error> {
        if storage.read(|main| self.are_prepared(main))? {
            return Ok(());
        }
        storage.write(|main| {
            for store in &self.0 {
                let known = main.user_stores()?;
                let known = |elsewhere| known.contains(&(store.name.clone(), elsewhere));
                // Before its tables are made: those that are known are somewhere else.
                let moved = match &store.own {
                    None => known(true),
                    Some(_) => known(false) || known(true) && !store.read(main, |tables| Ok(tables.are_there()?))?,
                };
                if moved {
                    return Err(UserError::Moved(store.name.clone()).into());
                }
                store.write(main, |tables| Ok(tables.prepare()?))?;
                if store.own.is_some() {
                    main.note_user_store_elsewhere(&store.name)?;
                }
            }
            let known = main.user_stores()?;
            let lost = known.into_iter().find(|(name, elsewhere)| *elsewhere && self.find(name).is_err());
            lost.map_or(Ok(()), |(name, _)| Err(UserError::NotConfigured(name).into()))
        })
    }
}

/// A user store as administrators see it.
#[derive(Debug, Clone)]
pub struct UserStoreDetails {
    /// What its users' ids end with.
    pub name: UserStoreName,
    /// Whether it keeps its users' passwords itself; otherwise a directory that others keep does.
    pub local: bool,
    /// Whether its tables are in a database of their own.
    pub own_database: bool,
    /// Whether users are looked for there who name no store.
    pub default: bool,
}

/// The user stores that are configured, in that order.
pub fn list_user_stores(act: &Act<'_>) -> Result<Vec<UserStoreDetails>, Error> {
    act.inspect()?;
    let details = |(place, store): (usize, &UserStore)| UserStoreDetails {
        name: store.name.clone(),
        local: store.keeps_passwords(),
        own_database: store.own.is_some(),
        default: place == 0,
    };
    Ok(act.stores().iter().enumerate().map(details).collect())
}

/// The names of the user stores; the first one is where a user without a store's name is looked for.
pub fn user_store_names(act: &Act<'_>) -> Vec<UserStoreName> {
    act.stores().iter().map(|store| store.name.clone()).collect()
}

/// Whether users of that store change their passwords here.
pub fn keeps_password(act: &Act<'_>, user: &UserId) -> bool {
    act.stores().find(&user.store).is_ok_and(UserStore::keeps_passwords)
}

/// Has the main database hear of what stores with databases of their own have ended: a process may have been killed between the two. Gives how much
/// there was. A store that cannot be reached keeps no other from being heard of.
pub fn carry_over_endings(act: &Act<'_>) -> Result<usize, Error> {
    let own = act.stores().iter().filter_map(|store| Some((store, store.own.as_ref()?)));
    let counts: Vec<_> = own.map(|(store, own)| carry_over_from(act, store, own)).collect();
    counts.into_iter().sum()
}

fn carry_over_from(act: &Act<'_>, store: &UserStore, own: &Storage) -> Result<usize, Error> {
    let places = own.read(|tables| UserTables::elsewhere(tables, &store.name).endings(STEP))?;
    if !places.is_empty() {
        act.storage().write(|main| set_bits(main, &places, act.now))?;
        forget(own, store, &places)?;
    }
    Ok(places.len())
}

fn forget(own: &Storage, store: &UserStore, places: &[StatusPlace]) -> Result<(), Error> {
    own.write(|transaction| {
        let tables = UserTables::elsewhere(transaction, &store.name);
        places.iter().try_for_each(|place| Ok(tables.delete_ending(*place)?))
    })
}
