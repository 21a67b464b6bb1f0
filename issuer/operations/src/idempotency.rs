//! Idempotency: a repeated request gets the response that it got the first time.

use super::database::OpenTransaction;
use super::reserved_index::ReservedIndex;
use super::{Act, Error};
use crate::error::TokenError;
use postern_model::Role;
use postern_secrets::{MasterKey, Sealed};
use postern_storage::{StoredResponse, Transaction};

/// How long the answer to a request with an idempotency key is kept, in seconds.
pub const IDEMPOTENCY_RETENTION: u64 = 86400;

/// A request that a client may repeat.
#[derive(Debug, Clone)]
pub struct IdempotentRequest {
    /// The idempotency key.
    pub key: String,
    /// The SHA-256 of the request.
    pub fingerprint: [u8; 32],
}

/// The response to a repeatable request.
#[derive(Debug)]
pub struct IdempotentResponse {
    /// The response; it may hold secrets.
    pub answer: zeroize::Zeroizing<Vec<u8>>,
    /// Whether it is the response to an earlier request.
    pub again: bool,
}

/// Runs `work` and stores its response in one transaction. Of two such requests at the same time, even in different processes, one does the
/// work and the other gets its response. Errors are not stored. `work` may run more than once before it is committed, and its operations
/// must act through the [`Act`] that it is given.
pub fn run_idempotent(
    act: &Act<'_>,
    request: &IdempotentRequest,
    work: impl Fn(&Act<'_>) -> Result<Vec<u8>, Error>,
) -> Result<IdempotentResponse, Error> {
    let status_indexes = &act.instance.status_indexes;
    // Only minting needs a status index, and fails without one.
    match attempt(act, request, None, &work) {
        Err(Error::Token(TokenError::StatusListDeleted)) => {}
        result => return result,
    }
    match attempt(act, request, Some(status_indexes.next(act.storage(), act.now)?), &work) {
        Err(Error::Token(TokenError::StatusListDeleted)) => status_indexes.forget(),
        result => return result,
    }
    attempt(act, request, Some(status_indexes.next(act.storage(), act.now)?), &work)
}

/// The stored response to a request, if there is one. It waits for no writer: check it before expensive work that comes ahead of
/// [`run_idempotent`].
pub fn find_response(act: &Act<'_>, request: &IdempotentRequest) -> Result<Option<IdempotentResponse>, Error> {
    let row = Row::of(act, request)?;
    act.storage().read(|transaction| {
        act.check_standing(transaction)?;
        row.find(act, transaction)
    })
}

fn attempt(
    act: &Act<'_>,
    request: &IdempotentRequest,
    status_index: Option<ReservedIndex>,
    work: impl Fn(&Act<'_>) -> Result<Vec<u8>, Error>,
) -> Result<IdempotentResponse, Error> {
    let row = Row::of(act, request)?;
    act.storage().write(|transaction| {
        act.check_standing(transaction)?;
        if let Some(kept) = row.find(act, transaction)? {
            return Ok(kept);
        }
        let answer = zeroize::Zeroizing::new(work(&act.within(&OpenTransaction::new(transaction, status_index)))?);
        row.keep(act, transaction, &answer)?;
        Ok(IdempotentResponse { answer, again: false })
    })
}

/// The row of a stored response.
struct Row<'a> {
    actor: String,
    key: &'a str,
    /// The name that the encryption is bound to.
    name: String,
    /// The keyed digest of the request.
    fingerprint: [u8; 32],
    master_key: &'a MasterKey,
}

impl<'a> Row<'a> {
    fn of(act: &Act<'a>, request: &'a IdempotentRequest) -> Result<Self, Error> {
        let actor = act.actor.to_string();
        let name = format!("{actor} {}", request.key);
        let master_key = act.keyring().master_key()?;
        // The role is part of it, so that an actor whose role has changed does not get the earlier response. It is keyed because the
        // request may hold a password, which must not be guessed from the database alone.
        let role = act.actor.role().map_or("", Role::as_str);
        let fingerprint = master_key.digest(StoredResponse::TABLE, &[&request.fingerprint, role.as_bytes()].concat());
        Ok(Self { actor, key: &request.key, name, fingerprint, master_key })
    }

    fn find(&self, act: &Act<'_>, transaction: &Transaction<'_>) -> Result<Option<IdempotentResponse>, Error> {
        let kept = transaction.answer(&self.actor, self.key)?;
        let kept = kept.filter(|kept| act.now.0.saturating_sub(kept.created_at.0) < IDEMPOTENCY_RETENTION);
        // A response that another master key encrypted counts as deleted.
        let opened =
            kept.and_then(|kept| Some((kept.answer.open(StoredResponse::TABLE, &self.name, self.master_key).ok()?, kept)));
        match opened {
            None => Ok(None),
            Some((_, kept)) if kept.fingerprint != self.fingerprint => Err(Error::IdempotencyKeyReused),
            Some((answer, _)) => Ok(Some(IdempotentResponse { answer, again: true })),
        }
    }

    fn keep(&self, act: &Act<'_>, transaction: &Transaction<'_>, answer: &[u8]) -> Result<(), Error> {
        let sealed = Sealed::seal(answer, StoredResponse::TABLE, &self.name, self.master_key, act.entropy)?;
        let kept = StoredResponse { fingerprint: self.fingerprint, answer: sealed, created_at: act.now };
        Ok(transaction.insert_answer(&self.actor, self.key, &kept)?)
    }
}
