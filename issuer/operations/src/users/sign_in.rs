//! Signing in.

use postern_token::UnixSeconds;

use super::Directory;
use super::stores::UserStore;
use crate::error::UserError;
use crate::{Act, Error};
use postern_directories::ldap::Person;
use postern_directories::password::{PasswordError, PasswordHash, Verification};
use postern_model::{Action, User, UserId, UserState};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::UserTables;

/// What a browser is given in which somebody signed in.
#[derive(Debug)]
pub struct NewSession {
    /// The secret by which the browser is known again.
    pub secret: PlainSecret,
    /// Who signed in.
    pub user: UserId,
}

/// Signs a user in who gives a name, with a store's name or without, and a password. A session that the browser had before ends: its secret may have been
/// planted there. Unknown users, locked ones and wrong passwords are answered alike, and take the same time.
pub fn sign_in(act: &Act<'_>, login: &str, password: &PlainSecret, before: Option<&PlainSecret>) -> Result<NewSession, Error> {
    let known = authenticate_user(act, login, password)?;
    let secret = PlainSecret::generate(&format!("pse_{}.", known.store.name), act.entropy)?;
    if let Some(before) = before {
        super::sign_out(act, before)?;
    }
    let act = &act.of_user(&known.id);
    act.storage().write_beside_others(|transaction| {
        act.record(transaction, Action::UserSignIn, None, Some(&known.id.to_string()), None)?;
        known.store.write(transaction, |tables| {
            let user = known.check_still(tables)?;
            Ok(tables.insert_session(&HashedSecret::of(&secret), &user.name, act.now)?)
        })
    })?;
    Ok(NewSession { secret, user: known.id })
}

/// Somebody who gave the right password.
pub(crate) struct Authenticated<'a> {
    /// The store that knows the user.
    pub(crate) store: &'a UserStore,
    /// The user.
    pub(crate) id: UserId,
    /// When the password was set, where the store keeps it.
    password_set_at: Option<UnixSeconds>,
}

impl Authenticated<'_> {
    /// Makes sure, in the transaction in which the user is given something for the password, that it still is the user's, and that the user may have it. To hash a
    /// password takes its time, in which the user may have been locked, or the password changed because somebody else knows it.
    pub(crate) fn check_still(&self, tables: &UserTables<'_, '_>) -> Result<User, Error> {
        let user = check_standing(tables, &self.id)?;
        let same = self.password_set_at.is_none() || self.password_set_at == user.password_set_at;
        if same { Ok(user) } else { Err(UserError::WrongCredentials.into()) }
    }
}

/// Who gives that name and that password, and the store that knows this one.
pub(crate) fn authenticate_user<'a>(act: &Act<'a>, login: &str, password: &PlainSecret) -> Result<Authenticated<'a>, Error> {
    let Some((store, id)) = find_store(act, login) else {
        PasswordHash::verify_nobody(password).map_err(not_hashed)?;
        return Err(UserError::WrongCredentials.into());
    };
    let password_set_at = match &store.directory {
        Directory::Local => check_password(act, store, &id, password)?,
        Directory::Ldap(directory) => {
            let person = directory.sign_in(&id.name, password).map_err(UserError::from)?;
            note_person(act, store, &id, &person.ok_or(UserError::WrongCredentials)?)?;
            None
        }
    };
    Ok(Authenticated { store, id, password_set_at })
}

/// Why a password that somebody signs in with was not hashed. One that is too long is nobody's.
fn not_hashed(error: PasswordError) -> UserError {
    match error {
        PasswordError::TooLong => UserError::WrongCredentials,
        other => other.into(),
    }
}

/// The name under which guesses at a user's password are counted, whether there is such a user or not: one, however it is written.
pub fn guessed_name(act: &Act<'_>, login: &str) -> String {
    find_store(act, login).map_or_else(|| login.to_lowercase(), |(_, id)| id.to_string())
}

/// Where a user of that name would be.
fn find_store<'a>(act: &Act<'a>, login: &str) -> Option<(&'a UserStore, UserId)> {
    let stores = act.stores();
    // `alice@example.com` may be a name in the first store, or `alice` of the store `example.com`.
    let named = login.parse::<UserId>().ok().and_then(|id| Some((stores.find(&id.store).ok()?, id)));
    named.or_else(|| {
        let store = stores.first()?;
        Some((store, UserId { name: login.parse().ok()?, store: store.name.clone() }))
    })
}

/// Asks a directory that others keep whether it still knows the user, and what the user is there now. A local store knows its users by itself.
pub(crate) fn look_up_again(act: &Act<'_>, store: &UserStore, id: &UserId) -> Result<(), Error> {
    match &store.directory {
        Directory::Local => Ok(()),
        Directory::Ldap(directory) => {
            let person = directory.look_up(&id.name).map_err(UserError::from)?;
            note_person(act, store, id, &person.ok_or(UserError::WrongCredentials)?)
        }
    }
}

/// Keeps in mind somebody whom a directory knows. Whether that one is locked is decided here.
fn note_person(act: &Act<'_>, store: &UserStore, id: &UserId, person: &Person) -> Result<(), Error> {
    let known = act.storage().read(|transaction| store.read(transaction, |tables| Ok(tables.user(&id.name)?)))?;
    if known.is_some_and(|known| known.roles == person.roles) {
        return Ok(());
    }
    act.storage().write_beside_others(|transaction| {
        store.write(transaction, |tables| {
            let (name, roles, state) = (id.name.clone(), person.roles.clone(), UserState::Active);
            let user = User { name, state, roles, created_at: act.now, password_set_at: None };
            if !tables.insert_user(&user, None)? {
                tables.replace_roles(&id.name, &person.roles)?;
            }
            Ok(())
        })
    })
}

/// Makes sure that it is the password of a user who may sign in, and says when it was set. A hash that was made otherwise than new ones are is made anew.
fn check_password(act: &Act<'_>, store: &UserStore, id: &UserId, password: &PlainSecret) -> Result<Option<UnixSeconds>, Error> {
    let (user, kept) = act
        .storage()
        .read(|transaction| store.read(transaction, |tables| Ok((tables.user(&id.name)?, tables.password(&id.name)?))))?;
    let hash = kept.as_deref().map(PasswordHash::parse).transpose().map_err(|_| UserError::WrongCredentials)?;
    let verified = match &hash {
        Some(hash) => hash.verify(password),
        None => PasswordHash::verify_nobody(password).map(|()| Verification::Wrong),
    };
    let Verification::Right { outdated } = verified.map_err(not_hashed)? else {
        return Err(UserError::WrongCredentials.into());
    };
    let password_set_at = check_active(user)?.password_set_at;
    if outdated {
        let fresh = PasswordHash::of(password, act.entropy).map_err(UserError::from)?;
        act.storage().write_beside_others(|transaction| {
            store.write(transaction, |tables| {
                // Another password may have been set meanwhile.
                let same = tables.password(&id.name)? == kept;
                if same { Ok(tables.set_password(&id.name, fresh.as_str(), None)?) } else { Ok(()) }
            })
        })?;
    }
    Ok(password_set_at)
}

/// Makes sure, in the transaction in which a user is given something, that the user still is one who may have it.
pub(crate) fn check_standing(tables: &UserTables<'_, '_>, id: &UserId) -> Result<User, Error> {
    check_active(tables.user(&id.name)?)
}

fn check_active(user: Option<User>) -> Result<User, Error> {
    user.filter(|user| user.state == UserState::Active).ok_or_else(|| UserError::WrongCredentials.into())
}
