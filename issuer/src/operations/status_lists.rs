//! The status lists: begun before they are needed, named and signed for the edges, and forgotten when they are over.

use postern_token::bundle::StatusListDocument;
use postern_token::{Identifier, Kid, SigningKey, StatusList, StatusListTimes, UnixSeconds};

use super::{Error, settings, signing_keys};
use crate::catalogue::{Issuer, StatusBits, StatusListId, StatusListSummary, StatusListVersion, StatusPlace};
use crate::secrets::MasterKey;
use crate::storage::{Storage, StorageError, Transaction};

/// How long after its expiry a token may still be taken for a live one, in seconds: clocks differ, and edges allow for it.
pub(super) const AFTERLIFE: u64 = 3600;

/// For how many seconds whoever is not an edge of ours may keep a list.
const TIME_TO_LIVE: u64 = 60;

/// Takes a place for a token that runs out at `expires_at`.
pub(super) fn take_place(
    transaction: &Transaction<'_>,
    expires_at: Option<UnixSeconds>,
    now: UnixSeconds,
) -> Result<StatusPlace, Error> {
    begin_where_needed(transaction, now)?;
    let place = transaction.take_status_place(expires_at)?;
    Ok(place.ok_or(StorageError::Corrupt { table: "status_lists", column: "next_index" })?)
}

/// Begins a new list while the one in use is still half empty: an edge refuses tokens of a list that it has not heard of, so it
/// must hear of each before there are tokens in it.
pub(super) fn begin_where_needed(transaction: &Transaction<'_>, now: UnixSeconds) -> Result<(), Error> {
    if transaction.free_status_places()? < u64::from(StatusBits::CAPACITY / 2) {
        transaction.insert_status_list(now)?;
    }
    Ok(())
}

/// Begins a list where one is needed, and forgets those all of whose tokens are over. Says how many were forgotten.
pub fn keep_status_lists(storage: &Storage, now: UnixSeconds) -> Result<usize, Error> {
    storage.write(|transaction| {
        begin_where_needed(transaction, now)?;
        Ok(transaction.delete_status_lists(UnixSeconds(now.0.saturating_sub(AFTERLIFE)))?)
    })
}

/// The lists as a bundle names them, for edges that fetch them.
pub(super) fn named(transaction: &Transaction<'_>) -> Result<Vec<StatusListDocument>, Error> {
    let issuer = settings(transaction)?.issuer;
    Ok(transaction.status_lists()?.iter().map(|list| document(list, &issuer, None)).collect())
}

/// The lists with what they hold, for edges that fetch nothing.
pub(super) fn embedded(transaction: &Transaction<'_>, master_key: &MasterKey) -> Result<Vec<StatusListDocument>, Error> {
    let issuer = settings(transaction)?.issuer;
    let key = signing_keys::current(transaction, master_key)?;
    let embed = |list: StatusListSummary| Ok(document(&list, &issuer, Some(sign(transaction, &list, &issuer, &key)?)));
    transaction.status_lists()?.into_iter().map(embed).collect()
}

fn document(list: &StatusListSummary, issuer: &Issuer, token: Option<String>) -> StatusListDocument {
    StatusListDocument { uri: list.id.uri(issuer), version: list.version.as_str().to_owned(), list: token }
}

/// What a list's token is made of: as long as neither changes, the token does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusListEdition {
    /// Its content.
    pub version: StatusListVersion,
    /// The key that signs it.
    pub kid: Kid<'static>,
}

/// A list that edges can read.
#[derive(Debug, Clone)]
pub struct SignedStatusList {
    /// What it was made of.
    pub edition: StatusListEdition,
    /// The Status List Token.
    pub token: String,
}

/// The edition of a list that counts now; `None` when there is no such list.
pub fn status_list_edition(storage: &Storage, id: StatusListId) -> Result<Option<StatusListEdition>, Error> {
    storage.read(|transaction| {
        let Some(list) = transaction.status_list(id)? else { return Ok(None) };
        let kid = transaction.current_signing_key()?.ok_or(Error::NotInitialised)?.kid;
        Ok(Some(StatusListEdition { version: list.version, kid }))
    })
}

/// A list, signed; `None` when there is no such list.
pub fn sign_status_list(storage: &Storage, id: StatusListId, master_key: &MasterKey) -> Result<Option<SignedStatusList>, Error> {
    storage.read(|transaction| {
        let Some(list) = transaction.status_list(id)? else { return Ok(None) };
        let key = signing_keys::current(transaction, master_key)?;
        let token = sign(transaction, &list, &settings(transaction)?.issuer, &key)?;
        Ok(Some(SignedStatusList { edition: StatusListEdition { version: list.version, kid: key.kid().clone() }, token }))
    })
}

/// The Status List Token. It was issued when the list became what it is, so that a list which does not change is the same token
/// every time. It never expires: an edge of ours judges by when it last heard from the issuer, not by the list's own time.
fn sign(transaction: &Transaction<'_>, list: &StatusListSummary, issuer: &Issuer, key: &SigningKey) -> Result<String, Error> {
    let corrupt = |column| StorageError::Corrupt { table: "status_lists", column };
    let bits = transaction.status_bits(list.id)?.ok_or_else(|| corrupt("id"))?;
    let uri = Identifier::parse(list.id.uri(issuer)).map_err(|_| corrupt("id"))?;
    let times = StatusListTimes { iat: list.changed_at, exp: None, ttl: Some(TIME_TO_LIVE) };
    Ok(StatusList::of_bits(bits.as_bytes()).sign(&uri, times, key)?)
}
