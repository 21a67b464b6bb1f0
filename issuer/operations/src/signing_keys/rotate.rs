//! Changes the active signing key step by step, so that no edge receives a token whose signing key it does not know.

use std::collections::HashMap;

use postern_token::{Algorithm, Identifier, JwkDocument, KeyType, Kid};
use serde_json::json;

use crate::error::SigningKeyError;
use crate::tokens::{RevokedTokens, end};
use crate::{Act, Error};
use postern_model::{Action, KeyEnvironments, KeyState, SigningKeyRecord, TokenState};
use postern_secrets::{Sealed, random_name};
use postern_signing::KID_LEN;
use postern_storage::{LiveTokens, SealedSigningKey, TokenSelector, Transaction};

/// Generates a key for [`create_signing_key`] and does not store it. Generating an RSA key is slow, so do not call this in a transaction,
/// because other writers would have to wait.
pub fn make_signing_key(act: &Act<'_>, algorithm: Algorithm) -> Result<SealedSigningKey, Error> {
    act.require_administrator()?;
    create(act, algorithm)
}

/// Stores a key and publishes it to the edges. It does not sign yet.
pub fn create_signing_key(
    act: &Act<'_>,
    key: &SealedSigningKey,
    planned_for: Option<KeyType>,
) -> Result<SigningKeyRecord, Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        act.keyring().check(transaction)?;
        let key = &SealedSigningKey { environments: environments(key.algorithm, planned_for), ..key.clone() };
        transaction.insert_signing_key(key, planned_for, act.now)?;
        let details = json!({ "algorithm": key.algorithm.as_str(), "planned_for": planned_for });
        act.audit(transaction, Action::SigningKeyCreate, None, Some(key.kid.as_str()), Some(&details))?;
        record(transaction, &key.kid)
    })
}

/// A signing key with the number of its unexpired tokens.
#[derive(Debug, Clone)]
pub struct SigningKeyDetails {
    /// The key.
    pub key: SigningKeyRecord,
    /// The unexpired tokens that the key signed.
    pub live: LiveTokens,
}

/// Every signing key, also retired ones, the oldest first.
pub fn list_signing_keys(act: &Act<'_>) -> Result<Vec<SigningKeyDetails>, Error> {
    act.require_auditor()?;
    act.storage().read(|transaction| {
        let live = LiveByKey::at(act, transaction)?;
        let details = |key: SigningKeyRecord| SigningKeyDetails { live: live.of(&key.kid), key };
        Ok(transaction.signing_key_records()?.into_iter().map(details).collect())
    })
}

/// One key.
pub fn show_signing_key(act: &Act<'_>, kid: &Kid<'_>) -> Result<SigningKeyDetails, Error> {
    act.require_auditor()?;
    act.storage().read(|transaction| {
        let key = record(transaction, kid)?;
        Ok(SigningKeyDetails { key, live: LiveByKey::at(act, transaction)?.of(kid) })
    })
}

/// The public keys (RFC 7517). Secret keys (HS256) are left out.
pub fn verifying_keys(act: &Act<'_>) -> Result<Vec<JwkDocument>, Error> {
    act.storage().read(|transaction| {
        let public = transaction.signing_keys()?.into_iter().filter(|key| key.algorithm != Algorithm::Hs256);
        public.map(|key| Ok(act.keyring().open(key)?.verifying_document())).collect::<Result<Vec<_>, Error>>()
    })
}

/// Makes a published key the active one of these environments. The previous active keys stay published.
pub fn sign_with_key(act: &Act<'_>, kid: &Kid<'_>, key_types: &[KeyType]) -> Result<SigningKeyRecord, Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        usable(transaction, kid)?;
        let key = transaction.signing_key(kid)?.ok_or_else(|| SigningKeyError::NotFound(kid.as_str().to_owned()))?;
        check_environments(&key, key_types)?;
        // If the key cannot be decrypted, fail here and not at every token.
        act.keyring().open(key)?;
        for key_type in key_types {
            if transaction.current_kid(*key_type)?.as_ref() != Some(kid) {
                transaction.sign_with(kid, *key_type, act.now)?;
            }
        }
        let details = json!({ "key_types": key_types });
        act.audit(transaction, Action::SigningKeySign, None, Some(kid.as_str()), Some(&details))?;
        record(transaction, kid)
    })
}

/// The same for every environment that the key may sign for: both, or only its own for a secret key.
pub fn sign_with_key_everywhere(act: &Act<'_>, kid: &Kid<'_>) -> Result<SigningKeyRecord, Error> {
    act.require_administrator()?;
    let key = act.storage().read(|transaction| transaction.signing_key(kid))?;
    let both = [KeyType::Production, KeyType::Sandbox];
    let own = key.filter(|key| key.algorithm == Algorithm::Hs256).and_then(|key| key.environments.only());
    match own {
        Some(own) => sign_with_key(act, kid, &[own]),
        None => sign_with_key(act, kid, &both),
    }
}

