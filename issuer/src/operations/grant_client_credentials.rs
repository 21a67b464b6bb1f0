//! The client credentials grant (RFC 6749 section 4.4).

use postern_token::{Scopes, UnixSeconds};

use super::Error;
use super::mint::{MintedToken, Order, mint};
use crate::catalogue::{KeySet, Obtained};
use crate::entropy::Entropy;
use crate::secrets::{HashedSecret, MasterKey, PlainSecret};
use crate::storage::{Storage, Transaction};

/// What a client presents.
#[derive(Debug)]
pub struct ClientCredentials {
    /// Who it says it is.
    pub id: String,
    /// What is to prove it.
    pub secret: PlainSecret,
}

/// Mints a token for the client itself, with all of its scopes or with the ones it asks for.
pub fn grant_client_credentials(
    storage: &Storage,
    client: &ClientCredentials,
    scope: Option<&str>,
    master_key: &MasterKey,
    now: UnixSeconds,
    entropy: &dyn Entropy,
) -> Result<MintedToken, Error> {
    // First without the write lock, so that those who guess cannot hold up those who may.
    storage.read(|transaction| authenticate(transaction, client).map(drop))?;
    storage.write(|transaction| {
        let key_set = authenticate(transaction, client)?;
        let scopes = choose_scopes(&key_set, scope)?;
        let order = Order { key_set: &key_set, scopes, obtained: Obtained::ClientCredentials };
        mint(transaction, order, master_key, now, entropy)
    })
}

/// The client's key set. An unknown client costs one lookup and one comparison, like one whose secret is wrong.
fn authenticate(transaction: &Transaction<'_>, client: &ClientCredentials) -> Result<KeySet, Error> {
    let key_set = transaction.key_set_of_client(&client.id)?;
    let hash = key_set.as_ref().map_or(&HashedSecret::NOBODYS, |key_set| &key_set.secret);
    let matches = hash.matches(&client.secret);
    key_set.filter(|_| matches).ok_or(Error::InvalidClient)
}

fn choose_scopes(key_set: &KeySet, scope: Option<&str>) -> Result<Option<Scopes<'static>>, Error> {
    let allowed = key_set.restrictions.scopes.as_ref();
    let Some(text) = scope else { return Ok(allowed.cloned()) };
    let asked = Scopes::parse(text.to_owned()).map_err(|_| Error::ScopeNotAllowed)?;
    let within = allowed.is_some_and(|allowed| asked.iter().all(|scope| allowed.contains(scope)));
    if within { Ok(Some(asked)) } else { Err(Error::ScopeNotAllowed) }
}
