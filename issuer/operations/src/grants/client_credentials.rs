//! The client credentials grant (RFC 6749 section 4.4), for many clients at once: they share a transaction, and so its cost.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use postern_token::{Kind, Scopes};

use super::rounds::{Outcome, in_rounds, own, with_indexes};
use super::scopes;
use crate::client_memory::Client;
use crate::clients::authenticate_in_memory;
use crate::error::{ConsumerKeyError, TokenError};
use crate::keys::ClientCredentials;
use crate::reserved_index::ReservedIndex;
use crate::settings::TokenValidity;
use crate::tokens::{ExtendedLists, MintRequest, PreparedToken, UnsignedAccessToken, check_bounds};
use crate::{Act, Error};
use postern_model::{AuditEntry, ConsumerKey, GrantType, Obtained, TokenRecord, Validity};
use postern_storage::{CatalogueRevision, Combination, MintingState, TokenNumber, Transaction};

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

/// A request of one client among others.
#[derive(Clone)]
pub struct ClientRequest<'a> {
    /// The act that it is.
    pub act: Act<'a>,
    /// The request.
    pub grant: &'a ClientGrant,
    /// What was found before.
    pub found: Option<NoCurrentToken>,
}

/// The current token for a request.
#[derive(Debug)]
pub enum CurrentToken {
    /// It answers the request.
    Found(UnsignedAccessToken),
    /// A new one has to be minted.
    Missing(NoCurrentToken),
}

/// A token for a client itself.
#[derive(Debug)]
pub struct ClientToken {
    /// The token.
    pub token: UnsignedAccessToken,
    /// Whether it was minted. Otherwise it is the current one, made again.
    pub is_new: bool,
}

/// That the current token of a combination, if there is one, does not answer a request, at a revision of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoCurrentToken {
    revision: CatalogueRevision,
    current: Option<TokenNumber>,
}

/// Whether a request is expected to need a new token, because the last one of its client did. Only a client that is remembered with this
/// secret is expected to, so that guessing secrets cannot delay writers. This reads no database; only the speed depends on it.
pub fn expects_new_token(act: &Act<'_>, grant: &ClientGrant) -> bool {
    let ClientCredentials { id, secret } = &grant.client;
    let client = act.instance.client_memory.seen(id, Some(secret), act.now);
    client.is_some_and(|client| client.got_new_token.load(Ordering::Relaxed))
}

