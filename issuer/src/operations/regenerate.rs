//! Replacing the token that an application's owner was shown.

use postern_token::{AddressBlock, DomainPattern, KeyType, Scopes, UnixSeconds};

use super::Error;
use super::mint::{MintedToken, Order, mint};
use super::revocation::end;
use crate::catalogue::{ApplicationId, ConsumerKey, Obtained, TokenState, Validity};
use crate::entropy::Entropy;
use crate::secrets::{HashedSecret, MasterKey, PlainSecret};
use crate::storage::{Ending, Storage};

/// What is asked for. What is `None` stays as it is.
#[derive(Debug, Clone)]
pub struct RegenerateRequest {
    /// For whom.
    pub application: ApplicationId,
    /// For what.
    pub key_type: KeyType,
    /// The client domains that may use the tokens from now on; empty means any.
    pub domains: Option<Vec<DomainPattern<'static>>>,
    /// The client addresses that may; empty means any.
    pub ips: Option<Vec<AddressBlock>>,
    /// The scopes that the tokens may hold; `Some(None)` means none.
    pub scopes: Option<Option<Scopes<'static>>>,
    /// How long they last.
    pub validity: Option<Validity>,
    /// Whether the consumer secret is replaced too; the one before it is refused from then on.
    pub new_secret: bool,
}

/// What its owner is shown.
#[derive(Debug)]
pub struct RegeneratedToken {
    /// The client id, which stays.
    pub consumer_key: ConsumerKey,
    /// The client's new secret, where one was asked for.
    pub consumer_secret: Option<PlainSecret>,
    /// The new token.
    pub token: MintedToken,
}

/// Mints a new token for a key set and ends the one before it. What the application itself obtained stays.
pub fn regenerate(
    storage: &Storage,
    request: RegenerateRequest,
    master_key: &MasterKey,
    now: UnixSeconds,
    entropy: &dyn Entropy,
) -> Result<RegeneratedToken, Error> {
    let RegenerateRequest { application, key_type, domains, ips, scopes, validity, new_secret } = request;
    storage.write(|transaction| {
        if transaction.application(&application)?.is_none() {
            return Err(Error::NoSuchApplication(application));
        }
        let Some(mut key_set) = transaction.key_set(&application, key_type)? else {
            return Err(Error::NoKeySet { application, key_type });
        };
        if let Some(domains) = domains {
            key_set.restrictions.domains = domains;
        }
        if let Some(ips) = ips {
            key_set.restrictions.ips = ips;
        }
        if let Some(scopes) = scopes {
            key_set.restrictions.scopes = scopes;
        }
        key_set.validity = validity.unwrap_or(key_set.validity);
        let consumer_secret = if new_secret { Some(PlainSecret::generate("", entropy)?) } else { None };
        if let Some(secret) = &consumer_secret {
            key_set.secret = HashedSecret::of(secret);
        }
        transaction.update_key_set(&key_set)?;
        end(transaction, Ending::Shown(&key_set.consumer_key), TokenState::Replaced, now)?;
        let order = Order { key_set: &key_set, scopes: key_set.restrictions.scopes.clone(), obtained: Obtained::Regenerated };
        let token = mint(transaction, order, master_key, now, entropy)?;
        Ok(RegeneratedToken { consumer_key: key_set.consumer_key, consumer_secret, token })
    })
}
