//! Who signs in, and the session that begins.

use postern_token::UnixSeconds;
use serde_json::Value;

use crate::error::UserError;
use crate::logins::find_store;
use crate::user_stores::UserStore;
use crate::{Act, Error};
use postern_directories::Directory;
use postern_directories::password::{PasswordError, PasswordHash, Verification};
use postern_model::{Action, User, UserId, UserRole, UserState};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::{Transaction, UserTables};

/// The session of a user who has just signed in.
#[derive(Debug)]
pub struct NewSession {
    /// The secret that identifies the browser's session.
    pub secret: PlainSecret,
    /// The user.
    pub user: UserId,
}

/// Begins the session of a user who has just signed in, and ends the browser's previous one. `details` are for the audit log; `check`
/// runs in the same transaction.
pub(crate) fn begin_session(
    act: &Act<'_>,
    known: &Authenticated<'_>,
    before: Option<&PlainSecret>,
    details: Option<&Value>,
    check: impl FnOnce(&Transaction<'_>, &User) -> Result<(), Error>,
) -> Result<NewSession, Error> {
    let secret = PlainSecret::generate(&format!("pse_{}.", known.store.name()), act.entropy)?;
    if let Some(before) = before {
        super::sign_out(act, before)?;
    }
    let act = &act.of_user(&known.id);
    act.storage().write_concurrent(|transaction| {
        act.audit(transaction, Action::UserSignIn, None, Some(&known.id.to_string()), details)?;
        known.store.write(transaction, |tables| {
            let user = known.check_unchanged(tables)?;
            check(transaction, &user)?;
            Ok(tables.insert_session(&HashedSecret::of(&secret), &user.name, act.now)?)
        })
    })?;
    Ok(NewSession { secret, user: known.id.clone() })
}

/// A user who gave the right password, or whom an identity provider has signed in.
pub(crate) struct Authenticated<'a> {
    /// The store that knows the user.
    pub(crate) store: &'a UserStore,
    /// The user.
    pub(crate) id: UserId,
    /// When the password was set, where the store keeps it.
    pub(crate) password_set_at: Option<UnixSeconds>,
    /// The user's groups, where a directory keeps them.
    pub(crate) groups: Option<Vec<String>>,
}

impl<'a> Authenticated<'a> {
    /// A user whom the store's identity provider has signed in.
    pub(crate) const fn by_provider(store: &'a UserStore, id: UserId) -> Self {
        Self { store, id, password_set_at: None, groups: None }
    }

    /// A user who gave the right password some time ago, when it was set at `password_set_at`.
    pub(crate) const fn resumed(store: &'a UserStore, id: UserId, password_set_at: Option<UnixSeconds>) -> Self {
        Self { store, id, password_set_at, groups: None }
    }

    /// Checks, in the transaction that gives the user something, that the user is still active and the password unchanged. Verifying a
    /// password is slow, and both may have changed meanwhile.
    pub(crate) fn check_unchanged(&self, tables: &UserTables<'_, '_>) -> Result<User, Error> {
        let user = check_standing(tables, &self.id)?;
        let same = self.password_set_at.is_none() || self.password_set_at == user.password_set_at;
        if same { Ok(user) } else { Err(UserError::WrongCredentials.into()) }
    }
}

/// Authenticates a user by login and password, and returns the store that has the user.
pub(crate) fn authenticate_user<'a>(act: &Act<'a>, login: &str, password: &PlainSecret) -> Result<Authenticated<'a>, Error> {
    let Some((store, id)) = find_store(act, login) else {
        PasswordHash::verify_dummy(password).map_err(not_hashed)?;
        return Err(UserError::WrongCredentials.into());
    };
    let (password_set_at, groups) = match store.directory() {
        Directory::Local => (check_password(act, store, &id, password)?, None),
        Directory::Ldap(directory) => {
            let person = directory.sign_in(&id.name, password).map_err(UserError::from)?;
            let roles = person.ok_or(UserError::WrongCredentials)?.roles;
            store_directory_user(act, store, &id, &roles)?;
            (None, Some(roles.iter().map(ToString::to_string).collect()))
        }
        // The issuer knows no password of these users.
        Directory::OpenIdConnect(_) => {
            PasswordHash::verify_dummy(password).map_err(not_hashed)?;
            return Err(UserError::WrongCredentials.into());
        }
    };
    Ok(Authenticated { store, id, password_set_at, groups })
}

