//! The client credentials grant (RFC 6749 section 4.4), for many clients at once: they share a transaction, and so its cost.

use std::collections::HashSet;
use std::sync::Arc;

use postern_token::Scopes;

use super::scopes;
use crate::client_memory::Client;
use crate::clients::authenticate_in_memory;
use crate::error::{ConsumerKeyError, TokenError};
use crate::keys::ClientCredentials;
use crate::reserved_index::ReservedIndex;
use crate::settings::TokenValidity;
use crate::tokens::{ExtendedLists, MintRequest, MintedToken, PreparedToken, UnsignedAccessToken, check_bounds};
use crate::{Act, Error};
use postern_model::{AuditEntry, ConsumerKey, GrantType, Obtained, TokenRecord, Validity};
use postern_storage::{CatalogueRevision, Combination, StorageError, Transaction};

/// The request of a client.
#[derive(Debug)]
pub struct ClientGrant {
    /// The client.
    pub client: ClientCredentials,
    /// The scopes; `None` means all that the client has.
    pub scope: Option<String>,
    /// The validity of the token; `None` means that of the key set.
    pub validity: Option<Validity>,
}

/// A request, and the act that it is.
pub type ClientRequest<'a> = (Act<'a>, &'a ClientGrant);

/// The current token for the request, made again from its record; `None` when a new one has to be minted. It takes no write lock, so that
/// guessing secrets cannot delay writers.
pub fn find_current_token(act: &Act<'_>, grant: &ClientGrant) -> Result<Option<MintedToken>, Error> {
    let found = find_current_tokens(&[(act.clone(), grant)]).pop().unwrap_or(Ok(None))?;
    found.map(UnsignedAccessToken::sign).transpose()
}

/// Mints a token for the client itself. Call it after [`find_current_token`] found none: the client is authenticated then.
pub fn mint_for_client(act: &Act<'_>, grant: &ClientGrant) -> Result<MintedToken, Error> {
    mint_for_clients(&[(act.clone(), grant)]).pop().unwrap_or(Err(StorageError::Empty.into()))?.sign()
}

