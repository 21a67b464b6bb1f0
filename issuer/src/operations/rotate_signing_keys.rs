//! Changing the key that signs, step by step, so that no edge meets a token whose key it does not know.

use postern_token::{Algorithm, Kid, UnixSeconds};

use super::revocation::{RevokedTokens, end};
use super::{Error, signing_keys};
use crate::catalogue::{KeyState, SigningKeyRecord, TokenState};
use crate::entropy::Entropy;
use crate::secrets::MasterKey;
use crate::storage::{Ending, LiveTokens, Storage, Transaction};

/// Makes a key that edges verify with from now on. Nothing signs with it yet.
pub fn create_signing_key(
    storage: &Storage,
    algorithm: Algorithm,
    master_key: &MasterKey,
    now: UnixSeconds,
    entropy: &dyn Entropy,
) -> Result<SigningKeyRecord, Error> {
    storage.write(|transaction| {
        // Keys that two master keys seal could not be opened together.
        signing_keys::current(transaction, master_key)?;
        let kid = signing_keys::create(transaction, algorithm, master_key, now, entropy)?;
        Ok(SigningKeyRecord { kid, algorithm, state: KeyState::Published, created_at: now })
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
pub fn list_signing_keys(storage: &Storage, now: UnixSeconds) -> Result<Vec<SigningKeyDetails>, Error> {
    storage.read(|transaction| {
        let details = |key: SigningKeyRecord| {
            let live = transaction.live_tokens_of_key(&key.kid, now)?;
            Ok(SigningKeyDetails { key, live })
        };
        transaction.signing_key_records()?.into_iter().map(details).collect()
    })
}

/// Signs with a published key from now on. The one before it stays published.
pub fn sign_with_key(storage: &Storage, kid: &Kid<'_>, master_key: &MasterKey) -> Result<SigningKeyRecord, Error> {
    storage.write(|transaction| {
        let record = usable(transaction, kid)?;
        let key = transaction.signing_key(kid)?.ok_or_else(|| Error::NoSuchKey(kid.as_str().to_owned()))?;
        // Better now than with every token.
        signing_keys::open(key, master_key)?;
        if record.state == KeyState::Published {
            transaction.sign_with(kid)?;
        }
        Ok(SigningKeyRecord { state: KeyState::Signing, ..record })
    })
}

/// Takes a published key away from edges and destroys it. Tokens that it signed and that live are in the way, or end with it
/// when `force` is set.
pub fn retire_signing_key(storage: &Storage, kid: &Kid<'_>, force: bool, now: UnixSeconds) -> Result<RevokedTokens, Error> {
    storage.write(|transaction| {
        let record = usable(transaction, kid)?;
        if record.state == KeyState::Signing {
            return Err(Error::KeySigns(kid.as_str().to_owned()));
        }
        let live = transaction.live_tokens_of_key(kid, now)?;
        if live.count > 0 && !force {
            let seconds = live.until.map(|until| until.0.saturating_sub(now.0));
            return Err(Error::KeyInUse { kid: kid.as_str().to_owned(), tokens: live.count, seconds });
        }
        // No edge takes them any more, so the records must not say otherwise.
        let revoked = end(transaction, Ending::Key(kid), TokenState::Revoked, now)?;
        transaction.retire_signing_key(kid)?;
        Ok(revoked)
    })
}

fn usable(transaction: &Transaction<'_>, kid: &Kid<'_>) -> Result<SigningKeyRecord, Error> {
    let record = transaction.signing_key_record(kid)?;
    match record {
        None => Err(Error::NoSuchKey(kid.as_str().to_owned())),
        Some(record) if record.state == KeyState::Retired => Err(Error::KeyRetired(kid.as_str().to_owned())),
        Some(record) => Ok(record),
    }
}
