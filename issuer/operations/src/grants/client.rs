//! The client of a user's grant, which may be a public client.

use std::sync::Arc;

use crate::client_memory::Client;
use crate::clients::authenticate_in_memory;
use crate::error::{ApplicationError, ConsumerKeyError};
use crate::{Act, Error};
use postern_model::{ApplicationState, ConsumerKey, GrantType};
use postern_secrets::PlainSecret;
use postern_storage::{CatalogueRevision, Transaction};

/// How a client identifies itself, and authenticates if it can.
#[derive(Debug, Clone)]
pub struct ClientProof {
    /// The client id.
    pub id: String,
    /// The secret; a public client has none.
    pub secret: Option<PlainSecret>,
}

/// Authenticates the client as far as its kind allows.
pub(crate) fn recognise(act: &Act<'_>, transaction: &Transaction<'_>, client: &ClientProof) -> Result<Arc<Client>, Error> {
    recognise_at(act, transaction, transaction.catalogue_revision()?, client)
}

/// The same at a revision that the transaction has read.
pub(super) fn recognise_at(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    revision: CatalogueRevision,
    client: &ClientProof,
) -> Result<Arc<Client>, Error> {
    authenticate_in_memory(act, transaction, revision, (&client.id, client.secret.as_ref()))
}

/// Like [`recognise_at`], and checks that the key set allows the grant type, before anything of the grant itself is checked (RFC 6749 section
/// 5.2).
pub(super) fn recognise_for(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    revision: CatalogueRevision,
    client: &ClientProof,
    grant_type: GrantType,
) -> Result<Arc<Client>, Error> {
    allowed(recognise_at(act, transaction, revision, client)?, grant_type)
}

fn allowed(client: Arc<Client>, grant_type: GrantType) -> Result<Arc<Client>, Error> {
    if client.key_set.grant_types.contains(&grant_type) { Ok(client) } else { Err(ConsumerKeyError::GrantTypeNotAllowed.into()) }
}

/// Authenticates a client, and checks that it may use the grant type, without a grant: for a request that lacks a parameter.
pub fn check_grant_type(act: &Act<'_>, client: &ClientProof, grant_type: GrantType) -> Result<(), Error> {
    act.storage()
        .read(|transaction| recognise_for(act, transaction, transaction.catalogue_revision()?, client, grant_type).map(drop))
}

/// Like [`recognise_for`], for a client that gets tokens: locks its application until the end of the transaction, before the client is read,
/// and checks that the application is not blocked. Also returns the revision at which the client was read.
pub(super) fn recognise_to_mint(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    client: &ClientProof,
    grant_type: GrantType,
) -> Result<(Arc<Client>, CatalogueRevision), Error> {
    let id: ConsumerKey = client.id.parse().map_err(|_| ConsumerKeyError::InvalidClient)?;
    transaction.lock_applications_of_clients(&[Some(id.as_str())])?;
    let revision = transaction.catalogue_revision()?;
    Ok((may_mint(recognise_at(act, transaction, revision, client)?, grant_type)?, revision))
}

/// Checks that the key set of a client allows the grant type, and that its application is not blocked.
pub(super) fn may_mint(client: Arc<Client>, grant_type: GrantType) -> Result<Arc<Client>, Error> {
    let client = allowed(client, grant_type)?;
    if client.application.state == ApplicationState::Blocked {
        return Err(ApplicationError::Blocked(client.application.id.clone()).into());
    }
    Ok(client)
}
