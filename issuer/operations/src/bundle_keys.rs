//! The keys that sign bundles. Edges pin their public halves, so a bundle key is replaced in steps: create a new one, pin it beside the old
//! one, then sign with it.

use postern_token::{Algorithm, Identifier, Kid, SigningKey};
use serde_json::json;

use crate::error::{SettingsError, SigningKeyError};
use crate::{Act, Error};
use postern_model::{Action, BundleKeyRecord};
use postern_secrets::{Sealed, random_name};
use postern_signing::KID_LEN;
use postern_storage::{SealedBundleKey, Transaction};

/// The default algorithm of a bundle key, which Envoy verifies with native code.
const DEFAULT_ALGORITHM: Algorithm = Algorithm::Es256;

/// Makes sure that there is a bundle key. A database of an older version has none.
pub fn ensure_bundle_key(act: &Act<'_>) -> Result<(), Error> {
    if act.storage().read(|transaction| Ok::<_, Error>(transaction.bundle_signer()?.is_some()))? {
        return Ok(());
    }
    let key = make(act, DEFAULT_ALGORITHM)?;
    act.storage().write(|transaction| match transaction.bundle_signer()? {
        // Another process has created one in the meantime.
        Some(_) => Ok(()),
        None => insert(act, transaction, &key),
    })
}

/// Every bundle key, the oldest first.
pub fn list_bundle_keys(act: &Act<'_>) -> Result<Vec<BundleKeyRecord>, Error> {
    act.require_auditor()?;
    act.storage().read(|transaction| Ok(transaction.bundle_keys()?.into_iter().map(|key| key.record).collect()))
}

/// Creates a bundle key, which signs once [`sign_bundles_with`] says so. Edges can pin it before.
pub fn create_bundle_key(act: &Act<'_>, algorithm: Option<Algorithm>) -> Result<BundleKeyRecord, Error> {
    act.require_administrator()?;
    let algorithm = algorithm.unwrap_or(DEFAULT_ALGORITHM);
    if !matches!(algorithm, Algorithm::Es256 | Algorithm::EdDsa) {
        return Err(SigningKeyError::BundleAlgorithm.into());
    }
    let key = make(act, algorithm)?;
    act.storage().write(|transaction| {
        act.keyring().check(transaction)?;
        insert(act, transaction, &key)?;
        find(transaction, &key.record.kid)
    })
}

/// Signs bundles with this key from now on.
pub fn sign_bundles_with(act: &Act<'_>, kid: &Kid<'_>) -> Result<BundleKeyRecord, Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        find(transaction, kid)?;
        transaction.sign_bundles_with(kid)?;
        // If the key cannot be decrypted, fail here and not at every bundle.
        signer(act, transaction)?;
        act.audit(transaction, Action::BundleKeySign, None, Some(kid.as_str()), None)?;
        find(transaction, kid)
    })
}

/// Removes a bundle key that does not sign.
pub fn remove_bundle_key(act: &Act<'_>, kid: &Kid<'_>) -> Result<(), Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        if find(transaction, kid)?.signs {
            return Err(SigningKeyError::BundleKeySigns(kid.as_str().to_owned()).into());
        }
        transaction.delete_bundle_key(kid)?;
        act.audit(transaction, Action::BundleKeyRemove, None, Some(kid.as_str()), None)
    })
}

/// The key that signs bundles.
pub(crate) fn signer(act: &Act<'_>, transaction: &Transaction<'_>) -> Result<SigningKey, Error> {
    act.keyring().open_bundle_key(transaction.bundle_signer()?.ok_or(SettingsError::NotInitialised)?)
}

/// Generates a key, to be stored.
pub(crate) fn make(act: &Act<'_>, algorithm: Algorithm) -> Result<SealedBundleKey, Error> {
    let kid: Kid<'static> = Identifier::parse(random_name(act.entropy, KID_LEN)?).map_err(|_| SigningKeyError::Unusable)?;
    let (key, secret) = postern_signing::generate(algorithm, kid.clone(), act.entropy)?;
    let public = serde_json::to_string(&key.verifying_document()).map_err(|_| SigningKeyError::Unusable)?;
    let sealed = Sealed::seal(&secret, SealedBundleKey::TABLE, kid.as_str(), act.keyring().master_key()?, act.entropy)?;
    Ok(SealedBundleKey { record: BundleKeyRecord { kid, algorithm, public, signs: false, created_at: act.now }, sealed })
}

pub(crate) fn insert(act: &Act<'_>, transaction: &Transaction<'_>, key: &SealedBundleKey) -> Result<(), Error> {
    transaction.insert_bundle_key(key)?;
    let details = json!({ "algorithm": key.record.algorithm.as_str() });
    act.audit(transaction, Action::BundleKeyCreate, None, Some(key.record.kid.as_str()), Some(&details))
}

fn find(transaction: &Transaction<'_>, kid: &Kid<'_>) -> Result<BundleKeyRecord, Error> {
    let keys = transaction.bundle_keys()?.into_iter().map(|key| key.record);
    keys.into_iter().find(|key| key.kid == *kid).ok_or_else(|| SigningKeyError::BundleKeyNotFound(kid.as_str().to_owned()).into())
}