/// The error for a password that could not be hashed. A password that is too long is simply wrong.
fn not_hashed(error: PasswordError) -> UserError {
    match error {
        PasswordError::TooLong => UserError::WrongCredentials,
        other => other.into(),
    }
}

/// Asks the store's external directory, if it has one, whether the user still exists and with which roles. An identity provider tells this
/// only while the user signs in.
pub(crate) fn refresh_from_directory(act: &Act<'_>, store: &UserStore, id: &UserId) -> Result<(), Error> {
    match store.directory() {
        Directory::Local | Directory::OpenIdConnect(_) => Ok(()),
        Directory::Ldap(directory) => {
            let person = directory.look_up(&id.name).map_err(UserError::from)?;
            store_directory_user(act, store, id, &person.ok_or(UserError::WrongCredentials)?.roles)
        }
    }
}

/// Stores a user whom a directory knows. Locking is decided here and not by the directory.
fn store_directory_user(act: &Act<'_>, store: &UserStore, id: &UserId, roles: &[UserRole]) -> Result<(), Error> {
    let known = act.storage().read(|transaction| store.read(transaction, |tables| Ok(tables.user(&id.name)?)))?;
    if known.is_some_and(|known| known.roles == roles) {
        return Ok(());
    }
    act.storage().write_concurrent(|transaction| {
        store.write(transaction, |tables| {
            let (name, state) = (id.name.clone(), UserState::Active);
            let user = User {
                name,
                state,
                roles: roles.to_vec(),
                created_at: act.now,
                password_set_at: None,
                must_change_password: false,
                second_factor_at: None,
            };
            if !tables.insert_user(&user, None)? {
                tables.replace_roles(&id.name, roles)?;
            }
            Ok(())
        })
    })
}

/// Verifies the password of an active user, and returns when it was set. An outdated hash is replaced.
fn check_password(act: &Act<'_>, store: &UserStore, id: &UserId, password: &PlainSecret) -> Result<Option<UnixSeconds>, Error> {
    let (user, kept) = act
        .storage()
        .read(|transaction| store.read(transaction, |tables| Ok((tables.user(&id.name)?, tables.password(&id.name)?))))?;
    let hash = kept.as_deref().map(PasswordHash::parse).transpose().map_err(|_| UserError::WrongCredentials)?;
    let verified = match &hash {
        Some(hash) => hash.verify(password),
        None => PasswordHash::verify_dummy(password).map(|()| Verification::Wrong),
    };
    let Verification::Right { outdated } = verified.map_err(not_hashed)? else {
        return Err(UserError::WrongCredentials.into());
    };
    let password_set_at = check_active(user)?.password_set_at;
    if outdated {
        let fresh = PasswordHash::of(password, act.entropy).map_err(UserError::from)?;
        act.storage().write_concurrent(|transaction| {
            store.write(transaction, |tables| {
                // The password may have changed in the meantime.
                let same = tables.password(&id.name)? == kept;
                if same { Ok(tables.set_password(&id.name, fresh.as_str(), None)?) } else { Ok(()) }
            })
        })?;
    }
    Ok(password_set_at)
}

/// Checks, in the transaction that gives the user something, that the user is still active.
pub(crate) fn check_standing(tables: &UserTables<'_, '_>, id: &UserId) -> Result<User, Error> {
    check_active(tables.user(&id.name)?)
}

fn check_active(user: Option<User>) -> Result<User, Error> {
    user.filter(|user| user.state == UserState::Active).ok_or_else(|| UserError::WrongCredentials.into())
}
