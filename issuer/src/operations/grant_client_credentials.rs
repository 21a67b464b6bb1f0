//! The client credentials grant (RFC 6749 section 4.4).

use postern_token::{Scopes, UnixSeconds};

use super::Error;
use super::authenticate_client::{ClientCredentials, authenticate};
use super::mint::{MintedToken, Order, mint};
use crate::catalogue::{KeySet, Obtained};
use crate::entropy::Entropy;
use crate::secrets::MasterKey;
use crate::storage::Storage;

/// Mints a token for the client itself, with all of its scopes or with the ones it asks for. It takes the write lock before
/// it looks at the secret: whoever serves strangers asks `authenticate_client` first.
pub fn grant_client_credentials(
    storage: &Storage,
    client: &ClientCredentials,
    scope: Option<&str>,
    master_key: &MasterKey,
    now: UnixSeconds,
    entropy: &dyn Entropy,
) -> Result<MintedToken, Error> {
    storage.write(|transaction| {
        authenticate(transaction, client)?;
        let key_set = transaction.key_set_of_client(&client.id)?.ok_or(Error::InvalidClient)?;
        let scopes = choose_scopes(&key_set, scope)?;
        let order = Order { key_set: &key_set, scopes, obtained: Obtained::ClientCredentials };
        mint(transaction, order, master_key, now, entropy)
    })
}

fn choose_scopes(key_set: &KeySet, scope: Option<&str>) -> Result<Option<Scopes<'static>>, Error> {
    let allowed = key_set.restrictions.scopes.as_ref();
    let Some(text) = scope else { return Ok(allowed.cloned()) };
    let asked = Scopes::parse(text.to_owned()).map_err(|_| Error::ScopeNotAllowed)?;
    let within = allowed.is_some_and(|allowed| asked.iter().all(|scope| allowed.contains(scope)));
    if within { Ok(Some(asked)) } else { Err(Error::ScopeNotAllowed) }
}
