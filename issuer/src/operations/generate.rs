//! Giving an application its keys and its first token.

use postern_token::{KeyType, UnixSeconds};

use super::Error;
use super::mint::{MintedToken, Order, mint};
use crate::catalogue::{ApplicationId, ConsumerKey, KeySet, Obtained, Restrictions, Validity};
use crate::entropy::Entropy;
use crate::secrets::{HashedSecret, MasterKey, PlainSecret};
use crate::storage::Storage;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct GenerateRequest {
    /// For whom.
    pub application: ApplicationId,
    /// For what.
    pub key_type: KeyType,
    /// What the tokens may do.
    pub restrictions: Restrictions,
    /// How long they last; `None` means as long as the application's do.
    pub validity: Option<Validity>,
}

/// What its owner is shown, once.
#[derive(Debug)]
pub struct GeneratedKeys {
    /// The client id.
    pub consumer_key: ConsumerKey,
    /// The client's secret, of which only the hash is kept.
    pub consumer_secret: PlainSecret,
    /// The first token.
    pub token: MintedToken,
}

/// Creates an application's key set of one type and mints its first token.
pub fn generate(
    storage: &Storage,
    request: GenerateRequest,
    master_key: &MasterKey,
    now: UnixSeconds,
    entropy: &dyn Entropy,
) -> Result<GeneratedKeys, Error> {
    let GenerateRequest { application: id, key_type, restrictions, validity } = request;
    storage.write(|transaction| {
        let application = transaction.application(&id)?.ok_or_else(|| Error::NoSuchApplication(id.clone()))?;
        let consumer_secret = PlainSecret::generate("", entropy)?;
        let key_set = KeySet {
            consumer_key: ConsumerKey::generate(entropy)?,
            application: id.clone(),
            key_type,
            secret: HashedSecret::of(&consumer_secret),
            restrictions,
            validity: validity.unwrap_or(application.validities.application),
        };
        if !transaction.insert_key_set(&key_set, now)? {
            return Err(Error::KeySetExists { application: id, key_type });
        }
        let order = Order { key_set: &key_set, scopes: key_set.restrictions.scopes.clone(), obtained: Obtained::Generated };
        let token = mint(transaction, order, master_key, now, entropy)?;
        Ok(GeneratedKeys { consumer_key: key_set.consumer_key, consumer_secret, token })
    })
}
