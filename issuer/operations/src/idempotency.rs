//! Doing once what is asked for twice: a request that comes again is given the answer that it got the first time.

use super::database::OpenTransaction;
use super::{Act, Error};
use crate::error::TokenError;
use postern_model::{Role, StatusIndex};
use postern_secrets::{MasterKey, Sealed};
use postern_storage::{StoredResponse, Transaction};

/// How long the answer to a request with an idempotency key is kept, in seconds.
pub const IDEMPOTENCY_RETENTION: u64 = 86400;

/// A request that may come again.
#[derive(Debug, Clone)]
pub struct IdempotentRequest {
    /// What the one who asks calls it.
    pub key: String,
    /// The SHA-256 of what is asked for.
    pub fingerprint: [u8; 32],
}

/// An answer, as whoever asked was given it.
#[derive(Debug)]
pub struct IdempotentResponse {
    /// The answer; it may hold secrets.
    pub answer: zeroize::Zeroizing<Vec<u8>>,
    /// Whether it was given before.
    pub again: bool,
}

/// Does `work` and keeps its answer in one transaction, beside which no other one writes: of two requests that come at the same moment, to
/// whichever processes, one does the work and the other is given its answer. What is refused is not kept. `work` may be run more than once before
/// it counts, and all of its operations must act through the [`Act`] that it is given.
pub fn run_idempotent(
    act: &Act<'_>,
    request: &IdempotentRequest,
    work: impl Fn(&Act<'_>) -> Result<Vec<u8>, Error>,
) -> Result<IdempotentResponse, Error> {
    let status_indexes = &act.instance.status_indexes;
    // Only what mints needs a place, and says so by not finding one.
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

/// The answer that a request was given before, where it was; nobody has to wait for it. Who would have to do something costly before [`once`] asks here first.
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
    status_index: Option<StatusIndex>,
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

/// Where an answer is kept.
struct Row<'a> {
    actor: String,
    key: &'a str,
    /// The name that the answer is sealed for.
    name: String,
    /// What of the request is kept.
    fingerprint: [u8; 32],
    master_key: &'a MasterKey,
}

impl<'a> Row<'a> {
    fn of(act: &Act<'a>, request: &'a IdempotentRequest) -> Result<Self, Error> {
        let actor = act.actor.to_string();
        let name = format!("{actor} {}", request.key);
        let master_key = act.keyring().master_key()?;
        // Who has another role by now is not given what came of the one before. The request may hold a password: who has the database alone cannot try
        // with this which one it is.
        let role = act.actor.role().map_or("", Role::as_str);
        let fingerprint = master_key.digest(StoredResponse::TABLE, &[&request.fingerprint, role.as_bytes()].concat());
        Ok(Self { actor, key: &request.key, name, fingerprint, master_key })
    }

    fn find(&self, act: &Act<'_>, transaction: &Transaction<'_>) -> Result<Option<IdempotentResponse>, Error> {
        let kept = transaction.answer(&self.actor, self.key)?;
        let kept = kept.filter(|kept| act.now.0.saturating_sub(kept.created_at.0) < IDEMPOTENCY_RETENTION);
        // One that another master key sealed is as good as forgotten, as those are that were there when the key was changed.
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
