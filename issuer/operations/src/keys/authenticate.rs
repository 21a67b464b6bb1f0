//! Authentication of clients.

use crate::client_memory::is_secret_of;
use crate::error::ConsumerKeyError;
use crate::{Act, Error};
use postern_model::KeySet;
use postern_secrets::PlainSecret;
use postern_storage::Transaction;

/// What a client presents.
#[derive(Debug)]
pub struct ClientCredentials {
    /// The client id.
    pub id: String,
    /// The secret.
    pub secret: PlainSecret,
}

/// Makes sure that the client is known and its secret is right, and returns its key set. An unknown client costs as much as a wrong secret:
/// one lookup, and the comparisons.
pub(crate) fn authenticate(act: &Act<'_>, transaction: &Transaction<'_>, client: &ClientCredentials) -> Result<KeySet, Error> {
    let secrets = transaction.consumer_secrets(&client.id)?;
    let known = if is_secret_of(&secrets, &client.secret, act.now) { transaction.key_set_of_client(&client.id)? } else { None };
    known.ok_or(Error::ConsumerKey(ConsumerKeyError::InvalidClient))
}
