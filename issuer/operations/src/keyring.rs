//! The decrypted signing keys, kept in memory until they are retired.

mod sealing_key;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use postern_signing::KnownSignatures;
use postern_token::{Identifier, JwkDocument, KeyType, Kid, Kind, SigningKey, UnverifiedToken, VerifyingKey};
use zeroize::Zeroizing;

pub(crate) use sealing_key::{has_sealing_key, keep_sealing_key, make_sealing_key, open_sealing_key, reseal_sealing_key};

use crate::Error;
use crate::error::{SettingsError, SigningKeyError};
use postern_model::{BundleKeyRecord, TokenId, UserId};
use postern_secrets::{MasterKey, PlainSecret, Sealed};
use postern_storage::{SealedBundleKey, SealedSigningKey, Transaction};

/// The master key, and the signing keys that it has decrypted.
pub struct Keyring {
    master_key: Option<MasterKey>,
    opened: Mutex<HashMap<Kid<'static>, Arc<OpenedKey>>>,
    /// The bundle keys, kept apart so that none of them can sign a token.
    opened_bundle_keys: Mutex<HashMap<Kid<'static>, SigningKey>>,
    /// Signatures of tokens that were made or verified.
    signatures: Arc<KnownSignatures>,
}

/// A decrypted signing key, and the key that verifies what it signed.
struct OpenedKey {
    /// Signs access tokens.
    for_tokens: SigningKey,
    /// Signs status lists, always with the same signature.
    signing: SigningKey,
    verifying: VerifyingKey,
}

/// An access token whose signature is valid.
#[derive(Debug, Clone)]
pub(crate) struct Recognised {
    /// Its id.
    pub(crate) id: TokenId,
    /// The user for whom it stands.
    pub(crate) user: Option<UserId>,
    /// The key that signed it.
    pub(crate) kid: Kid<'static>,
}

/// What is known of a presented token before its transaction.
#[derive(Debug, Clone)]
pub(crate) enum Recognition {
    /// Nothing yet.
    Pending,
    /// It is no access token of this issuer with a valid signature.
    Invalid,
    /// It is one, if its signing key is not retired.
    Valid(Recognised),
}

impl Recognised {
    /// Whether it is a user token.
    pub(crate) const fn is_of_user(&self) -> bool {
        self.user.is_some()
    }
}

impl Keyring {
    /// A keyring that decrypts with `master_key`.
    pub fn new(master_key: MasterKey) -> Self {
        Self { master_key: Some(master_key), ..Self::without_master_key() }
    }

    /// A keyring for operations that need no signing key.
    pub fn without_master_key() -> Self {
        Self { master_key: None, opened: Mutex::default(), opened_bundle_keys: Mutex::default(), signatures: Arc::default() }
    }

    pub(crate) fn master_key(&self) -> Result<&MasterKey, Error> {
        self.master_key.as_ref().ok_or(Error::SigningKey(SigningKeyError::NoMasterKey))
    }

    /// The active signing key of an environment, for status lists.
    pub(crate) fn current(&self, transaction: &Transaction<'_>, key_type: KeyType) -> Result<SigningKey, Error> {
        let kid = transaction.current_kid(key_type)?.ok_or(SettingsError::NotInitialised)?;
        Ok(self.named(transaction, &kid)?.signing.clone())
    }

    /// The signing key with this `kid`, unless it is retired, for access tokens.
    pub(crate) fn for_tokens(&self, transaction: &Transaction<'_>, kid: &Kid<'_>) -> Result<SigningKey, Error> {
        Ok(self.named(transaction, kid)?.for_tokens.clone())
    }

    fn named(&self, transaction: &Transaction<'_>, kid: &Kid<'_>) -> Result<Arc<OpenedKey>, Error> {
        if let Some(key) = self.opened().get(kid) {
            return Ok(Arc::clone(key));
        }
        let sealed = transaction.signing_key(kid)?.ok_or_else(|| SigningKeyError::NotFound(kid.as_str().to_owned()))?;
        self.opened_key(sealed)
    }

    /// Checks that the master key decrypts the current signing keys, because signing keys that are encrypted with two different master keys
    /// cannot be used together. Decrypted keys in memory are no proof: the master key may have changed since.
    pub(crate) fn check(&self, transaction: &Transaction<'_>) -> Result<(), Error> {
        let master_key = self.master_key()?;
        transaction.signing_keys()?.iter().try_for_each(|key| unseal(&key.sealed, &key.kid, master_key).map(drop))?;
        transaction.bundle_keys()?.iter().try_for_each(|key| unseal_bundle_key(key, master_key).map(drop))?;
        sealing_key::check_sealing_key(transaction, master_key)
    }

    /// The keys for an edge that serves `environment`, or both where it is `None`. A secret key is only for the edges of its environment,
    /// and every key names the environments whose tokens it may sign.
    pub(crate) fn documents_for(
        &self,
        transaction: &Transaction<'_>,
        environment: Option<KeyType>,
    ) -> Result<Vec<JwkDocument>, Error> {
        let keys = transaction.signing_keys()?;
        // A retired key leaves the memory, too: after it, every process makes its bundle anew.
        self.opened().retain(|kid, _| keys.iter().any(|key| key.kid == *kid));
        let keys = keys.into_iter().filter(|key| key.environments.may_be_in_bundle(environment, key.algorithm));
        let document = |key: SealedSigningKey| {
            let environment = key.environments.only();
            Ok(JwkDocument { environment, ..self.open(key)?.verifying_document() })
        };
        keys.map(document).collect()
    }

