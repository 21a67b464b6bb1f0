//! The signing keys at hand: opened once and kept, for as long as the database says that they count.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use postern_token::{
    Algorithm, Identifier, JwkDocument, KeySet, KeyType, Kid, Kind, SigningKey, SoftwareVerifier, UnverifiedToken, VerifyingKey,
};
use zeroize::Zeroizing;

use crate::error::{SettingsError, SigningKeyError};
use crate::{Act, Error};
use postern_model::{TokenId, UserId};
use postern_secrets::random_name;
use postern_secrets::{MasterKey, PlainSecret, Sealed};
use postern_signing::{self, KID_LEN};
use postern_storage::{SealedSigningKey, Transaction};

/// The master key, and the keys that it has opened.
pub struct Keyring {
    master_key: Option<MasterKey>,
    opened: Mutex<HashMap<Kid<'static>, SigningKey>>,
}

/// A token whose signature holds.
#[derive(Debug, Clone)]
pub(crate) struct Recognised {
    /// Its name.
    pub(crate) id: TokenId,
    /// The user for whom it stands.
    pub(crate) user: Option<UserId>,
}

impl Keyring {
    /// A keyring that opens what `master_key` has sealed.
    pub fn new(master_key: MasterKey) -> Self {
        Self { master_key: Some(master_key), opened: Mutex::default() }
    }

    /// A keyring for what needs no key.
    pub fn locked() -> Self {
        Self { master_key: None, opened: Mutex::default() }
    }

    pub(crate) fn master_key(&self) -> Result<&MasterKey, Error> {
        self.master_key.as_ref().ok_or(Error::SigningKey(SigningKeyError::NoMasterKey))
    }

    /// The key that signs the tokens of keys of that type.
    pub(crate) fn current(&self, transaction: &Transaction<'_>, key_type: KeyType) -> Result<SigningKey, Error> {
        let kid = transaction.current_kid(key_type)?.ok_or(SettingsError::NotInitialised)?;
        self.named(transaction, &kid)
    }

    /// The key of that name, unless it is retired.
    pub(crate) fn named(&self, transaction: &Transaction<'_>, kid: &Kid<'_>) -> Result<SigningKey, Error> {
        if let Some(key) = self.opened().get(kid) {
            return Ok(key.clone());
        }
        let sealed = transaction.signing_key(kid)?.ok_or_else(|| SigningKeyError::NotFound(kid.as_str().to_owned()))?;
        self.open(sealed)
    }

    /// Makes sure that the master key is the one that seals the keys of now: keys that two master keys seal could not be opened together. What was
    /// opened before proves nothing, because the master key may have been changed since.
    pub(crate) fn check(&self, transaction: &Transaction<'_>) -> Result<(), Error> {
        let master_key = self.master_key()?;
        transaction.signing_keys()?.iter().try_for_each(|key| unseal(&key.sealed, &key.kid, master_key).map(drop))
    }

    /// Every key, as an edge reads it. With HS256 these are the signing keys themselves.
    pub(crate) fn documents(&self, transaction: &Transaction<'_>) -> Result<Vec<JwkDocument>, Error> {
        let document = |key| Ok(self.open(key)?.verifying_document());
        transaction.signing_keys()?.into_iter().map(document).collect()
    }

    /// The key itself.
    pub(crate) fn open(&self, key: SealedSigningKey) -> Result<SigningKey, Error> {
        let SealedSigningKey { kid, algorithm, sealed } = key;
        if let Some(key) = self.opened().get(&kid) {
            return Ok(key.clone());
        }
        let secret = unseal(&sealed, &kid, self.master_key()?)?;
        let key = postern_signing::open(algorithm, kid.clone(), &secret).map_err(|_| SigningKeyError::Unusable)?;
        self.opened().insert(kid, key.clone());
        Ok(key)
    }

    /// The token that somebody presents, when it is this issuer's and its signature holds.
    pub(crate) fn recognise(&self, transaction: &Transaction<'_>, token: &PlainSecret) -> Result<Option<Recognised>, Error> {
        let keys = self.documents(transaction)?;
        let keys = keys.iter().map(VerifyingKey::try_from).collect::<Result<_, _>>().and_then(KeySet::new);
        let keys = keys.map_err(|_| SigningKeyError::Unusable)?;
        let Ok(unverified) = UnverifiedToken::parse(token.expose().as_bytes()) else { return Ok(None) };
        let Some(key) = unverified.kid().ok().and_then(|kid| keys.find(kid)) else { return Ok(None) };
        let Ok(signed) = unverified.verify(key, &SoftwareVerifier) else { return Ok(None) };
        let Ok(claims) = signed.claims() else { return Ok(None) };
        let Some(id) = TokenId::parse(claims.jti.as_str().to_owned()) else { return Ok(None) };
        let user = match claims.kind {
            Kind::Application => None,
            Kind::User => Some(claims.sub.as_str().parse().map_err(|_| SigningKeyError::Unusable)?),
        };
        Ok(Some(Recognised { id, user }))
    }

    fn opened(&self) -> MutexGuard<'_, HashMap<Kid<'static>, SigningKey>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Keyring(…)")
    }
}

pub(super) fn unseal(sealed: &Sealed, kid: &Kid<'_>, master_key: &MasterKey) -> Result<Zeroizing<Vec<u8>>, Error> {
    let secret = sealed.open(SealedSigningKey::TABLE, kid.as_str(), master_key);
    secret.map_err(|_| Error::SigningKey(SigningKeyError::WrongMasterKey { kid: kid.as_str().to_owned() }))
}

/// Makes a new key, to be kept. An RSA key takes its time: not to be called in a transaction.
pub(crate) fn create(act: &Act<'_>, algorithm: Algorithm) -> Result<SealedSigningKey, Error> {
    let kid: Kid<'static> = Identifier::parse(random_name(act.entropy, KID_LEN)?).map_err(|_| SigningKeyError::Unusable)?;
    let (_, secret) = postern_signing::generate(algorithm, kid.clone(), act.entropy)?;
    let master_key = act.keyring().master_key()?;
    let sealed = Sealed::seal(&secret, SealedSigningKey::TABLE, kid.as_str(), master_key, act.entropy)?;
    Ok(SealedSigningKey { kid, algorithm, sealed })
}
