//! Minting an application token and keeping its record, the common end of every operation that hands one out.

use postern_token::{AccessToken, Claims, Kind, Scopes, Subscriptions, UnixSeconds};

use super::{Error, settings, signing_keys};
use crate::catalogue::{KeySet, Obtained, Restrictions, TokenId, TokenRecord, TokenState};
use crate::entropy::Entropy;
use crate::secrets::MasterKey;
use crate::storage::{StorageError, Transaction};

/// A token that was just minted, for the one who may have it.
#[derive(Debug, Clone)]
pub struct MintedToken {
    /// The token.
    pub access_token: AccessToken,
    /// The seconds until it runs out; `None` means never.
    pub expires_in: Option<u64>,
    /// The scopes that it holds.
    pub scopes: Option<Scopes<'static>>,
    /// What is kept of it.
    pub id: TokenId,
}

/// What a token is minted for.
pub(super) struct Order<'a> {
    pub(super) key_set: &'a KeySet,
    /// The scopes that it is to hold; the caller made sure that the key set has them.
    pub(super) scopes: Option<Scopes<'static>>,
    pub(super) obtained: Obtained,
}

/// Mints an application token with the subscriptions of this moment.
pub(super) fn mint(
    transaction: &Transaction<'_>,
    order: Order<'_>,
    master_key: &MasterKey,
    now: UnixSeconds,
    entropy: &dyn Entropy,
) -> Result<MintedToken, Error> {
    let Order { key_set, scopes, obtained } = order;
    let restrictions = Restrictions { scopes, ..key_set.restrictions.clone() };
    let record = TokenRecord {
        id: TokenId::generate(entropy)?,
        application: key_set.application.clone(),
        consumer_key: key_set.consumer_key.clone(),
        kind: Kind::Application,
        key_type: key_set.key_type,
        obtained,
        restrictions,
        issued_at: now,
        expires_at: key_set.validity.expiry(now),
        state: TokenState::Active,
    };
    let access_token = sign(transaction, &record, master_key)?;
    transaction.insert_token(&record)?;
    let expires_in = key_set.validity.expires_in();
    Ok(MintedToken { access_token, expires_in, scopes: record.restrictions.scopes, id: record.id })
}

fn sign(transaction: &Transaction<'_>, record: &TokenRecord, master_key: &MasterKey) -> Result<AccessToken, Error> {
    let settings = settings(transaction)?;
    let key = signing_keys::current(transaction, master_key)?;
    let subscriptions = transaction.subscriptions(&record.application)?;
    let apis: Vec<_> = subscriptions.into_iter().map(|held| (held.api, held.tier.identifier().clone())).collect();
    // The table's primary key keeps an API from coming twice.
    let apis = Subscriptions::new(apis).ok_or(StorageError::Corrupt { table: "subscriptions", column: "api_name" })?;
    let Restrictions { domains, ips, scopes } = record.restrictions.clone();
    let claims = Claims {
        iss: settings.issuer.as_str().into(),
        aud: vec![settings.audience.as_str().into()],
        exp: record.expires_at,
        nbf: None,
        iat: record.issued_at,
        jti: record.id.identifier().clone(),
        client_id: record.consumer_key.identifier().clone(),
        sub: record.consumer_key.identifier().clone(),
        kind: record.kind,
        key_type: record.key_type,
        app: record.application.identifier().clone(),
        apis,
        scope: scopes,
        domains: Some(domains).filter(|list| !list.is_empty()),
        ips: Some(ips).filter(|list| !list.is_empty()),
        status: None,
    };
    Ok(key.sign(&claims)?)
}
