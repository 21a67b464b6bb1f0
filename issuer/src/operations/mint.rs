//! Minting an application token and keeping its record, the common end of every operation that hands one out.

use postern_token::{AccessToken, Claims, Kid, Kind, Scopes, StatusReference, Subscriptions, UnixSeconds};

use super::{Error, settings, signing_keys, status_lists};
use crate::catalogue::{KeySet, Obtained, Restrictions, StatusBits, StatusListId, StatusPlace, TokenId, TokenRecord, TokenState};
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
    let expires_in = order.key_set.validity.expires_in();
    let key = signing_keys::current(transaction, master_key)?;
    let place = status_lists::take_place(transaction, order.key_set.validity.expiry(now), now)?;
    let record = record(TokenId::generate(entropy)?, order, key.kid().clone(), place, now);
    let access_token = key.sign(&claims(transaction, &record)?)?;
    transaction.insert_token(&record)?;
    Ok(MintedToken { access_token, expires_in, scopes: record.restrictions.scopes, id: record.id })
}

/// Makes sure that a token with all that a key set may have can be minted, without minting it. What is in the way is its
/// length, on which neither its name nor the key has any bearing: both are made up, and the master key is not needed. Its place is
/// made up too, as the longest there can be.
pub(super) fn check_mintable(
    transaction: &Transaction<'_>,
    key_set: &KeySet,
    now: UnixSeconds,
    entropy: &dyn Entropy,
) -> Result<(), Error> {
    let id = TokenId::generate(entropy)?;
    let order = Order { key_set, scopes: key_set.restrictions.scopes.clone(), obtained: Obtained::ClientCredentials };
    let key = signing_keys::throwaway(entropy)?;
    let place = StatusPlace { list: StatusListId::MAX, index: StatusBits::CAPACITY };
    let claims = claims(transaction, &record(id, order, key.kid().clone(), place, now))?;
    Ok(key.sign(&claims).map(drop)?)
}

fn record(id: TokenId, order: Order<'_>, kid: Kid<'static>, place: StatusPlace, now: UnixSeconds) -> TokenRecord {
    let Order { key_set, scopes, obtained } = order;
    TokenRecord {
        id,
        application: key_set.application.clone(),
        consumer_key: key_set.consumer_key.clone(),
        kind: Kind::Application,
        key_type: key_set.key_type,
        obtained,
        restrictions: Restrictions { scopes, ..key_set.restrictions.clone() },
        issued_at: now,
        expires_at: key_set.validity.expiry(now),
        state: TokenState::Active,
        kid,
        status: Some(place),
    }
}

fn claims(transaction: &Transaction<'_>, record: &TokenRecord) -> Result<Claims<'static>, Error> {
    let settings = settings(transaction)?;
    let subscriptions = transaction.subscriptions(&record.application)?;
    let apis: Vec<_> = subscriptions.into_iter().map(|held| (held.api, held.tier.identifier().clone())).collect();
    // The table's primary key keeps an API from coming twice.
    let apis = Subscriptions::new(apis).ok_or(StorageError::Corrupt { table: "subscriptions", column: "api_name" })?;
    let Restrictions { domains, ips, scopes } = record.restrictions.clone();
    let status =
        |place: StatusPlace| StatusReference { index: u64::from(place.index), uri: place.list.uri(&settings.issuer).into() };
    Ok(Claims {
        iss: settings.issuer.as_str().to_owned().into(),
        aud: vec![settings.audience.as_str().to_owned().into()],
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
        status: record.status.map(status),
    })
}
