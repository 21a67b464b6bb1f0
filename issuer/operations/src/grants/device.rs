//! Letting a device in that has no browser (RFC 8628): the device shows a code, and its user types that in somewhere else.

use postern_token::{Scopes, UnixSeconds};
use serde_json::json;

use super::client::{ClientProof, recognise, recognise_to_mint};
use super::issuance::{Issuance, MintedUserToken};
use super::scopes;
use super::standing::{standing, still_known};
use crate::error::GrantError;
use crate::tokens::minting_concurrent;
use crate::users::check_standing;
use crate::{Act, Error};
use postern_model::{
    Action, Application, DeviceCode, DeviceCodeState, GrantOrigin, GrantType, KeySet, UserCode, UserId, Validity,
};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::Transaction;

/// For how many seconds a user may decide.
pub const DEVICE_CODE_LIFETIME: u64 = 600;

/// How many seconds a device waits between two questions.
pub const POLL_INTERVAL: u64 = 5;

/// What a device is given.
#[derive(Debug)]
pub struct DeviceAuthorization {
    /// What it asks with.
    pub device_code: PlainSecret,
    /// What its user types in.
    pub user_code: UserCode,
}

/// What a user is asked about a device.
#[derive(Debug, Clone)]
pub struct DeviceRequest {
    /// The application that runs on it.
    pub application: Application,
    /// The scopes that it would have.
    pub scopes: Option<Scopes<'static>>,
}

/// What a device asks for.
#[derive(Debug, Clone)]
pub struct DeviceGrant {
    /// Who asks.
    pub client: ClientProof,
    /// What it was given.
    pub device_code: PlainSecret,
    /// The validity of the access token; `None` means the client's default.
    pub validity: Option<Validity>,
}

const UNKNOWN: GrantError = GrantError::Invalid("the device code is unknown or was used before");

/// Begins to wait for a user.
pub fn begin_device(act: &Act<'_>, client: &ClientProof, scope: Option<&str>) -> Result<DeviceAuthorization, Error> {
    // Whoever guesses a secret keeps nobody waiting.
    act.storage().read(|transaction| recognise(act, transaction, client))?;
    let device_code = PlainSecret::generate("pod_", act.entropy)?;
    let user_code = UserCode::generate(act.entropy)?;
    act.storage().write_concurrent(|transaction| {
        let (key_set, _) = recognise_to_mint(act, transaction, client, GrantType::DeviceCode)?;
        let most = act.instance.bounds.device_codes;
        if most > 0 && transaction.waiting_device_codes(&key_set.consumer_key, act.now, most)? >= u64::from(most) {
            return Err(GrantError::TooManyDevices.into());
        }
        let code = DeviceCode {
            user_code: user_code.clone(),
            scopes: scopes::requested(transaction, &key_set, scope)?,
            consumer_key: key_set.consumer_key,
            expires_at: act.now.plus(DEVICE_CODE_LIFETIME),
            pause: POLL_INTERVAL,
            asked_at: None,
            state: DeviceCodeState::Waiting,
        };
        Ok::<_, Error>(transaction.insert_device_code(&HashedSecret::of(&device_code), &code)?)
    })?;
    Ok(DeviceAuthorization { device_code, user_code })
}

/// What the user is to be asked about the device that shows that code.
pub fn find_device(act: &Act<'_>, user: &UserId, code: &UserCode) -> Result<DeviceRequest, Error> {
    let store = act.stores().find(&user.store)?;
    act.storage().read(|transaction| {
        let (key_set, code) = waiting(act, transaction, code)?;
        let application = transaction.application(&key_set.application)?.ok_or(GrantError::UnknownUserCode)?;
        let standing = store.read(transaction, |tables| check_standing(tables, user))?;
        let scopes = scopes::effective(transaction, code.scopes.as_ref(), &key_set, &standing)?;
        Ok(DeviceRequest { application, scopes })
    })
}

