//! Changing the key that signs, step by step, so that no edge meets a token whose key it does not know.

use postern_token::{Algorithm, JwkDocument, KeyType, Kid};
use serde_json::json;

use super::keyring::create;
use crate::error::SigningKeyError;
use crate::tokens::{RevokedTokens, end};
use crate::{Act, Error};
use postern_model::{Action, KeyState, SigningKeyRecord, TokenState};
use postern_storage::{Ending, LiveTokens, SealedSigningKey, Transaction};

/// Makes a key for [`create_signing_key`], and keeps it nowhere. An RSA key takes its time, so this is not for inside a transaction, where everybody would
/// wait for it.
pub fn make_signing_key(act: &Act<'_>, algorithm: Algorithm) -> Result<SealedSigningKey, Error> {
    act.administer()?;
    create(act, algorithm)
}

/// Keeps a key that edges verify with from now on. Nothing signs with it yet.
pub fn create_signing_key(
    act: &Act<'_>,
    key: &SealedSigningKey,
    planned_for: Option<KeyType>,
) -> Result<SigningKeyRecord, Error> {
    act.administer()?;
    act.storage().write(|transaction| {
        act.keyring().check(transaction)?;
        transaction.insert_signing_key(key, planned_for, act.now)?;
        let details = json!({ "algorithm": key.algorithm.as_str(), "planned_for": planned_for });
        act.record(transaction, Action::SigningKeyCreate, None, Some(key.kid.as_str()), Some(&details))?;
        record(transaction, &key.kid)
    })
}

/// A key and how many tokens hang on it.
#[derive(Debug, Clone)]
pub struct SigningKeyDetails {
    /// The key.
    pub key: SigningKeyRecord,
    /// The tokens that it signed and that live.
    pub live: LiveTokens,
}

/// Every key there ever was, the oldest first.
pub fn list_signing_keys(act: &Act<'_>) -> Result<Vec<SigningKeyDetails>, Error> {
    act.inspect()?;
    act.storage().read(|transaction| {
        let details = |key: SigningKeyRecord| {
            let live = live_tokens(act, transaction, &key.kid)?;
            Ok(SigningKeyDetails { key, live })
        };
        transaction.signing_key_records()?.into_iter().map(details).collect()
    })
}

/// One key.
pub fn show_signing_key(act: &Act<'_>, kid: &Kid<'_>) -> Result<SigningKeyDetails, Error> {
    act.inspect()?;
    act.storage().read(|transaction| {
        let key = record(transaction, kid)?;
        Ok(SigningKeyDetails { key, live: live_tokens(act, transaction, kid)? })
    })
}

/// The keys with which anybody may verify (RFC 7517): none that is a secret.
pub fn verifying_keys(act: &Act<'_>) -> Result<Vec<JwkDocument>, Error> {
    act.storage().read(|transaction| {
        let public = transaction.signing_keys()?.into_iter().filter(|key| key.algorithm != Algorithm::Hs256);
        public.map(|key| Ok(act.keyring().open(key)?.verifying_document())).collect::<Result<Vec<_>, Error>>()
    })
}

/// Signs the tokens of keys of these types with a published key from now on. The ones before it stay published.
pub fn sign_with_key(act: &Act<'_>, kid: &Kid<'_>, key_types: &[KeyType]) -> Result<SigningKeyRecord, Error> {
    act.administer()?;
    act.storage().write(|transaction| {
        usable(transaction, kid)?;
        let key = transaction.signing_key(kid)?.ok_or_else(|| SigningKeyError::NotFound(kid.as_str().to_owned()))?;
        // Better now than with every token.
        act.keyring().open(key)?;
        for key_type in key_types {
            if transaction.current_kid(*key_type)?.as_ref() != Some(kid) {
                transaction.sign_with(kid, *key_type, act.now)?;
            }
        }
        let details = json!({ "key_types": key_types });
        act.record(transaction, Action::SigningKeySign, None, Some(kid.as_str()), Some(&details))?;
        record(transaction, kid)
    })
}

/// Takes a published key away from edges and destroys it. Tokens that it signed and that live are in the way, or end with it
/// when `force` is set.
pub fn retire_signing_key(act: &Act<'_>, kid: &Kid<'_>, force: bool) -> Result<RevokedTokens, Error> {
    act.administer()?;
    act.storage().write(|transaction| {
        let record = usable(transaction, kid)?;
        if record.state == KeyState::Signing {
            return Err(SigningKeyError::Active(kid.as_str().to_owned()).into());
        }
        let live = live_tokens(act, transaction, kid)?;
        if live.count > 0 && !force {
            let seconds = live.until.map(|until| until.0.saturating_sub(act.now.0));
            return Err(SigningKeyError::InUse { kid: kid.as_str().to_owned(), tokens: live.count, seconds }.into());
        }
        // No edge takes them any more, so the records must not say otherwise.
        let revoked = end(act, transaction, Ending::Key(kid), TokenState::Revoked)?;
        transaction.retire_signing_key(kid)?;
        let details = json!({ "revoked": revoked.count });
        act.record(transaction, Action::SigningKeyRetire, None, Some(kid.as_str()), Some(&details))?;
        Ok(revoked)
    })
}

/// The tokens that live of those that a key signed, of applications and of users.
pub(super) fn live_tokens(act: &Act<'_>, transaction: &Transaction<'_>, kid: &Kid<'_>) -> Result<LiveTokens, Error> {
    let mut live = transaction.live_tokens_of_key(kid, act.now)?;
    act.stores().read_each(transaction, |tables| {
        live = live.and(tables.live_user_tokens_of_key(kid, act.now)?);
        Ok(())
    })?;
    Ok(live)
}

fn usable(transaction: &Transaction<'_>, kid: &Kid<'_>) -> Result<SigningKeyRecord, Error> {
    let record = record(transaction, kid)?;
    if record.state == KeyState::Retired {
        Err(Error::SigningKey(SigningKeyError::Retired(kid.as_str().to_owned())))
    } else {
        Ok(record)
    }
}

fn record(transaction: &Transaction<'_>, kid: &Kid<'_>) -> Result<SigningKeyRecord, Error> {
    transaction.signing_key_record(kid)?.ok_or_else(|| Error::SigningKey(SigningKeyError::NotFound(kid.as_str().to_owned())))
}