/// The same as [`find_current_token`] for many requests, in their order.
pub fn find_current_tokens(requests: &[ClientRequest<'_>]) -> Vec<Result<Option<UnsignedAccessToken>, Error>> {
    let Some((act, _)) = requests.first() else { return Vec::new() };
    let found = act.storage().read(|transaction| {
        let revision = transaction.catalogue_revision()?;
        let judged: Vec<_> = requests.iter().map(|request| Judged::new(transaction, revision, request)).collect();
        let current = current_tokens(transaction, &judged)?;
        let repeat = |((judged, current), (act, _)): ((Result<Judged, Error>, _), &ClientRequest<'_>)| {
            judged?.repeat(act, transaction, current)
        };
        Ok(judged.into_iter().zip(current).zip(requests).map(repeat).collect())
    });
    found.unwrap_or_else(|error| for_each(error, requests.len()))
}

/// The same as [`mint_for_client`] for many requests, in their order.
pub fn mint_for_clients(requests: &[ClientRequest<'_>]) -> Vec<Result<UnsignedAccessToken, Error>> {
    let mut results: Vec<Option<Result<UnsignedAccessToken, Error>>> = requests.iter().map(|_| None).collect();
    let mut lists_deleted = false;
    loop {
        let waiting: Vec<usize> = results.iter().enumerate().filter(|(_, result)| result.is_none()).map(|(at, _)| at).collect();
        let round: Vec<_> = waiting.iter().filter_map(|at| requests.get(*at)).collect();
        let Some((act, _)) = round.first() else { break };
        let outcomes = mint_round(&round);
        let is_deleted = |outcome: &Outcome| matches!(outcome, Outcome::Ended(Err(Error::Token(TokenError::StatusListDeleted))));
        let retry = !lists_deleted && outcomes.iter().any(is_deleted);
        for (at, outcome) in waiting.into_iter().zip(outcomes) {
            let again = matches!(outcome, Outcome::Postponed) || (retry && is_deleted(&outcome));
            if let (false, Outcome::Ended(result), Some(slot)) = (again, outcome, results.get_mut(at)) {
                *slot = Some(result);
            }
        }
        if retry {
            lists_deleted = true;
            act.instance.status_indexes.forget();
        }
    }
    results.into_iter().map(|result| result.unwrap_or(Err(StorageError::Empty.into()))).collect()
}

/// What became of a request in one transaction.
enum Outcome {
    Ended(Result<UnsignedAccessToken, Error>),
    /// Another request of the same combination came first, so this one gets the same token in the next transaction.
    Postponed,
}

fn mint_round(requests: &[&ClientRequest<'_>]) -> Vec<Outcome> {
    let Some((act, _)) = requests.first() else { return Vec::new() };
    let outcomes = requests
        .iter()
        .map(|(act, _)| act.instance.status_indexes.next(act.storage(), act.now))
        .collect::<Result<Vec<_>, Error>>()
        .and_then(|reserved| act.storage().write_concurrent(|transaction| mint_in(act, transaction, requests, &reserved)));
    outcomes.unwrap_or_else(|error| for_each(error, requests.len()).into_iter().map(Outcome::Ended).collect())
}

fn mint_in(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    requests: &[&ClientRequest<'_>],
    reserved: &[ReservedIndex],
) -> Result<Vec<Outcome>, Error> {
    // An id that is not that of a client could be any text.
    let id = |(_, grant): &&ClientRequest<'_>| grant.client.id.parse::<ConsumerKey>().ok();
    let ids: Vec<_> = requests.iter().map(id).collect();
    transaction.lock_applications_of_clients(&ids.iter().map(|id| id.as_ref().map(ConsumerKey::as_str)).collect::<Vec<_>>())?;
    let (revision, last_token) = transaction.catalogue_revision_and_last_token()?;
    // The secret, and the restrictions of the tokens, may have changed since the client was authenticated.
    let judged: Vec<_> = requests.iter().map(|request| Judged::new(transaction, revision, request)).collect();
    // Another request may have minted the token since.
    let current = current_tokens(transaction, &judged)?;
    let (records, entries, extended) = (Vec::new(), Vec::new(), ExtendedLists::default());
    let mut batch = Batch { revision, last_token, records, entries, extended };
    let mut seen = HashSet::new();
    let mut outcomes = Vec::with_capacity(requests.len());
    for (((judged, current), (act, _)), index) in judged.into_iter().zip(current).zip(requests).zip(reserved) {
        let is_first = judged.as_ref().map_or(true, |judged| seen.insert(judged.key()));
        outcomes.push(if is_first {
            Outcome::Ended(judged.and_then(|judged| batch.repeat_or_mint(act, transaction, &judged, current, *index)))
        } else {
            Outcome::Postponed
        });
    }
    transaction.insert_tokens(&batch.records)?;
    act.append(transaction, &mut batch.entries)?;
    Ok(outcomes)
}

/// The tokens that one transaction stores.
struct Batch {
    revision: CatalogueRevision,
    last_token: u64,
    records: Vec<TokenRecord>,
    entries: Vec<AuditEntry>,
    extended: ExtendedLists,
}

impl Batch {
    fn repeat_or_mint(
        &mut self,
        act: &Act<'_>,
        transaction: &Transaction<'_>,
        judged: &Judged,
        current: Option<TokenRecord>,
        index: ReservedIndex,
    ) -> Result<UnsignedAccessToken, Error> {
        if let Some(token) = judged.repeat(act, transaction, current)? {
            return Ok(token);
        }
        let last_token = self.last_token.saturating_add(u64::try_from(self.records.len()).unwrap_or(u64::MAX));
        check_bounds(act, transaction, &judged.client.key_set.consumer_key, last_token)?;
        let request = judged.request();
        let context = request.context_of(act, transaction, &judged.client)?;
        let index = index.check_epoch(self.revision.epoch)?;
        let prepared = request.prepare(act, transaction, index, &context, &mut self.extended)?;
        let PreparedToken { record, entry, unsigned } = prepared;
        self.records.push(record);
        self.entries.push(entry);
        Ok(unsigned)
    }
}

/// A request that its client may make.
struct Judged {
    client: Arc<Client>,
    scopes: Option<Scopes<'static>>,
    validity: Option<Validity>,
}

impl Judged {
    fn new(transaction: &Transaction<'_>, revision: CatalogueRevision, (act, grant): &ClientRequest<'_>) -> Result<Self, Error> {
        let ClientCredentials { id, secret } = &grant.client;
        let client = authenticate_in_memory(act, transaction, revision, (id, Some(secret)))?;
        if !client.key_set.grant_types.contains(&GrantType::ClientCredentials) {
            return Err(ConsumerKeyError::GrantTypeNotAllowed.into());
        }
        let scopes = scopes::requested_of(client.scopes.as_ref(), &client.key_set, grant.scope.as_deref())?;
        Ok(Self { client, scopes, validity: grant.validity })
    }

    fn combination(&self) -> Combination<'_> {
        Combination { client: &self.client.key_set.consumer_key, scopes: self.scopes.as_ref() }
    }

    /// The combination as a value of its own.
    fn key(&self) -> (ConsumerKey, Option<String>) {
        (self.client.key_set.consumer_key.clone(), self.scopes.as_ref().map(|scopes| scopes.as_str().to_owned()))
    }

    fn request(&self) -> MintRequest<'_> {
        MintRequest {
            key_set: &self.client.key_set,
            application_state: self.client.application_state,
            scopes: self.scopes.clone(),
            validity: TokenValidity { asked: self.validity, usual: self.client.key_set.validity },
            obtained: Obtained::ClientCredentials,
        }
    }

    /// The current token of the combination, if minting would give the same.
    fn repeat(
        &self,
        act: &Act<'_>,
        transaction: &Transaction<'_>,
        current: Option<TokenRecord>,
    ) -> Result<Option<UnsignedAccessToken>, Error> {
        let request = self.request();
        // Also without a current token: the request may be one that is refused.
        let context = request.context_of(act, transaction, &self.client)?;
        match current {
            Some(record) => request.repeat(act, record, &context),
            None => Ok(None),
        }
    }
}

/// The current tokens of the requests' combinations; `None` for a request that was refused.
fn current_tokens(transaction: &Transaction<'_>, judged: &[Result<Judged, Error>]) -> Result<Vec<Option<TokenRecord>>, Error> {
    let combinations: Vec<_> = judged.iter().flatten().map(Judged::combination).collect();
    let mut found = transaction.current_tokens(&combinations)?.into_iter();
    Ok(judged.iter().map(|judged| if judged.is_ok() { found.next().flatten() } else { None }).collect())
}

/// The failure of a transaction, for each of the requests in it.
fn for_each<T>(error: Error, count: usize) -> Vec<Result<T, Error>> {
    let Error::Storage(shared) = &error else {
        // Only the first of them learns more than that the transaction failed.
        let others = (1..count).map(|_| Err(StorageError::failed().into()));
        return std::iter::once(Err(error)).chain(others).collect();
    };
    (0..count).map(|_| Err(shared.shared().into())).collect()
}
