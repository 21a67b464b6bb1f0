//! Replaces the token that was generated for an application's owner.

use postern_token::{AddressBlock, DomainPattern, KeyType, Scopes};

use super::change::KeyChanges;
use super::secrets::{NewConsumerSecret, new_secret};
use crate::error::ConsumerKeyError;
use crate::scopes::TokenWarning;
use crate::settings::TokenValidity;
use crate::tokens::{MintRequest, MintedToken, end, minting};
use crate::{Act, Error, scopes};
use postern_model::{ApplicationId, ConsumerKey, Obtained, TokenState, Validity};
use postern_secrets::PlainSecret;
use postern_storage::TokenSelector;

/// The request. A field that is `None` stays unchanged.
#[derive(Debug, Clone)]
pub struct RegenerateRequest {
    /// The application.
    pub application: ApplicationId,
    /// The environment.
    pub key_type: KeyType,
    /// The client domains that may use the tokens from now on; empty means any.
    pub domains: Option<Vec<DomainPattern<'static>>>,
    /// The client addresses that may use them; empty means any.
    pub ips: Option<Vec<AddressBlock>>,
    /// The scopes that the tokens may hold; `Some(None)` means none.
    pub scopes: Option<Option<Scopes<'static>>>,
    /// The validity of the tokens.
    pub validity: Option<Validity>,
    /// Whether the consumer secrets are replaced too; the earlier ones are refused from then on.
    pub new_secret: bool,
}

impl RegenerateRequest {
    /// A new token, without any other change.
    pub const fn new(application: ApplicationId, key_type: KeyType) -> Self {
        Self { application, key_type, domains: None, ips: None, scopes: None, validity: None, new_secret: false }
    }
}

/// The result, for the owner.
#[derive(Debug)]
pub struct RegeneratedToken {
    /// The client id, which stays.
    pub consumer_key: ConsumerKey,
    /// The client's new secret, if one was requested.
    pub consumer_secret: Option<PlainSecret>,
    /// The new token.
    pub token: MintedToken,
    /// As in [`super::GeneratedKeys`].
    pub warnings: Vec<TokenWarning>,
}

/// Mints a new token for a key set and revokes the previous one, which is also the token that the client gets when it asks for all of its
/// scopes. Tokens that the client obtained with fewer scopes stay valid.
pub fn regenerate(act: &Act<'_>, request: &RegenerateRequest) -> Result<RegeneratedToken, Error> {
    let RegenerateRequest { application: id, key_type, new_secret: with_secret, .. } = request;
    let (consumer_key, consumer_secret, token, warnings) = minting(act, |transaction, status_index| {
        let application = act.application_to_change(transaction, id)?;
        let Some(mut key_set) = transaction.key_set(id, *key_type)? else {
            return Err(ConsumerKeyError::NotFound { application: id.clone(), key_type: *key_type }.into());
        };
        let scopes_before = key_set.restrictions.scopes.clone();
        // The token that a request for all scopes returns, where rules allow fewer scopes.
        let permitted_before = scopes::permitted(transaction, &key_set)?;
        let changes = KeyChanges {
            domains: request.domains.clone(),
            ips: request.ips.clone(),
            scopes: request.scopes.clone(),
            validity: request.validity,
            ..KeyChanges::default()
        };
        changes.check(transaction, &application, scopes_before.as_ref())?;
        changes.apply(&mut key_set);
        let mut consumer_secret = None;
        if *with_secret {
            for secret in transaction.consumer_secrets(key_set.consumer_key.as_str())? {
                transaction.delete_consumer_secret(&key_set.consumer_key, &secret.id)?;
            }
            consumer_secret = Some(new_secret(act, transaction, &key_set.consumer_key, NewConsumerSecret::default())?.0);
        }
        transaction.update_key_set(&key_set)?;
        // Added scopes that need approval wait for it, also those that an administrator adds.
        scopes::withdraw_removed(transaction, &key_set)?;
        for replaced in [&scopes_before, &permitted_before] {
            let replaced = TokenSelector::Shown(&key_set.consumer_key, replaced.as_ref());
            end(act, transaction, replaced, TokenState::Replaced)?;
        }
        let order = MintRequest {
            key_set: &key_set,
            application_state: application.state,
            scopes: scopes::permitted(transaction, &key_set)?,
            validity: TokenValidity { asked: None, usual: key_set.validity },
            obtained: Obtained::Regenerated,
        };
        let token = order.mint(act, transaction, status_index)?;
        let warnings = scopes::warnings(transaction, &key_set)?;
        Ok((key_set.consumer_key, consumer_secret, token, warnings))
    })?;
    Ok(RegeneratedToken { consumer_key, consumer_secret, token: token.sign()?, warnings })
}