/// The current tokens for the requests, in their order, made again from their records. It takes no write lock, so that guessing secrets cannot
/// delay writers.
pub fn find_current_tokens(requests: &[ClientRequest<'_>]) -> Vec<Result<CurrentToken, Error>> {
    let Some(ClientRequest { act, .. }) = requests.first() else { return Vec::new() };
    let found = act.storage().read(|transaction| {
        let revision = transaction.catalogue_revision()?;
        let judged: Vec<_> = requests.iter().map(|request| Judged::new(transaction, revision, request)).collect();
        let current = Current::of(act, transaction, revision, &judged, |_, _| true)?;
        let answer = |((judged, current), request): ((Result<Judged, Error>, Current), &ClientRequest<'_>)| {
            let judged = judged?;
            Ok(match judged.repeat(&request.act, transaction, current.record.as_deref())? {
                Some(token) => {
                    judged.client.got_new_token.store(false, Ordering::Relaxed);
                    CurrentToken::Found(token)
                }
                None => CurrentToken::Missing(NoCurrentToken { revision, current: current.number }),
            })
        };
        Ok(judged.into_iter().zip(current).zip(requests).map(answer).collect())
    });
    found.unwrap_or_else(|error: Error| error.for_each(requests.len()))
}

/// Mints tokens for the clients themselves, in the order of the requests, or answers with current ones. Call it when [`find_current_tokens`]
/// found none or [`expects_new_token`]: the clients are authenticated then.
pub fn mint_for_clients(requests: &[ClientRequest<'_>]) -> Vec<Result<ClientToken, Error>> {
    let Some(ClientRequest { act, .. }) = requests.first() else { return Vec::new() };
    in_rounds(act, requests, |requests| {
        with_indexes(act, requests.len(), |reserved| {
            let round = act.storage().write_concurrent(|transaction| mint_in(act, transaction, requests, reserved))?;
            for (number, record) in round.records {
                act.instance.client_memory.keep_record(round.revision, number, &Arc::new(record));
            }
            Ok((round.outcomes, round.unused))
        })
    })
}

/// What one transaction has done.
struct Round {
    outcomes: Vec<Outcome<ClientToken>>,
    /// The indexes that were not used.
    unused: Vec<ReservedIndex>,
    revision: CatalogueRevision,
    records: Vec<(TokenNumber, TokenRecord)>,
}

fn mint_in(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    requests: &[&ClientRequest<'_>],
    reserved: Vec<ReservedIndex>,
) -> Result<Round, Error> {
    // An id that is not that of a client could be any text.
    let id = |request: &&ClientRequest<'_>| request.grant.client.id.parse::<ConsumerKey>().ok();
    let ids: Vec<_> = requests.iter().map(id).collect();
    transaction.lock_applications_of_clients(&ids.iter().map(|id| id.as_ref().map(ConsumerKey::as_str)).collect::<Vec<_>>())?;
    let state = transaction.minting_state()?;
    let revision = state.catalogue;
    // The secret, and the restrictions of the tokens, may have changed since the client was authenticated.
    let judged = requests.iter().map(|request| own(Judged::new(transaction, revision, request)));
    let judged = judged.collect::<Result<Vec<_>, _>>()?;
    // Another request may have minted the token since. If the current one is still the same, it does not answer the request.
    let is_new =
        |at: usize, current| requests.get(at).and_then(|request| request.found) != Some(NoCurrentToken { revision, current });
    let current = Current::of(act, transaction, revision, &judged, is_new)?;
    let mut batch = Batch { state, reserved, records: Vec::new(), entries: Vec::new(), extended: ExtendedLists::default() };
    let mut outcomes = Vec::with_capacity(requests.len());
    for ((judged, current), request) in judged.into_iter().zip(current).zip(requests) {
        outcomes.push(match judged {
            Ok(judged) => batch.answer(&request.act, transaction, &judged, current.record.as_deref())?,
            Err(error) => {
                forget_expectation(request);
                Outcome::Ended(Err(error))
            }
        });
    }
    let numbers = transaction.insert_minted(&batch.records, &mut batch.entries)?;
    act.note(&batch.entries);
    let records = numbers.into_iter().zip(batch.records).collect();
    Ok(Round { outcomes, unused: batch.reserved, revision, records })
}

/// A refused client is expected to need nothing, also if it is remembered as it was before it changed.
fn forget_expectation(ClientRequest { act, grant, .. }: &ClientRequest<'_>) {
    let ClientCredentials { id, secret } = &grant.client;
    if let Some(client) = act.instance.client_memory.seen(id, Some(secret), act.now) {
        client.got_new_token.store(false, Ordering::Relaxed);
    }
}

/// The tokens that one transaction stores.
struct Batch {
    state: MintingState,
    /// The indexes for further tokens, the next one last.
    reserved: Vec<ReservedIndex>,
    records: Vec<TokenRecord>,
    entries: Vec<AuditEntry>,
    extended: ExtendedLists,
}

impl Batch {
    fn answer(
        &mut self,
        act: &Act<'_>,
        transaction: &Transaction<'_>,
        judged: &Judged,
        current: Option<&TokenRecord>,
    ) -> Result<Outcome<ClientToken>, Error> {
        // A token that was minted for another request of the combination is the current one now.
        let of_combination = |record: &&TokenRecord| {
            record.consumer_key == *judged.combination().client && record.scopes() == judged.scopes.as_ref()
        };
        let minted = self.records.iter().find(of_combination);
        let token = match judged.repeat(act, transaction, minted.or(current)) {
            Ok(Some(token)) => Ok(ClientToken { token, is_new: false }),
            // A token with another validity was minted, and one transaction makes only one token the current one of its combination.
            Ok(None) if minted.is_some() => return Ok(Outcome::Postponed),
            Ok(None) => self.mint(act, transaction, judged).map(|token| ClientToken { token, is_new: true }),
            Err(error) => Err(error),
        };
        judged.client.got_new_token.store(token.as_ref().is_ok_and(|token| token.is_new), Ordering::Relaxed);
        own(token).map(Outcome::Ended)
    }

    fn mint(&mut self, act: &Act<'_>, transaction: &Transaction<'_>, judged: &Judged) -> Result<UnsignedAccessToken, Error> {
        let pending = self.records.iter().map(|record| &record.consumer_key);
        check_bounds(act, transaction, &judged.client.key_set.consumer_key, self.state, pending)?;
        let request = judged.request();
        let context = request.context_of(act, transaction, &judged.client, Kind::Application)?;
        let index = self.reserved.pop().ok_or(TokenError::StatusListDeleted)?.check_epoch(self.state.catalogue.epoch)?;
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
    fn new(transaction: &Transaction<'_>, revision: CatalogueRevision, request: &ClientRequest<'_>) -> Result<Self, Error> {
        let ClientRequest { act, grant, .. } = request;
        let ClientCredentials { id, secret } = &grant.client;
        let client = authenticate_in_memory(act, transaction, revision, (id, Some(secret)))?;
        if !client.key_set.grant_types.contains(&GrantType::ClientCredentials) {
            return Err(ConsumerKeyError::GrantTypeNotAllowed.into());
        }
        let scopes = scopes::requested(&client.scopes, &client.key_set, grant.scope.as_deref())?;
        Ok(Self { client, scopes, validity: grant.validity })
    }

    fn combination(&self) -> Combination<'_> {
        Combination { client: &self.client.key_set.consumer_key, scopes: self.scopes.as_ref() }
    }

    fn request(&self) -> MintRequest<'_> {
        MintRequest {
            key_set: &self.client.key_set,
            application_state: self.client.application.state,
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
        current: Option<&TokenRecord>,
    ) -> Result<Option<UnsignedAccessToken>, Error> {
        let request = self.request();
        // Also without a current token: the request may be one that is refused.
        let context = request.context_of(act, transaction, &self.client, Kind::Application)?;
        match current {
            Some(record) => request.repeat(act, record, &context),
            None => Ok(None),
        }
    }
}

/// The current token of a request's combination.
#[derive(Clone, Default)]
struct Current {
    number: Option<TokenNumber>,
    /// Its record, if it was wanted.
    record: Option<Arc<TokenRecord>>,
}

impl Current {
    /// The current tokens of the requests' combinations; none for a request that was refused. `is_wanted` tells for the position of a request,
    /// and the number of the current token, whether its record is.
    fn of(
        act: &Act<'_>,
        transaction: &Transaction<'_>,
        revision: CatalogueRevision,
        judged: &[Result<Judged, Error>],
        is_wanted: impl Fn(usize, Option<TokenNumber>) -> bool,
    ) -> Result<Vec<Self>, Error> {
        let combinations: Vec<_> = judged.iter().flatten().map(Judged::combination).collect();
        let mut numbers = transaction.current_token_numbers(&combinations)?.into_iter();
        let mut found: Vec<Self> = Vec::with_capacity(judged.len());
        let mut unknown = Vec::new();
        for (at, judged) in judged.iter().enumerate() {
            let number = if judged.is_ok() { numbers.next().flatten() } else { None };
            let wanted = number.filter(|_| is_wanted(at, number));
            let record = wanted.and_then(|number| act.instance.client_memory.record(revision, number));
            unknown.extend(wanted.filter(|_| record.is_none()).map(|number| (at, number)));
            found.push(Self { number, record });
        }
        if unknown.is_empty() {
            return Ok(found);
        }
        let wanted: Vec<_> = unknown.iter().map(|(_, number)| *number).collect();
        let records = transaction.tokens_by_number(&wanted)?;
        let records: HashMap<_, _> = records.into_iter().map(|(number, record)| (number, Arc::new(record))).collect();
        for (at, number) in unknown {
            let record = records.get(&number).map(Arc::clone);
            if let (Some(record), true) = (&record, transaction.is_snapshot()) {
                act.instance.client_memory.keep_record(revision, number, record);
            }
            if let Some(found) = found.get_mut(at) {
                found.record = record;
            }
        }
        Ok(found)
    }
}