/// Retires a published key: edges no longer accept it, and its secret is destroyed. Unexpired tokens that it signed are an error, or are
/// revoked when `force` is set.
pub fn retire_signing_key(act: &Act<'_>, kid: &Kid<'_>, force: bool) -> Result<RevokedTokens, Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        let record = usable(transaction, kid)?;
        if record.state == KeyState::Signing {
            return Err(SigningKeyError::Active(kid.as_str().to_owned()).into());
        }
        let live = LiveByKey::at(act, transaction)?.of(kid);
        if live.count > 0 && !force {
            let seconds = live.until.map(|until| until.0.saturating_sub(act.now.0));
            return Err(SigningKeyError::InUse { kid: kid.as_str().to_owned(), tokens: live.count, seconds }.into());
        }
        // No edge accepts these tokens now, and their records must say the same.
        let revoked = end(act, transaction, TokenSelector::Key(kid), TokenState::Revoked)?;
        transaction.retire_signing_key(kid)?;
        let details = json!({ "revoked": revoked.count });
        act.audit(transaction, Action::SigningKeyRetire, None, Some(kid.as_str()), Some(&details))?;
        Ok(revoked)
    })
}

/// The unexpired tokens that each key signed, of applications and of users.
struct LiveByKey(HashMap<Kid<'static>, LiveTokens>);

impl LiveByKey {
    fn at(act: &Act<'_>, transaction: &Transaction<'_>) -> Result<Self, Error> {
        let mut by_key: HashMap<_, LiveTokens> = transaction.live_tokens_by_signing_key(act.now)?.into_iter().collect();
        act.stores().read_each(transaction, |tables| {
            for (kid, live) in tables.live_user_tokens_by_signing_key(act.now)? {
                let sum = by_key.entry(kid).or_default();
                *sum = sum.and(live);
            }
            Ok(())
        })?;
        Ok(Self(by_key))
    }

    fn of(&self, kid: &Kid<'_>) -> LiveTokens {
        self.0.get(kid).copied().unwrap_or_default()
    }
}

/// Whether an unexpired token that a key signed exists, of an application or of a user.
pub(super) fn has_live_tokens(act: &Act<'_>, transaction: &Transaction<'_>, kid: &Kid<'_>) -> Result<bool, Error> {
    let mut has_live = transaction.has_live_tokens(kid, act.now)?;
    act.stores().read_each(transaction, |tables| {
        has_live = has_live || tables.has_live_user_tokens(kid, act.now)?;
        Ok(())
    })?;
    Ok(has_live)
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

/// The environments of a new key. A secret key without a planned environment is for production.
fn environments(algorithm: Algorithm, planned_for: Option<KeyType>) -> KeyEnvironments {
    match (planned_for, algorithm) {
        (Some(key_type), _) => KeyEnvironments::of(key_type),
        (None, Algorithm::Hs256) => KeyEnvironments::of(KeyType::Production),
        (None, _) => KeyEnvironments::BOTH,
    }
}

/// A secret key of production must not be in the sandbox's bundle, so it signs for one environment, and only the edges of that environment
/// get it.
fn check_environments(key: &SealedSigningKey, key_types: &[KeyType]) -> Result<(), Error> {
    let becomes = |key_type: KeyType, before: bool| before || key_types.contains(&key_type);
    let production = becomes(KeyType::Production, key.environments.production);
    let sandbox = key_types.contains(&KeyType::Sandbox) || (key.environments.sandbox && key_types.contains(&KeyType::Production));
    if key.algorithm == Algorithm::Hs256 && production && sandbox {
        return Err(SigningKeyError::SharedSecret(key.kid.as_str().to_owned()).into());
    }
    Ok(())
}

/// Generates a new key of one environment, to be stored. See [`create`].
pub(crate) fn create_for(act: &Act<'_>, algorithm: Algorithm, key_type: KeyType) -> Result<SealedSigningKey, Error> {
    Ok(SealedSigningKey { environments: KeyEnvironments::of(key_type), ..create(act, algorithm)? })
}

/// Generates a new key, to be stored. Generating an RSA key is slow: do not call this in a transaction.
pub(crate) fn create(act: &Act<'_>, algorithm: Algorithm) -> Result<SealedSigningKey, Error> {
    let kid: Kid<'static> = Identifier::parse(random_name(act.entropy, KID_LEN)?).map_err(|_| SigningKeyError::Unusable)?;
    let (_, secret) = postern_signing::generate(algorithm, kid.clone(), act.entropy)?;
    let master_key = act.keyring().master_key()?;
    let sealed = Sealed::seal(&secret, SealedSigningKey::TABLE, kid.as_str(), master_key, act.entropy)?;
    Ok(SealedSigningKey { kid, algorithm, environments: KeyEnvironments::BOTH, sealed })
}
