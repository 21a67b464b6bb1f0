//! Finding the record of a presented token.

use crate::grants::{RefreshTokenDetails, find_refresh_token};
use crate::keyring::Recognised;
use crate::{Act, Error};
use postern_model::{ConsumerKey, TokenRecord, TokenState, UserId, UserToken};
use postern_secrets::PlainSecret;
use postern_storage::Transaction;

/// The record of a presented token.
pub(super) enum Found {
    /// An application token.
    Application(Box<TokenRecord>),
    /// A user token.
    User(UserId, Box<UserToken>),
    /// A valid refresh token.
    Refresh(Box<RefreshTokenDetails>),
}

impl Found {
    pub(super) const fn consumer_key(&self) -> &ConsumerKey {
        match self {
            Self::Application(record) => &record.consumer_key,
            Self::User(_, token) => &token.record.consumer_key,
            Self::Refresh(details) => &details.grant.consumer_key,
        }
    }

    /// Whether it is active; the expiry is not checked.
    pub(super) fn is_live(&self) -> bool {
        match self {
            Self::Application(record) => record.state == TokenState::Active,
            Self::User(_, token) => token.record.state == TokenState::Active,
            Self::Refresh(_) => true,
        }
    }
}

/// The record of a token of this issuer whose signature is valid, or of a refresh token.
pub(super) fn find(act: &Act<'_>, transaction: &Transaction<'_>, token: &PlainSecret) -> Result<Option<Found>, Error> {
    if let Some(details) = find_refresh_token(act, transaction, token)? {
        return Ok(Some(Found::Refresh(Box::new(details))));
    }
    match act.keyring().recognise(transaction, token)? {
        Some(recognised) => find_recognised(act, transaction, recognised),
        None => Ok(None),
    }
}

/// The record of an access token whose signature is valid.
pub(super) fn find_recognised(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    recognised: Recognised,
) -> Result<Option<Found>, Error> {
    let Some(user) = recognised.user else { return Ok(transaction.token(&recognised.id)?.map(Box::new).map(Found::Application)) };
    let Ok(store) = act.stores().find(&user.store) else { return Ok(None) };
    let found = store.read(transaction, |tables| Ok(tables.user_token(&recognised.id)?))?;
    Ok(found.map(|token| Found::User(user, Box::new(token))))
}
