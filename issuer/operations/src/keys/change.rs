//! Reading a key set, and changing the restrictions of its tokens.

use postern_token::{AddressBlock, DomainPattern, KeyType, Kind, Scopes};
use serde_json::json;

use crate::error::ConsumerKeyError;
use crate::scopes::HeldScope;
use crate::tokens::check_mintable;
use crate::{Act, Error, scopes, settings};
use postern_model::{Action, Application, ApplicationId, ConsumerSecret, ForUsers, GrantType, KeySet, RedirectUri, Validity};
use postern_storage::Transaction;

/// A key set and its secrets, of which only the hashes are known.
#[derive(Debug, Clone)]
pub struct KeyDetails {
    /// The key set.
    pub key_set: KeySet,
    /// Its valid secrets, oldest first.
    pub secrets: Vec<ConsumerSecret>,
    /// Its scopes with their states, in their order.
    pub scopes: Vec<HeldScope>,
}

/// The changes. A field that is `None` stays unchanged.
#[derive(Debug, Clone, Default)]
pub struct KeyChanges {
    /// The client domains that may use the tokens that are minted from now on; empty means any.
    pub domains: Option<Vec<DomainPattern<'static>>>,
    /// The client addresses that may use them; empty means any.
    pub ips: Option<Vec<AddressBlock>>,
    /// The scopes that these tokens may hold; `Some(None)` means none.
    pub scopes: Option<Option<Scopes<'static>>>,
    /// The validity of these tokens.
    pub validity: Option<Validity>,
    /// The grant types that the client may use.
    pub grant_types: Option<Vec<GrantType>>,
    /// Its redirect URIs.
    pub redirect_uris: Option<Vec<RedirectUri>>,
    /// Whether it is a public client, which has no secret.
    pub public: Option<bool>,
    /// The validity of its user tokens; `Some(None)` means that of the application.
    pub user_validity: Option<Option<Validity>>,
    /// Whether a user can have only one grant to the client at a time.
    pub one_grant: Option<bool>,
    /// Whether the actor names the version of the key set that it has read, which `expected` of [`change_keys`] checks. Only then are scopes
    /// approved that an administrator adds.
    pub version_named: bool,
}

impl KeyChanges {
    /// Checks only what the change sets: existing validities and scopes are not checked.
    pub(super) fn check(
        &self,
        transaction: &Transaction<'_>,
        application: &Application,
        before: Option<&Scopes<'_>>,
    ) -> Result<(), Error> {
        for (kind, validity) in [(Kind::Application, self.validity), (Kind::User, self.user_validity.flatten())] {
            validity.map_or(Ok(()), |validity| settings::check_validity(transaction, kind, validity))?;
        }
        scopes::check_wanted(transaction, application, before, self.scopes.as_ref().and_then(Option::as_ref))
    }

    pub(super) fn apply(self, key_set: &mut KeySet) {
        let Self {
            domains,
            ips,
            scopes,
            validity,
            grant_types,
            redirect_uris,
            public,
            user_validity,
            one_grant,
            version_named: _,
        } = self;
        let restrictions = &mut key_set.restrictions;
        restrictions.domains = domains.unwrap_or_else(|| std::mem::take(&mut restrictions.domains));
        restrictions.ips = ips.unwrap_or_else(|| std::mem::take(&mut restrictions.ips));
        if let Some(scopes) = scopes
            && !same_set(scopes.as_ref(), restrictions.scopes.as_ref())
        {
            restrictions.scopes = scopes;
        }
        let before = key_set.for_users;
        key_set.for_users = ForUsers {
            public: public.unwrap_or(before.public),
            validity: user_validity.unwrap_or(before.validity),
            one_grant: one_grant.unwrap_or(before.one_grant),
        };
        key_set.validity = validity.unwrap_or(key_set.validity);
        key_set.grant_types = grant_types.unwrap_or_else(|| std::mem::take(&mut key_set.grant_types));
        key_set.redirect_uris = redirect_uris.unwrap_or_else(|| std::mem::take(&mut key_set.redirect_uris));
    }
}

/// Whether both are the same set of scopes. Then the existing order stays, so that a set of scopes has one token.
fn same_set(one: Option<&Scopes<'_>>, other: Option<&Scopes<'_>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => {
            one.iter().all(|scope| other.contains(scope)) && other.iter().all(|scope| one.contains(scope))
        }
        (one, other) => one.is_none() && other.is_none(),
    }
}

/// An application's key set for one environment.
pub fn show_keys(act: &Act<'_>, application: &ApplicationId, key_type: KeyType) -> Result<KeyDetails, Error> {
    act.storage().read(|transaction| {
        act.application(transaction, application)?;
        details(act, transaction, application, key_type)
    })
}

/// Changes a key set, if `expected` accepts its current state. Existing tokens do not change.
pub fn change_keys(
    act: &Act<'_>,
    application: &ApplicationId,
    key_type: KeyType,
    changes: KeyChanges,
    expected: impl FnOnce(&KeyDetails) -> bool,
) -> Result<KeyDetails, Error> {
    act.storage().write(|transaction| {
        let holder = act.application_to_change(transaction, application)?;
        let mut keys = details(act, transaction, application, key_type)?;
        if !expected(&keys) {
            return Err(Error::PreconditionFailed);
        }
        let version_named = changes.version_named;
        let scopes_before = keys.key_set.restrictions.scopes.clone();
        changes.check(transaction, &holder, scopes_before.as_ref())?;
        changes.apply(&mut keys.key_set);
        transaction.update_key_set(&keys.key_set)?;
        scopes::withdraw_removed(transaction, &keys.key_set)?;
        scopes::approve_added(act, transaction, &keys.key_set, scopes_before.as_ref(), version_named)?;
        keys.scopes = scopes::states(transaction, &keys.key_set)?;
        check_mintable(act, transaction, &keys.key_set)?;
        let restrictions = &keys.key_set.restrictions;
        let details = json!({
            "key_type": key_type,
            "domains": restrictions.domains,
            "ips": restrictions.ips,
            "scope": restrictions.scopes,
            "validity": keys.key_set.validity,
            "grant_types": keys.key_set.grant_types,
            "redirect_uris": keys.key_set.redirect_uris,
            "public": keys.key_set.for_users.public,
            "user_validity": keys.key_set.for_users.validity,
            "one_grant": keys.key_set.for_users.one_grant,
        });
        let subject = keys.key_set.consumer_key.as_str();
        act.audit(transaction, Action::KeysChange, Some(application), Some(subject), Some(&details))?;
        Ok(keys)
    })
}

pub(super) fn details(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    application: &ApplicationId,
    key_type: KeyType,
) -> Result<KeyDetails, Error> {
    let key_set = transaction.key_set(application, key_type)?;
    let key_set = key_set.ok_or_else(|| ConsumerKeyError::NotFound { application: application.clone(), key_type })?;
    let mut secrets = transaction.consumer_secrets(key_set.consumer_key.as_str())?;
    secrets.retain(|secret| secret.is_live(act.now));
    let scopes = scopes::states(transaction, &key_set)?;
    Ok(KeyDetails { key_set, secrets, scopes })
}
