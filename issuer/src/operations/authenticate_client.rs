//! Finding out whether a client is who it says it is.

use super::Error;
use crate::secrets::{HashedSecret, PlainSecret};
use crate::storage::{Storage, Transaction};

/// What a client presents.
#[derive(Debug)]
pub struct ClientCredentials {
    /// Who it says it is.
    pub id: String,
    /// What is to prove it.
    pub secret: PlainSecret,
}

/// Makes sure that the client is known and its secret is right, without the write lock: those who guess cannot hold up
/// those who may.
pub fn authenticate_client(storage: &Storage, client: &ClientCredentials) -> Result<(), Error> {
    storage.read(|transaction| authenticate(transaction, client))
}

/// An unknown client costs one lookup and one comparison, like one whose secret is wrong: of the key set nothing but the
/// hash is read.
pub(super) fn authenticate(transaction: &Transaction<'_>, client: &ClientCredentials) -> Result<(), Error> {
    let hash = transaction.secret_of_client(&client.id)?;
    let matches = hash.as_ref().unwrap_or(&HashedSecret::NOBODYS).matches(&client.secret);
    if hash.is_some() && matches { Ok(()) } else { Err(Error::InvalidClient) }
}
