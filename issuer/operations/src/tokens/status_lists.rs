//! The status lists: begun before they are needed, named and signed for the edges, and forgotten when they are over.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postern_token::bundle::StatusListDocument;
use postern_token::{Identifier, KeyType, Kid, SigningKey, StatusList, StatusListTimes, UnixSeconds};
use sha2::{Digest as _, Sha256};

use crate::error::SettingsError;
use crate::{Act, Error, settings};
use postern_model::{Issuer, StatusBits, StatusListId, StatusListSummary, StatusListVersion};
use postern_storage::{StorageError, Transaction};

/// Lists hold tokens of both types of keys; one signs for all.
const SIGNER: KeyType = KeyType::Production;

/// How long after its expiry a token may still be taken for a live one, in seconds: clocks differ, and edges allow for it.
pub(crate) const AFTERLIFE: u64 = 3600;

/// For how many seconds whoever is not an edge of ours may keep a list.
const TIME_TO_LIVE: u64 = 60;

/// Begins a new list while the one in use is still half empty: an edge refuses tokens of a list that it has not heard of, so it
/// must hear of each before there are tokens in it.
pub(crate) fn begin_where_needed(transaction: &Transaction<'_>, now: UnixSeconds) -> Result<(), Error> {
    transaction.lock_status_lists()?;
    if transaction.free_status_places()? < u64::from(StatusBits::CAPACITY / 2) {
        transaction.insert_status_list(now)?;
    }
    Ok(())
}

/// Begins a list where one is needed.
pub fn begin_status_list(act: &Act<'_>) -> Result<(), Error> {
    act.storage().write(|transaction| begin_where_needed(transaction, act.now))
}

/// Forgets the lists all of whose tokens are over, and says how many these were.
pub fn prune_status_lists(act: &Act<'_>) -> Result<usize, Error> {
    let before = UnixSeconds(act.now.0.saturating_sub(AFTERLIFE));
    act.storage().write(|transaction| Ok(transaction.delete_status_lists(before)?))
}

/// The lists as a bundle names them, for edges that fetch them.
pub(crate) fn named(transaction: &Transaction<'_>) -> Result<Vec<StatusListDocument>, Error> {
    let issuer = settings::current(transaction)?.issuer;
    let kid = transaction.current_kid(SIGNER)?.ok_or(SettingsError::NotInitialised)?;
    Ok(transaction.status_lists()?.iter().map(|list| document(list, &issuer, &kid, None)).collect())
}

/// The lists with what they hold, for edges that fetch nothing.
pub(crate) fn embedded(act: &Act<'_>, transaction: &Transaction<'_>) -> Result<Vec<StatusListDocument>, Error> {
    let issuer = settings::current(transaction)?.issuer;
    let key = act.keyring().current(transaction, SIGNER)?;
    let embed = |list: StatusListSummary| Ok(document(&list, &issuer, key.kid(), Some(sign(transaction, &list, &issuer, &key)?)));
    transaction.status_lists()?.into_iter().map(embed).collect()
}

fn document(list: &StatusListSummary, issuer: &Issuer, kid: &Kid<'_>, token: Option<String>) -> StatusListDocument {
    let version = StatusListEdition::of(list, kid).name();
    StatusListDocument { uri: list.id.uri(issuer), version, list: token }
}

/// What a list's token is made of: as long as none of it changes, the token does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusListEdition {
    /// Its content.
    version: StatusListVersion,
    /// Since when it has that.
    changed_at: UnixSeconds,
    /// The key that signs it.
    kid: Kid<'static>,
}

impl StatusListEdition {
    fn of(list: &StatusListSummary, kid: &Kid<'_>) -> Self {
        Self { version: list.version.clone(), changed_at: list.changed_at, kid: kid.clone().into_owned() }
    }

    /// What the token is called by bundles and by its entity tag: another token of the list is called otherwise, also one that only another key has
    /// signed. Whoever comes with one that a retired key signed must not hear that it is still the same.
    pub fn name(&self) -> String {
        let made_of = format!("{} {} {}", self.version.as_str(), self.changed_at.0, self.kid.as_str());
        let digest = Sha256::digest(made_of);
        URL_SAFE_NO_PAD.encode(digest.first_chunk::<16>().unwrap_or(&[0; 16]))
    }
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
pub fn status_list_edition(act: &Act<'_>, id: StatusListId) -> Result<Option<StatusListEdition>, Error> {
    act.storage().read(|transaction| {
        let Some(list) = transaction.status_list(id)? else { return Ok(None) };
        let kid = transaction.current_kid(SIGNER)?.ok_or(SettingsError::NotInitialised)?;
        Ok(Some(StatusListEdition::of(&list, &kid)))
    })
}

/// A list, signed; `None` when there is no such list.
pub fn sign_status_list(act: &Act<'_>, id: StatusListId) -> Result<Option<SignedStatusList>, Error> {
    act.storage().read(|transaction| {
        let Some(list) = transaction.status_list(id)? else { return Ok(None) };
        let key = act.keyring().current(transaction, SIGNER)?;
        let token = sign(transaction, &list, &settings::current(transaction)?.issuer, &key)?;
        Ok(Some(SignedStatusList { edition: StatusListEdition::of(&list, key.kid()), token }))
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
