//! Doing once what is asked for twice: a request that comes again is given the answer that it got the first time.

use sha2::{Digest as _, Sha256};

use super::store::Within;
use super::tokens::ANSWERS_KEPT;
use super::{Act, Error};
use crate::catalogue::{Role, StatusPlace};
use crate::secrets::Sealed;
use crate::storage::KeptAnswer;

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
        Err(Error::StatusListGone) => {}
        result => return result,
    }
    match attempt(act, request, Some(places.next(act)?), &work) {
        Err(Error::StatusListGone) => places.forget(),
        result => return result,
    }
    attempt(act, request, Some(places.next(act)?), &work)
}

fn attempt(
    act: &Act<'_>,
    request: &RepeatableRequest,
    place: Option<StatusPlace>,
    work: impl Fn(&Act<'_>) -> Result<Vec<u8>, Error>,
) -> Result<OnceAnswer, Error> {
    let actor = act.actor.to_string();
    let row = format!("{actor} {}", request.key);
    let master_key = act.keyring().master_key()?;
    // Who has another role by now is not given what came of the one before.
    let role = act.actor.role().map_or("", Role::as_str);
    let fingerprint: [u8; 32] = Sha256::new().chain_update(request.fingerprint).chain_update(role).finalize().into();
    act.storage().write(|transaction| {
        act.check_standing(transaction)?;
        let kept = transaction.answer(&actor, &request.key)?;
        if let Some(kept) = kept.filter(|kept| act.now.0.saturating_sub(kept.created_at.0) < ANSWERS_KEPT) {
            if kept.fingerprint != fingerprint {
                return Err(Error::KeyReused);
            }
            // One that another master key sealed is as good as forgotten, as those are that were there when the key was changed.
            if let Ok(answer) = kept.answer.open(KeptAnswer::TABLE, &row, master_key) {
                return Ok(OnceAnswer { answer, again: true });
            }
        }
        let answer = zeroize::Zeroizing::new(work(&act.within(&Within::new(transaction, place)))?);
        let sealed = Sealed::seal(&answer, KeptAnswer::TABLE, &row, master_key, act.entropy)?;
        let kept = KeptAnswer { fingerprint, answer: sealed, created_at: act.now };
        transaction.insert_answer(&actor, &request.key, &kept)?;
        Ok(OnceAnswer { answer, again: false })
    })
}

/// Runs several operations as one transaction. None of them may mint.
pub fn together<T>(act: &Act<'_>, work: impl FnOnce(&Act<'_>) -> Result<T, Error>) -> Result<T, Error> {
    act.storage().write(|transaction| work(&act.within(&Within::new(transaction, None))))
}
