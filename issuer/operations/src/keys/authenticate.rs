//! Authentication of clients.

use crate::error::ConsumerKeyError;
use crate::{Act, Error};
use postern_model::{ApplicationState, KeySet};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::Transaction;

/// What a client presents.
#[derive(Debug)]
pub struct ClientCredentials {
    /// The client id.
    pub id: String,
    /// The secret.
    pub secret: PlainSecret,
}

/// Makes sure that the client is known and its secret is right, and returns its key set.
pub(crate) fn authenticate(act: &Act<'_>, transaction: &Transaction<'_>, client: &ClientCredentials) -> Result<KeySet, Error> {
    check_secret(act, transaction, client)?;
    transaction.key_set_of_client(&client.id)?.ok_or(Error::ConsumerKey(ConsumerKeyError::InvalidClient))
}

/// The same, and also returns whether its application may have tokens.
pub(crate) fn authenticate_with_state(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    client: &ClientCredentials,
) -> Result<(KeySet, ApplicationState), Error> {
    check_secret(act, transaction, client)?;
    transaction.client(&client.id)?.ok_or(Error::ConsumerKey(ConsumerKeyError::InvalidClient))
}

/// An unknown client costs as much as a wrong secret: one lookup, and as many comparisons as a client may have secrets.
fn check_secret(act: &Act<'_>, transaction: &Transaction<'_>, client: &ClientCredentials) -> Result<(), Error> {
    let mut secrets = transaction.consumer_secrets(&client.id)?;
    secrets.retain(|secret| secret.is_live(act.now));
    let nobodys = HashedSecret::DUMMY;
    let hashes = [secrets.first(), secrets.get(1)].map(|secret| secret.map(|secret| &secret.hash));
    // Both secrets are compared, whichever matches.
    let [first, second] = hashes.map(|hash| hash.unwrap_or(&nobodys).matches(&client.secret) && hash.is_some());
    if first | second { Ok(()) } else { Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient)) }
}
