//! The device grant (RFC 8628), for a device without a browser: it shows a code, which its user enters in a browser elsewhere.

use std::collections::BTreeMap;

use postern_token::{Scopes, UnixSeconds};
use serde_json::json;

use super::authorization::callable_apis;
use super::client::{ClientProof, recognise, recognise_to_mint};
use super::decision::Decision;
use super::issuance::{Basis, Spent};
use super::scopes;
use crate::clients::scopes_of;
use crate::error::GrantError;
use crate::scopes::described;
use crate::users::check_standing;
use crate::{Act, Error};
use postern_model::{
    Action, ApiRecord, Application, DeviceCode, DeviceCodeState, GrantOrigin, GrantType, KeySet, ScopeDescription, UserCode,
    UserId, UserStoreName, Validity,
};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::Transaction;

/// The seconds in which a user can decide.
pub const DEVICE_CODE_LIFETIME: u64 = 600;

/// The seconds that a device waits between two polls.
pub const POLL_INTERVAL: u64 = 5;

/// The codes for a device.
#[derive(Debug)]
pub struct DeviceAuthorization {
    /// The device code, with which the device polls.
    pub device_code: PlainSecret,
    /// The user code, which the user enters.
    pub user_code: UserCode,
}

/// The question to the user about a device.
#[derive(Debug, Clone)]
pub struct DeviceRequest {
    /// The application that runs on the device.
    pub application: Application,
    /// The scopes that the device would get.
    pub scopes: Option<Scopes<'static>>,
    /// The APIs to which the application is subscribed.
    pub apis: Vec<ApiRecord>,
    /// What the scopes allow, as far as anyone has said.
    pub descriptions: BTreeMap<String, ScopeDescription>,
}

/// The user's decision about a device.
#[derive(Debug, Clone)]
pub enum DeviceDecision {
    /// The device gets no token.
    Denied,
    /// The device gets tokens.
    Allowed {
        /// The scopes that the user was shown; `None` if there were none. The device gets no other scope.
        shown: Option<Scopes<'static>>,
    },
}

/// The request of a device.
#[derive(Debug, Clone)]
pub struct DeviceGrant {
    /// The client.
    pub client: ClientProof,
    /// The device code.
    pub device_code: PlainSecret,
    /// The validity of the access token; `None` means the client's default.
    pub validity: Option<Validity>,
}

pub(super) const UNKNOWN: GrantError = GrantError::Invalid("the device code is unknown or was used before");

/// Starts waiting for a user's decision.
pub fn begin_device(act: &Act<'_>, client: &ClientProof, scope: Option<&str>) -> Result<DeviceAuthorization, Error> {
    // A guessed secret delays no other request: it takes no write lock.
    act.storage().read(|transaction| recognise(act, transaction, client))?;
    let device_code = PlainSecret::generate("pod_", act.entropy)?;
    let user_code = UserCode::generate(act.entropy)?;
    act.storage().write_concurrent(|transaction| {
        let (client, _) = recognise_to_mint(act, transaction, client, GrantType::DeviceCode)?;
        let key_set = &client.key_set;
        let most = act.instance.bounds.device_codes;
        if most > 0 && transaction.waiting_device_codes(&key_set.consumer_key, act.now, most)? >= u64::from(most) {
            return Err(GrantError::TooManyDevices.into());
        }
        let code = DeviceCode {
            user_code: user_code.clone(),
            scopes: scopes::requested(&client.scopes, key_set, scope)?,
            consumer_key: key_set.consumer_key.clone(),
            expires_at: act.now.plus(DEVICE_CODE_LIFETIME),
            pause: POLL_INTERVAL,
            asked_at: None,
            state: DeviceCodeState::Waiting,
        };
        Ok::<_, Error>(transaction.insert_device_code(&HashedSecret::of(&device_code), &code)?)
    })?;
    Ok(DeviceAuthorization { device_code, user_code })
}

