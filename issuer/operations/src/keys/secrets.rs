//! Consumer secrets. To change one without an outage, create a second one, and remove the first when it is no longer used.

use postern_token::{KeyType, UnixSeconds};

use super::change::details;
use crate::error::ConsumerKeyError;
use crate::{Act, Error};
use postern_model::{Action, ApplicationId, ConsumerKey, ConsumerSecret, ConsumerSecretId, PersonalAccessTokenDescription};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::Transaction;

/// What is chosen for a consumer secret.
#[derive(Debug, Clone, Default)]
pub struct NewConsumerSecret {
    /// What it is for, for people.
    pub description: Option<PersonalAccessTokenDescription>,
    /// When it expires; `None` means never.
    pub expires_at: Option<UnixSeconds>,
}

/// Creates another consumer secret, which is shown only now. At most two are valid at once.
pub fn create_secret(
    act: &Act<'_>,
    application: &ApplicationId,
    key_type: KeyType,
    new: NewConsumerSecret,
) -> Result<(PlainSecret, ConsumerSecret), Error> {
    if new.expires_at.is_some_and(|expires_at| expires_at <= act.now) {
        return Err(Error::ExpiryInThePast);
    }
    act.storage().write(|transaction| {
        act.application_to_change(transaction, application)?;
        let keys = details(act, transaction, application, key_type)?;
        if keys.secrets.len() >= ConsumerSecret::MAX_LIVE {
            return Err(ConsumerKeyError::TooManySecrets { application: application.clone(), key_type }.into());
        }
        let (plain, secret) = new_secret(act, transaction, &keys.key_set.consumer_key, new)?;
        act.audit(transaction, Action::SecretCreate, Some(application), Some(secret.id.as_str()), None)?;
        Ok((plain, secret))
    })
}

/// Removes a consumer secret: it is refused from then on. The last valid one cannot be removed.
pub fn remove_secret(act: &Act<'_>, application: &ApplicationId, key_type: KeyType, id: &ConsumerSecretId) -> Result<(), Error> {
    act.storage().write(|transaction| {
        act.application_to_change(transaction, application)?;
        let keys = details(act, transaction, application, key_type)?;
        if keys.secrets.iter().all(|secret| secret.id == *id) && !keys.secrets.is_empty() {
            return Err(ConsumerKeyError::LastSecret.into());
        }
        if !transaction.delete_consumer_secret(&keys.key_set.consumer_key, id)? {
            return Err(ConsumerKeyError::SecretNotFound(id.clone()).into());
        }
        act.audit(transaction, Action::SecretRemove, Some(application), Some(id.as_str()), None)
    })
}

/// Creates a secret of a consumer key, which is shown only now.
pub(crate) fn new_secret(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    consumer_key: &ConsumerKey,
    new: NewConsumerSecret,
) -> Result<(PlainSecret, ConsumerSecret), Error> {
    let NewConsumerSecret { description, expires_at } = new;
    let plain = PlainSecret::generate("", act.entropy)?;
    let id = ConsumerSecretId::generate(act.entropy)?;
    let secret = ConsumerSecret {
        id,
        hash: HashedSecret::of(&plain),
        description: description.map(Into::into),
        created_at: act.now,
        expires_at,
    };
    transaction.insert_consumer_secret(consumer_key, &secret)?;
    Ok((plain, secret))
}
