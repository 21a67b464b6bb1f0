//! Token introspection (RFC 7662).

use crate::catalogue::{TokenRecord, TokenState};
use crate::operations::keys::{ClientCredentials, authenticate};
use crate::operations::{Act, Error, settings};
use crate::secrets::PlainSecret;

/// What is said of a live token.
#[derive(Debug, Clone)]
pub struct Introspection {
    /// What is kept of it.
    pub record: TokenRecord,
    /// Its issuer.
    pub issuer: String,
    /// For whom it was minted.
    pub audience: String,
}

/// What a token is, when it is this issuer's, lives, and `client` may know of it: it is the client's own, or another one's of the same
/// application. `None` otherwise, whatever the reason.
pub fn introspect(act: &Act<'_>, client: &ClientCredentials, token: &PlainSecret) -> Result<Option<Introspection>, Error> {
    act.storage().read(|transaction| {
        let key_set = authenticate(act, transaction, client)?;
        let Some(id) = act.keyring().recognise(transaction, token)? else { return Ok(None) };
        let record = transaction.token(&id)?;
        let Some(record) = record.filter(|record| {
            record.state == TokenState::Active
                && record.application == key_set.application
                && record.expires_at.is_none_or(|expires_at| expires_at > act.now)
        }) else {
            return Ok(None);
        };
        let settings = settings::current(transaction)?;
        let (issuer, audience) = (settings.issuer.as_str().to_owned(), settings.audience.as_str().to_owned());
        Ok(Some(Introspection { record, issuer, audience }))
    })
}
