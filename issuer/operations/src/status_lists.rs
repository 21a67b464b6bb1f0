//! Status lists: created before they are needed, listed and signed for the edges, and pruned.

use postern_token::bundle::StatusListDocument;
use postern_token::{Identifier, KeyType, Kid, SigningKey, StatusList, StatusListTimes, UnixSeconds, status_list_version};

use crate::error::SettingsError;
use crate::status_indexes::create_list_if_needed;
use crate::{Act, Error, settings};
use postern_model::{Issuer, StatusListId, StatusListSummary, StatusListVersion};
use postern_storage::{StorageError, Transaction};

/// A list holds tokens of both environments. For edges that serve only the sandbox, the sandbox's key signs the list; for all others,
/// production's key does. An edge must have the key.
fn signer(environment: Option<KeyType>) -> KeyType {
    environment.unwrap_or(KeyType::Production)
}

/// The seconds after its expiry in which a token may still be accepted, because clocks differ.
pub(crate) const EXPIRY_GRACE: u64 = 3600;

/// The `ttl` claim, in seconds, for relying parties other than our edges. Our edges ask for a version, and learn of a new version from the
/// bundle; `max_staleness_seconds` limits how long they continue without an answer from the issuer.
const TIME_TO_LIVE: u64 = 60;

/// Creates a status list, if one is needed.
pub fn create_status_list_if_needed(act: &Act<'_>) -> Result<(), Error> {
    act.storage().write(|transaction| create_list_if_needed(transaction, act.now))
}

/// Deletes the lists whose tokens have all expired, and returns their number.
pub fn prune_status_lists(act: &Act<'_>) -> Result<usize, Error> {
    let before = UnixSeconds(act.now.0.saturating_sub(EXPIRY_GRACE));
    act.storage().write(|transaction| Ok(transaction.delete_status_lists(before)?))
}

/// The lists as a bundle names them, for edges that fetch each one.
pub(crate) fn named(transaction: &Transaction<'_>, environment: Option<KeyType>) -> Result<Vec<StatusListDocument>, Error> {
    let issuer = settings::current(transaction)?.issuer;
    let kid = transaction.current_kid(signer(environment))?.ok_or(SettingsError::NotInitialised)?;
    Ok(transaction.status_lists()?.iter().map(|list| document(list, &issuer, &kid, None)).collect())
}

/// The lists with their tokens embedded, for edges that fetch nothing.
pub(crate) fn embedded(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    environment: Option<KeyType>,
) -> Result<Vec<StatusListDocument>, Error> {
    let issuer = settings::current(transaction)?.issuer;
    let key = act.keyring().current(transaction, signer(environment))?;
    // The operator who installs an inline bundle decides how old it may become.
    let embed = |list: StatusListSummary| {
        let token = sign(transaction, &list, &issuer, &key, None)?;
        Ok(document(&list, &issuer, key.kid(), Some(token)))
    };
    transaction.status_lists()?.into_iter().map(embed).collect()
}

fn document(list: &StatusListSummary, issuer: &Issuer, kid: &Kid<'_>, token: Option<String>) -> StatusListDocument {
    let version = StatusListEdition::of(list, kid).name();
    StatusListDocument { uri: list.id.uri(issuer), version, list: token }
}

/// The inputs of a Status List Token: the token changes only when one of these does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusListEdition {
    /// Its content.
    version: StatusListVersion,
    /// When the content last changed.
    changed_at: UnixSeconds,
    /// The signing key.
    kid: Kid<'static>,
    /// The environment of the signing key.
    signer: KeyType,
    /// The seconds for which it may be kept.
    ttl: Option<u64>,
}

impl StatusListEdition {
    fn of(list: &StatusListSummary, kid: &Kid<'_>) -> Self {
        let (signer, ttl) = (KeyType::Production, None);
        Self { version: list.version.clone(), changed_at: list.changed_at, kid: kid.clone().into_owned(), signer, ttl }
    }

    /// The edition with the version that an edge asks for. It never changes, so it has no `ttl`. A request without a version, or with an
    /// outdated one, gets the edition that production's key signs.
    fn asked_for(transaction: &Transaction<'_>, list: &StatusListSummary, version: Option<&str>) -> Result<Self, Error> {
        for signer in [KeyType::Production, KeyType::Sandbox] {
            let kid = transaction.current_kid(signer)?.ok_or(SettingsError::NotInitialised)?;
            let edition = Self { signer, ..Self::of(list, &kid) };
            if version == Some(&edition.name()) {
                return Ok(edition);
            }
        }
        let kid = transaction.current_kid(KeyType::Production)?.ok_or(SettingsError::NotInitialised)?;
        Ok(Self { ttl: Some(TIME_TO_LIVE), ..Self::of(list, &kid) })
    }

    /// The version in bundles and the entity tag; edges compute it from the signed list. It also changes when only the signing key changes: a client with an edition that a
    /// retired key signed must not be told that the list is unchanged.
    pub fn name(&self) -> String {
        status_list_version(self.version.as_str(), self.changed_at, &self.kid)
    }
}

/// A list that edges can read.
#[derive(Debug, Clone)]
pub struct SignedStatusList {
    /// Its inputs.
    pub edition: StatusListEdition,
    /// The Status List Token.
    pub token: String,
}

/// The current edition of a list, for a request with that version; `None` when there is no such list.
pub fn status_list_edition(act: &Act<'_>, id: StatusListId, version: Option<&str>) -> Result<Option<StatusListEdition>, Error> {
    act.storage().read(|transaction| {
        let Some(list) = transaction.status_list(id)? else { return Ok(None) };
        Ok(Some(StatusListEdition::asked_for(transaction, &list, version)?))
    })
}

/// The signed list, for a request with that version; `None` when there is no such list.
pub fn sign_status_list(act: &Act<'_>, id: StatusListId, version: Option<&str>) -> Result<Option<SignedStatusList>, Error> {
    act.storage().read(|transaction| {
        let Some(list) = transaction.status_list(id)? else { return Ok(None) };
        let edition = StatusListEdition::asked_for(transaction, &list, version)?;
        let key = act.keyring().current(transaction, edition.signer)?;
        let token = sign(transaction, &list, &settings::current(transaction)?.issuer, &key, edition.ttl)?;
        Ok(Some(SignedStatusList { edition, token }))
    })
}

/// The Status List Token. Its `iat` is the time of the list's last change, so that an unchanged list gives the same token. It never
/// expires: an edge judges staleness by its last contact with the issuer.
fn sign(
    transaction: &Transaction<'_>,
    list: &StatusListSummary,
    issuer: &Issuer,
    key: &SigningKey,
    ttl: Option<u64>,
) -> Result<String, Error> {
    let corrupt = |column| StorageError::Corrupt { table: "status_lists", column };
    let bits = transaction.status_bits(list.id)?.ok_or_else(|| corrupt("id"))?;
    let uri = Identifier::parse(list.id.uri(issuer)).map_err(|_| corrupt("id"))?;
    let times = StatusListTimes { iat: list.changed_at, exp: None, ttl };
    Ok(StatusList::of_bits(bits.as_bytes()).sign(&uri, times, key)?)
}
