//! The signing keys: made, opened to sign, and written down for the edges.

use postern_token::{Algorithm, Identifier, JwkDocument, Kid, SigningKey, UnixSeconds};

use super::Error;
use crate::entropy::{Entropy, EntropyError, random_bytes, random_name};
use crate::secrets::{MasterKey, Sealed};
use crate::storage::{SealedSigningKey, Transaction};

/// The length of a key's secret in bytes, the same for every algorithm that signs here.
const SECRET_LEN: usize = 32;

/// How often a secret is drawn at most. One in 2^32 is none for ES256.
const DRAWS: usize = 4;

/// Makes a new key, which edges verify with and nothing signs with yet.
pub(super) fn create(
    transaction: &Transaction<'_>,
    algorithm: Algorithm,
    master_key: &MasterKey,
    now: UnixSeconds,
    entropy: &dyn Entropy,
) -> Result<Kid<'static>, Error> {
    if algorithm == Algorithm::Rs256 {
        return Err(Error::CannotSign(algorithm));
    }
    let kid = new_kid(entropy)?;
    for _ in 0..DRAWS {
        let secret = random_bytes::<SECRET_LEN>(entropy)?;
        if SigningKey::new(algorithm, kid.clone(), &*secret).is_ok() {
            let sealed = Sealed::seal(&*secret, SealedSigningKey::TABLE, kid.as_str(), master_key, entropy)?;
            transaction.insert_signing_key(&SealedSigningKey { kid: kid.clone(), algorithm, sealed }, now)?;
            return Ok(kid);
        }
    }
    Err(EntropyError.into())
}

/// A key whose tokens are as long as those of any key, and that no edge knows.
pub(super) fn throwaway(entropy: &dyn Entropy) -> Result<SigningKey, EntropyError> {
    let secret = random_bytes::<SECRET_LEN>(entropy)?;
    SigningKey::new(Algorithm::EdDsa, new_kid(entropy)?, &*secret).map_err(|_| EntropyError)
}

fn new_kid(entropy: &dyn Entropy) -> Result<Kid<'static>, EntropyError> {
    Identifier::parse(random_name(entropy, 16)?).map_err(|_| EntropyError)
}

/// The key that signs.
pub(super) fn current(transaction: &Transaction<'_>, master_key: &MasterKey) -> Result<SigningKey, Error> {
    open(transaction.current_signing_key()?.ok_or(Error::NotInitialised)?, master_key)
}

/// Every key, as an edge reads it. With HS256 these are the signing keys themselves.
pub(super) fn documents(transaction: &Transaction<'_>, master_key: &MasterKey) -> Result<Vec<JwkDocument>, Error> {
    let document = |key| Ok(open(key, master_key)?.verifying_document());
    transaction.signing_keys()?.into_iter().map(document).collect()
}

/// The key itself.
pub(super) fn open(key: SealedSigningKey, master_key: &MasterKey) -> Result<SigningKey, Error> {
    let SealedSigningKey { kid, algorithm, sealed } = key;
    let secret = sealed.open(SealedSigningKey::TABLE, kid.as_str(), master_key);
    let secret = secret.map_err(|_| Error::WrongMasterKey { kid: kid.as_str().to_owned() })?;
    SigningKey::new(algorithm, kid, &secret).map_err(|_| Error::UnusableKeys)
}
