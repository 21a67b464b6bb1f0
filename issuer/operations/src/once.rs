//! Doing once what is asked for twice: a request that comes again is given the answer that it got the first time.

use super::store::Within;
use super::tokens::ANSWERS_KEPT;
use super::{Act, Error};
use crate::error::TokenError;
use postern_model::{Role, StatusPlace};
use postern_secrets::{MasterKey, Sealed};
use postern_storage::{KeptAnswer, Transaction};

/// A request that may come again.
#[derive(Debug, Clone)]
pub struct RepeatableRequest {
    /// What the one who asks calls it.
    pub key: String,
    /// The SHA-256 of what is asked for.
    pub fingerprint: [u8; 32],
}

/// An answer, as whoever asked was given it.
#[derive(Debug)]
pub struct OnceAnswer {
    /// The answer; it may hold secrets.
    pub answer: zeroize::Zeroizing<Vec<u8>>,
    /// Whether it was given before.
    pub again: bool,
}

/// Does `work` and keeps its answer in one transaction, beside which no other one writes: of two requests that come at the same moment, to
/// whichever processes, one does the work and the other is given its answer. What is refused is not kept. `work` may be run more than once before
/// it counts, and all of its operations must act through the [`Act`] that it is given.
pub fn once(
    act: &Act<'_>,
    request: &RepeatableRequest,
    work: impl Fn(&Act<'_>) -> Result<Vec<u8>, Error>,
) -> Result<OnceAnswer, Error> {
    let places = &act.instance.places;
    // Only what mints needs a place, and says so by not finding one.
    match attempt(act, request, None, &work) {
        Err(Error::Token(TokenError::StatusListDeleted)) => {}
        result => return result,
    }
    match attempt(act, request, Some(places.next(act)?), &work) {
        Err(Error::Token(TokenError::StatusListDeleted)) => places.forget(),
        result => return result,
    }
    attempt(act, request, Some(places.next(act)?), &work)
}

/// The answer that a request was given before, where it was; nobody has to wait for it. Who would have to do something costly before [`once`] asks here first.
pub fn find_answer(act: &Act<'_>, request: &RepeatableRequest) -> Result<Option<OnceAnswer>, Error> {
    let row = Row::of(act, request)?;
    act.storage().read(|transaction| {
        act.check_standing(transaction)?;
        row.find(act, transaction)
    })
}

fn attempt(
    act: &Act<'_>,
    request: &RepeatableRequest,
    place: Option<StatusPlace>,
    work: impl Fn(&Act<'_>) -> Result<Vec<u8>, Error>,
) -> Result<OnceAnswer, Error> {
    let row = Row::of(act, request)?;
    act.storage().write(|transaction| {
        act.check_standing(transaction)?;
        if let Some(kept) = row.find(act, transaction)? {
            return Ok(kept);
        }
        let answer = zeroize::Zeroizing::new(work(&act.within(&Within::new(transaction, place)))?);
        row.keep(act, transaction, &answer)?;
        Ok(OnceAnswer { answer, again: false })
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
    fn of(act: &Act<'a>, request: &'a RepeatableRequest) -> Result<Self, Error> {
        let actor = act.actor.to_string();
        let name = format!("{actor} {}", request.key);
        let master_key = act.keyring().master_key()?;
        // Who has another role by now is not given what came of the one before. The request may hold a password: who has the database alone cannot try
        // with this which one it is.
        let role = act.actor.role().map_or("", Role::as_str);
        let fingerprint = master_key.digest(KeptAnswer::TABLE, &[&request.fingerprint, role.as_bytes()].concat());
        Ok(Self { actor, key: &request.key, name, fingerprint, master_key })
    }

    fn find(&self, act: &Act<'_>, transaction: &Transaction<'_>) -> Result<Option<OnceAnswer>, Error> {
        let kept = transaction.answer(&self.actor, self.key)?;
        let kept = kept.filter(|kept| act.now.0.saturating_sub(kept.created_at.0) < ANSWERS_KEPT);
        // One that another master key sealed is as good as forgotten, as those are that were there when the key was changed.
        let opened = kept.and_then(|kept| Some((kept.answer.open(KeptAnswer::TABLE, &self.name, self.master_key).ok()?, kept)));
        match opened {
            None => Ok(None),
            Some((_, kept)) if kept.fingerprint != self.fingerprint => Err(Error::IdempotencyKeyReused),
            Some((answer, _)) => Ok(Some(OnceAnswer { answer, again: true })),
        }
    }

    fn keep(&self, act: &Act<'_>, transaction: &Transaction<'_>, answer: &[u8]) -> Result<(), Error> {
        let sealed = Sealed::seal(answer, KeptAnswer::TABLE, &self.name, self.master_key, act.entropy)?;
        let kept = KeptAnswer { fingerprint: self.fingerprint, answer: sealed, created_at: act.now };
        Ok(transaction.insert_answer(&self.actor, self.key, &kept)?)
    }
}
