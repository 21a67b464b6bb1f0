//! The signing keys: made, opened to sign, and written down for the edges.

use postern_token::{Identifier, JwkDocument, Kid, MIN_HMAC_KEY_LEN, SigningKey, UnixSeconds};
use zeroize::Zeroizing;

use super::Error;
use crate::entropy::{Entropy, EntropyError, random_bytes, random_name};
use crate::secrets::{MasterKey, Sealed};
use crate::storage::{SealedSigningKey, Transaction};

/// Makes a new key the one that signs.
pub(super) fn create(
    transaction: &Transaction<'_>,
    master_key: &MasterKey,
    now: UnixSeconds,
    entropy: &dyn Entropy,
) -> Result<(), Error> {
    let kid = new_kid(entropy)?;
    let secret = random_bytes::<MIN_HMAC_KEY_LEN>(entropy)?;
    let sealed = Sealed::seal(&*secret, SealedSigningKey::TABLE, kid.as_str(), master_key, entropy)?;
    Ok(transaction.insert_signing_key(&SealedSigningKey { kid, sealed }, now)?)
}

/// A key like the ones that sign, which no edge knows.
pub(super) fn throwaway(entropy: &dyn Entropy) -> Result<SigningKey, EntropyError> {
    SigningKey::hs256(new_kid(entropy)?, &*random_bytes::<MIN_HMAC_KEY_LEN>(entropy)?).map_err(|_| EntropyError)
}

fn new_kid(entropy: &dyn Entropy) -> Result<Kid<'static>, EntropyError> {
    Identifier::parse(random_name(entropy, 16)?).map_err(|_| EntropyError)
}

/// The key that signs.
pub(super) fn current(transaction: &Transaction<'_>, master_key: &MasterKey) -> Result<SigningKey, Error> {
    let key = transaction.current_signing_key()?.ok_or(Error::NotInitialised)?;
    let secret = open(&key, master_key)?;
    let kid = key.kid.as_str().to_owned();
    SigningKey::hs256(key.kid, &secret).map_err(|_| Error::WrongMasterKey { kid })
}

/// Every key, as an edge reads it. With HS256 these are the signing keys themselves.
pub(super) fn documents(transaction: &Transaction<'_>, master_key: &MasterKey) -> Result<Vec<JwkDocument>, Error> {
    let document = |key: SealedSigningKey| Ok(JwkDocument::hs256(&key.kid, &open(&key, master_key)?));
    transaction.signing_keys()?.into_iter().map(document).collect()
}

fn open(key: &SealedSigningKey, master_key: &MasterKey) -> Result<Zeroizing<Vec<u8>>, Error> {
    let kid = key.kid.as_str();
    key.sealed.open(SealedSigningKey::TABLE, kid, master_key).map_err(|_| Error::WrongMasterKey { kid: kid.to_owned() })
}
