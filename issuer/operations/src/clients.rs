//! Authenticates clients, which are in memory (`client_memory.rs`) as they were at a revision of the catalogue.
//!
//! A transaction reads the revision first. What is in memory counts only at that revision, so no answer relies on something that another
//! process has changed.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use postern_token::{Kid, Subscriptions};

use crate::client_memory::{Client, is_secret_of};
use crate::client_scopes::ClientScopes;
use crate::error::{ConsumerKeyError, SettingsError};
use crate::scopes::permitted;
use crate::{Act, Error};
use postern_model::{KeySet, SubscriptionState};
use postern_secrets::PlainSecret;
use postern_storage::{CatalogueRevision, StorageError, Transaction};

/// The client with this id and secret; without a secret, the client must be a public one.
pub(crate) fn authenticate_in_memory(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    revision: CatalogueRevision,
    (id, secret): (&str, Option<&PlainSecret>),
) -> Result<Arc<Client>, Error> {
    let client = find(act, transaction, revision, id)?;
    let is_authentic = match (&client, secret) {
        (Some(client), secret) => client.is_authentic(secret, act.now),
        // An unknown client costs as much as a wrong secret.
        (None, Some(secret)) => is_secret_of(&[], secret, act.now),
        (None, None) => false,
    };
    client.filter(|_| is_authentic).ok_or(Error::ConsumerKey(ConsumerKeyError::InvalidClient))
}

/// The client with the id, which comes from an unauthenticated request.
fn find(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    revision: CatalogueRevision,
    id: &str,
) -> Result<Option<Arc<Client>>, Error> {
    let memory = &act.instance.client_memory;
    if let Some(client) = memory.client(revision, id) {
        return Ok(Some(client));
    }
    let Some(client) = read(transaction, id)?.map(Arc::new) else { return Ok(None) };
    if transaction.is_snapshot() {
        memory.keep_client(revision, id, &client);
    }
    Ok(Some(client))
}

/// Whether a signing key is not retired.
pub(crate) fn is_signing_key_in_use(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    revision: CatalogueRevision,
    kid: &Kid<'static>,
) -> Result<bool, Error> {
    let memory = &act.instance.client_memory;
    if memory.has_signing_key(revision, kid) {
        return Ok(true);
    }
    let in_use = transaction.signing_key(kid)?.is_some();
    if in_use && transaction.is_snapshot() {
        memory.keep_signing_key(revision, kid);
    }
    Ok(in_use)
}

fn read(transaction: &Transaction<'_>, id: &str) -> Result<Option<Client>, Error> {
    let Some(key_set) = transaction.key_set_of_client(id)? else { return Ok(None) };
    // The foreign key of the key set makes sure that there is one.
    let application = transaction.application(&key_set.application)?.ok_or(ConsumerKeyError::InvalidClient)?;
    let (settings, signer) = transaction.settings_and_signer(key_set.key_type)?.ok_or(SettingsError::NotInitialised)?;
    let (scopes, apis) = (scopes_of(transaction, &key_set)?, active_subscriptions(transaction, &key_set)?);
    let secrets = transaction.consumer_secrets(id)?;
    let got_new_token = AtomicBool::new(false);
    Ok(Some(Client { key_set, application, scopes, apis, settings, signer, secrets, got_new_token }))
}

/// The scopes that a client may have, and its users.
pub(crate) fn scopes_of(transaction: &Transaction<'_>, key_set: &KeySet) -> Result<ClientScopes, Error> {
    Ok(ClientScopes::new(permitted(transaction, key_set)?, transaction.scope_roles()?))
}

/// The active subscriptions.
pub(crate) fn active_subscriptions(transaction: &Transaction<'_>, key_set: &KeySet) -> Result<Subscriptions<'static>, Error> {
    let subscriptions = transaction.subscriptions(&key_set.application)?;
    let active = subscriptions.into_iter().filter(|subscription| subscription.state == SubscriptionState::Active);
    let apis = active.map(|held| (held.api, held.tier.identifier().clone()));
    // The table's primary key ensures that an API occurs only once.
    Ok(Subscriptions::new(apis).ok_or(StorageError::Corrupt { table: "subscriptions", column: "api_name" })?)
}
