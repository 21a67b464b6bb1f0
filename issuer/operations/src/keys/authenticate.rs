//! Finding out whether a client is who it says it is.

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

/// Makes sure that the client is known and its secret is right, and gives its keys.
pub(crate) fn authenticate(act: &Act<'_>, transaction: &Transaction<'_>, client: &ClientCredentials) -> Result<KeySet, Error> {
    check_secret(act, transaction, client)?;
    transaction.key_set_of_client(&client.id)?.ok_or(Error::ConsumerKey(ConsumerKeyError::InvalidClient))
}

/// The same, and says whether its application may have tokens.
pub(crate) fn authenticate_with_state(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    client: &ClientCredentials,
) -> Result<(KeySet, ApplicationState), Error> {
    check_secret(act, transaction, client)?;
    transaction.client(&client.id)?.ok_or(Error::ConsumerKey(ConsumerKeyError::InvalidClient))
}

/// An unknown client costs one lookup and as many comparisons as one may have secrets, like one whose secret is wrong.
fn check_secret(act: &Act<'_>, transaction: &Transaction<'_>, client: &ClientCredentials) -> Result<(), Error> {
    let mut secrets = transaction.consumer_secrets(&client.id)?;
    secrets.retain(|secret| secret.is_live(act.now));
    let nobodys = HashedSecret::DUMMY;
    let hashes = [secrets.first(), secrets.get(1)].map(|secret| secret.map(|secret| &secret.hash));
    // Both are looked at, whichever it is.
    let [first, second] = hashes.map(|hash| hash.unwrap_or(&nobodys).matches(&client.secret) && hash.is_some());
    if first | second { Ok(()) } else { Err(Error::ConsumerKey(ConsumerKeyError::InvalidClient)) }
}
