//! The client of a user's grant, which may be a public client.

use crate::error::{ApplicationError, ConsumerKeyError};
use crate::keys::{ClientCredentials, authenticate};
use crate::{Act, Error};
use postern_model::{Application, ApplicationState, GrantType, KeySet};
use postern_secrets::PlainSecret;
use postern_storage::Transaction;

/// How a client identifies itself, and authenticates if it can.
#[derive(Debug, Clone)]
pub struct ClientProof {
    /// The client id.
    pub id: String,
    /// The secret; a public client has none.
    pub secret: Option<PlainSecret>,
}

/// Authenticates the client as far as its kind allows, and returns its key set.
pub(crate) fn recognise(act: &Act<'_>, transaction: &Transaction<'_>, client: &ClientProof) -> Result<KeySet, Error> {
    if let Some(secret) = &client.secret {
        let credentials = ClientCredentials { id: client.id.clone(), secret: secret.clone() };
        return authenticate(act, transaction, &credentials);
    }
    let key_set = transaction.key_set_of_client(&client.id)?;
    key_set.filter(|key_set| key_set.for_users.public).ok_or(Error::ConsumerKey(ConsumerKeyError::InvalidClient))
}

/// Like [`recognise`], and checks that the key set allows the grant type, before anything of the grant itself is checked (RFC 6749 section
/// 5.2).
pub(super) fn recognise_for(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    client: &ClientProof,
    grant_type: GrantType,
) -> Result<KeySet, Error> {
    let key_set = recognise(act, transaction, client)?;
    if key_set.grant_types.contains(&grant_type) { Ok(key_set) } else { Err(ConsumerKeyError::GrantTypeNotAllowed.into()) }
}

/// Authenticates a client, and checks that it may use the grant type, without a grant: for a request that lacks a parameter.
pub fn check_grant_type(act: &Act<'_>, client: &ClientProof, grant_type: GrantType) -> Result<(), Error> {
    act.storage().read(|transaction| recognise_for(act, transaction, client, grant_type).map(drop))
}

/// Like [`recognise_for`], for a client that gets tokens: locks its application until the end of the transaction, and checks that the
/// application is not blocked.
pub(super) fn recognise_to_mint(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    client: &ClientProof,
    grant_type: GrantType,
) -> Result<(KeySet, Application), Error> {
    let key_set = transaction.key_set_of_client(&client.id)?.ok_or(ConsumerKeyError::InvalidClient)?;
    transaction.lock_application(&key_set.application)?;
    let key_set = recognise_for(act, transaction, client, grant_type)?;
    let application = transaction.application(&key_set.application)?.ok_or(ConsumerKeyError::InvalidClient)?;
    if application.state == ApplicationState::Blocked {
        return Err(ApplicationError::Blocked(application.id).into());
    }
    Ok((key_set, application))
}