    /// The key that signs bundles, decrypted.
    pub(crate) fn open_bundle_key(&self, key: SealedBundleKey) -> Result<SigningKey, Error> {
        let mut opened = self.opened_bundle_keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = opened.get(&key.record.kid) {
            return Ok(key.clone());
        }
        let secret = unseal_bundle_key(&key, self.master_key()?)?;
        let BundleKeyRecord { kid, algorithm, .. } = key.record;
        let key = postern_signing::open(algorithm, kid.clone(), &secret).map_err(|_| SigningKeyError::Unusable)?;
        opened.insert(kid, key.clone());
        Ok(key)
    }

    /// The key itself.
    pub(crate) fn open(&self, key: SealedSigningKey) -> Result<SigningKey, Error> {
        Ok(self.opened_key(key)?.signing.clone())
    }

    fn opened_key(&self, key: SealedSigningKey) -> Result<Arc<OpenedKey>, Error> {
        let SealedSigningKey { kid, algorithm, sealed, .. } = key;
        if let Some(key) = self.opened().get(&kid) {
            return Ok(Arc::clone(key));
        }
        let secret = unseal(&sealed, &kid, self.master_key()?)?;
        let unusable = |_| SigningKeyError::Unusable;
        let for_tokens = postern_signing::open_for_tokens(algorithm, kid.clone(), &secret, &self.signatures).map_err(unusable)?;
        let signing = postern_signing::open(algorithm, kid.clone(), &secret).map_err(unusable)?;
        let verifying = VerifyingKey::try_from(&signing.verifying_document()).map_err(unusable)?;
        let key = Arc::new(OpenedKey { for_tokens, signing, verifying });
        self.opened().insert(kid, Arc::clone(&key));
        Ok(key)
    }

    /// Verifies the signature of a presented token; `None` when it is not this issuer's or not valid.
    pub(crate) fn recognise(&self, transaction: &Transaction<'_>, token: &PlainSecret) -> Result<Option<Recognised>, Error> {
        let Some((unverified, kid)) = parse(token) else { return Ok(None) };
        // A key in memory may have been retired since.
        let Some(sealed) = transaction.signing_key(&kid)? else { return Ok(None) };
        self.verify(&unverified, kid, &self.opened_key(sealed)?.verifying)
    }

    /// The same without a transaction, as far as the signing key is in memory. The caller asks later whether it is retired.
    pub(crate) fn recognise_early(&self, token: &PlainSecret) -> Recognition {
        let Some((unverified, kid)) = parse(token) else { return Recognition::Invalid };
        let Some(key) = self.opened().get(&kid).map(Arc::clone) else { return Recognition::Pending };
        match self.verify(&unverified, kid, &key.verifying) {
            Ok(Some(recognised)) => Recognition::Valid(recognised),
            Ok(None) => Recognition::Invalid,
            Err(_) => Recognition::Pending,
        }
    }

    fn verify(
        &self,
        unverified: &UnverifiedToken<'_>,
        kid: Kid<'static>,
        key: &VerifyingKey,
    ) -> Result<Option<Recognised>, Error> {
        let Ok(signed) = unverified.verify(key, &*self.signatures) else { return Ok(None) };
        let Ok(claims) = signed.claims() else { return Ok(None) };
        let Some(id) = TokenId::parse(claims.jti.as_str().to_owned()) else { return Ok(None) };
        let user = match claims.kind {
            Kind::Application => None,
            Kind::User => Some(claims.sub.as_str().parse().map_err(|_| SigningKeyError::Unusable)?),
        };
        Ok(Some(Recognised { id, user, kid }))
    }

    fn opened(&self) -> MutexGuard<'_, HashMap<Kid<'static>, Arc<OpenedKey>>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A token that is well formed, and the name of its signing key.
fn parse(token: &PlainSecret) -> Option<(UnverifiedToken<'_>, Kid<'static>)> {
    let unverified = UnverifiedToken::parse(token.expose().as_bytes()).ok()?;
    let kid = Identifier::parse(unverified.kid().ok()?.to_owned()).ok()?;
    Some((unverified, kid))
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Keyring(…)")
    }
}

pub(crate) fn unseal(sealed: &Sealed, kid: &Kid<'_>, master_key: &MasterKey) -> Result<Zeroizing<Vec<u8>>, Error> {
    let secret = sealed.open(SealedSigningKey::TABLE, kid.as_str(), master_key);
    secret.map_err(|_| Error::SigningKey(SigningKeyError::WrongMasterKey { kid: kid.as_str().to_owned() }))
}

pub(crate) fn unseal_bundle_key(key: &SealedBundleKey, master_key: &MasterKey) -> Result<Zeroizing<Vec<u8>>, Error> {
    let kid = key.record.kid.as_str();
    let secret = key.sealed.open(SealedBundleKey::TABLE, kid, master_key);
    secret.map_err(|_| Error::SigningKey(SigningKeyError::WrongMasterKey { kid: kid.to_owned() }))
}