/// Has the user let the device in, or not. A code is decided about once.
pub fn decide_device(act: &Act<'_>, user: &UserId, code: &UserCode, allowed: bool) -> Result<(), Error> {
    let store = act.stores().find(&user.store)?;
    let act = &act.of_user(user);
    act.storage().write_concurrent(|transaction| {
        let (key_set, found) = waiting(act, transaction, code)?;
        transaction.lock_application(&key_set.application)?;
        let standing = store.read(transaction, |tables| check_standing(tables, user))?;
        // What the user was asked about, and not more by a role that is new when the device asks.
        let scopes = scopes::effective(transaction, found.scopes.as_ref(), &key_set, &standing)?;
        let state = if allowed { DeviceCodeState::Allowed(user.clone()) } else { DeviceCodeState::Denied(user.clone()) };
        if !transaction.decide_device_code(&found.user_code, &state, scopes.as_ref())? {
            return Err(GrantError::UnknownUserCode.into());
        }
        let details = json!({ "client": found.consumer_key, "allowed": allowed });
        act.audit(transaction, Action::DeviceDecide, Some(&key_set.application), Some(&user.to_string()), Some(&details))
    })
}

fn waiting(act: &Act<'_>, transaction: &Transaction<'_>, code: &UserCode) -> Result<(KeySet, DeviceCode), Error> {
    let found = transaction.device_code_to_decide(code)?;
    let found = found.filter(|found| found.state == DeviceCodeState::Waiting && found.expires_at > act.now);
    let found = found.ok_or(GrantError::UnknownUserCode)?;
    let key_set = transaction.key_set_of_client(found.consumer_key.as_str())?.ok_or(GrantError::UnknownUserCode)?;
    Ok((key_set, found))
}

/// What a device gets once its user has let it in.
pub fn grant_device(act: &Act<'_>, asked: &DeviceGrant) -> Result<MintedUserToken, Error> {
    let hash = HashedSecret::of(&asked.device_code);
    let found = note_question(act, asked, &hash)?;
    let user = match found {
        DeviceCodeState::Allowed(user) => user,
        DeviceCodeState::Denied(_) => return Err(GrantError::Denied.into()),
        DeviceCodeState::Waiting => return Err(GrantError::Pending.into()),
        DeviceCodeState::Spent(_) => return Err(UNKNOWN.into()),
    };
    let store = act.stores().find(&user.store)?;
    still_known(act, store, &user, UNKNOWN)?;
    let minted = minting_concurrent(act, |main, status_index| {
        let (key_set, application) = recognise_to_mint(act, main, &asked.client, GrantType::DeviceCode)?;
        let code = own(main, &hash, &key_set)?;
        // In the main database, so it is undone with the rest where this does not come to its end; and it is decided before anything is handed out.
        if !main.spend_device_code(&hash, &user)? {
            return Err(UNKNOWN.into());
        }
        store.write(main, |tables| {
            let standing = standing(tables, &user, UNKNOWN)?;
            let issuance = Issuance {
                key_set: &key_set,
                application: &application,
                id: &user,
                user: &standing,
                validity: asked.validity,
                status_index,
            };
            issuance.begin(act, main, tables, GrantOrigin::DeviceCode, code.scopes.as_ref()).map(|(_, tokens)| tokens)
        })
    })?;
    minted.sign()
}

/// Notes that the device asked, which it may do now and then, and says what was decided.
fn note_question(act: &Act<'_>, asked: &DeviceGrant, hash: &HashedSecret) -> Result<DeviceCodeState, Error> {
    // Whoever guesses keeps nobody waiting.
    act.storage().read(|transaction| {
        let key_set = recognise(act, transaction, &asked.client)?;
        own(transaction, hash, &key_set)
    })?;
    let (state, too_soon) = act.storage().write_concurrent(|transaction| {
        let key_set = recognise(act, transaction, &asked.client)?;
        transaction.lock_application(&key_set.application)?;
        let code = own(transaction, hash, &key_set)?;
        if code.expires_at <= act.now {
            return Err(Error::Grant(GrantError::DeviceCodeExpired));
        }
        let elapsed = |asked_at: UnixSeconds| act.now.0.saturating_sub(asked_at.0);
        // A second less: the device's clock and its way here are not ours.
        let too_soon = code.asked_at.is_some_and(|asked_at| elapsed(asked_at) + 1 < code.pause);
        let pause = if too_soon { code.pause + POLL_INTERVAL } else { code.pause };
        transaction.touch_device_code(hash, act.now, pause)?;
        Ok((code.state, too_soon))
    })?;
    if too_soon && state == DeviceCodeState::Waiting { Err(GrantError::SlowDown.into()) } else { Ok(state) }
}

fn own(transaction: &Transaction<'_>, hash: &HashedSecret, key_set: &KeySet) -> Result<DeviceCode, Error> {
    let code = transaction.device_code(hash)?;
    Ok(code.filter(|code| code.consumer_key == key_set.consumer_key).ok_or(UNKNOWN)?)
}
