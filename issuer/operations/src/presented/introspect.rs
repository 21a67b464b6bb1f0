//! Token introspection (RFC 7662).

use super::find::{Found, find};
use crate::clients::authenticate_in_memory;
use crate::grants::RefreshTokenDetails;
use crate::keys::ClientCredentials;
use crate::{Act, Error};
use postern_model::{TokenRecord, UserId};
use postern_secrets::PlainSecret;

/// The introspection of a valid token.
#[derive(Debug, Clone)]
pub struct Introspection {
    /// The record of the token.
    pub token: IntrospectedToken,
    /// Its issuer.
    pub issuer: String,
    /// Its audience.
    pub audience: String,
}

/// A valid token.
#[derive(Debug, Clone)]
pub enum IntrospectedToken {
    /// An access token, and the user for whom it stands, if it is a user token.
    Access(Box<TokenRecord>, Option<UserId>),
    /// A refresh token.
    Refresh(Box<RefreshTokenDetails>),
}

/// The introspection of a token, if it is valid and `client` may see it: its own token, or an access token of another client of the same
/// application. `None` otherwise, for any reason.
pub fn introspect(act: &Act<'_>, client: &ClientCredentials, token: &PlainSecret) -> Result<Option<Introspection>, Error> {
    act.storage().read(|transaction| {
        let ClientCredentials { id, secret } = client;
        let client = authenticate_in_memory(act, transaction, transaction.catalogue_revision()?, (id, Some(secret)))?;
        let (key_set, settings) = (&client.key_set, &client.settings);
        let Some(found) = find(act, transaction, token)?.filter(Found::is_live) else { return Ok(None) };
        let known = |record: &TokenRecord| {
            record.application == key_set.application && record.expires_at.is_none_or(|expires_at| expires_at > act.now)
        };
        let token = match found {
            Found::Application(record) if known(&record) => IntrospectedToken::Access(record, None),
            Found::User(user, token) if known(&token.record) => IntrospectedToken::Access(Box::new(token.record), Some(user)),
            Found::Refresh(details) if details.grant.consumer_key == key_set.consumer_key => IntrospectedToken::Refresh(details),
            _ => return Ok(None),
        };
        let (issuer, audience) = (settings.issuer.as_str().to_owned(), settings.audience.as_str().to_owned());
        Ok(Some(Introspection { token, issuer, audience }))
    })
}