/// The question to the user about the device that shows this code.
pub fn find_device(act: &Act<'_>, user: &UserId, code: &UserCode) -> Result<DeviceRequest, Error> {
    let store = act.stores().find(&user.store)?;
    act.storage().read(|transaction| {
        let (key_set, code) = waiting(act, transaction, code)?;
        let application = transaction.application(&key_set.application)?.ok_or(GrantError::UnknownUserCode)?;
        let standing = store.read(transaction, |tables| check_standing(tables, user))?;
        let scopes = scopes_of(transaction, &key_set)?.effective(code.scopes.as_ref(), &standing.roles);
        let apis = callable_apis(transaction, &application.id)?;
        Ok(DeviceRequest { application, scopes, descriptions: described(transaction, &apis)?, apis })
    })
}

/// Records whether the user allows the device. Each code is decided only once.
pub fn decide_device(act: &Act<'_>, user: &UserId, code: &UserCode, decision: &DeviceDecision) -> Result<(), Error> {
    let store = act.stores().find(&user.store)?;
    let act = &act.of_user(user);
    act.storage().write_concurrent(|transaction| {
        let (key_set, found) = waiting(act, transaction, code)?;
        transaction.lock_application(&key_set.application)?;
        let standing = store.read(transaction, |tables| check_standing(tables, user))?;
        // Only the scopes that the user was shown: a role that the user gets before the device polls must not add any, and neither must a
        // change of the key set while the user reads the page.
        let scopes = scopes_of(transaction, &key_set)?.effective(found.scopes.as_ref(), &standing.roles);
        let (state, scopes, allowed) = match decision {
            DeviceDecision::Denied => (DeviceCodeState::Denied(user.clone()), None, false),
            DeviceDecision::Allowed { shown } => {
                (DeviceCodeState::Allowed(user.clone()), scopes::common(scopes.as_ref(), shown.as_ref()), true)
            }
        };
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

/// The user who has allowed a device, if the device can get tokens now.
pub(super) fn allowed_user<'a>(act: &Act<'_>, code: &'a DeviceCode) -> Option<&'a UserId> {
    match &code.state {
        DeviceCodeState::Allowed(user) if code.expires_at > act.now => Some(user),
        _ => None,
    }
}

/// What a client's device code leads to, if a user of this store has allowed the device.
pub(super) fn decide(act: &Act<'_>, store: &UserStoreName, hash: &HashedSecret, code: &DeviceCode) -> Result<Decision, Error> {
    let user = allowed_user(act, code).filter(|user| user.store == *store).ok_or(UNKNOWN)?;
    let basis = Basis::New(GrantOrigin::DeviceCode, code.scopes.clone(), Spent::DeviceCode(hash.clone()));
    Ok(Decision::Issue(user.name.clone(), basis))
}

/// Records a poll, refuses polls that are too frequent, and returns the user, if one has allowed the device.
pub(super) fn note_poll(act: &Act<'_>, asked: &DeviceGrant, hash: &HashedSecret) -> Result<UserId, Error> {
    let (state, too_soon) = act.storage().write_concurrent(|transaction| {
        let client = recognise(act, transaction, &asked.client)?;
        let key_set = &client.key_set;
        transaction.lock_application(&key_set.application)?;
        let code = own(transaction, hash, key_set)?;
        if code.expires_at <= act.now {
            return Err(Error::Grant(GrantError::DeviceCodeExpired));
        }
        let elapsed = |asked_at: UnixSeconds| act.now.0.saturating_sub(asked_at.0);
        // One second of tolerance for the device's clock and for the network.
        let too_soon = code.asked_at.is_some_and(|asked_at| elapsed(asked_at) + 1 < code.pause);
        let pause = if too_soon { code.pause + POLL_INTERVAL } else { code.pause };
        transaction.touch_device_code(hash, act.now, pause)?;
        Ok((code.state, too_soon))
    })?;
    match state {
        DeviceCodeState::Allowed(user) => Ok(user),
        DeviceCodeState::Denied(_) => Err(GrantError::Denied.into()),
        DeviceCodeState::Waiting if too_soon => Err(GrantError::SlowDown.into()),
        DeviceCodeState::Waiting => Err(GrantError::Pending.into()),
        DeviceCodeState::Spent(_) => Err(UNKNOWN.into()),
    }
}

fn own(transaction: &Transaction<'_>, hash: &HashedSecret, key_set: &KeySet) -> Result<DeviceCode, Error> {
    let code = transaction.device_code(hash)?;
    Ok(code.filter(|code| code.consumer_key == key_set.consumer_key).ok_or(UNKNOWN)?)
}
