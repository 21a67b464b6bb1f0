//! Forgetting what is over.

use postern_token::UnixSeconds;

use crate::idempotency::IDEMPOTENCY_RETENTION;
use crate::status_lists::EXPIRY_GRACE;
use crate::{Act, Error};

/// How many rows of a table one transaction forgets at most: others wait for it.
const STEP: u32 = 1000;

/// For how long a device that asks after its code ran out is told so, in seconds.
const DEVICE_CODES_KEPT: u64 = 3600;

/// How much was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Records of tokens.
    pub tokens: usize,
    /// Consumer secrets, personal access tokens, initial access tokens and the codes of devices.
    pub secrets: usize,
    /// Answers to requests that might have come again.
    pub answers: usize,
    /// Whether there may be more.
    pub more: bool,
}

/// Forgets some of what is over: the records of tokens that ran out more than `keep` seconds ago, secrets and codes that ran out, answers that are a day old. It is
/// to be called again while there may be more. The audit log is another matter.
pub fn prune(act: &Act<'_>, keep: u64) -> Result<Pruned, Error> {
    let before = |seconds: u64| UnixSeconds(act.now.0.saturating_sub(seconds));
    act.storage().write(|transaction| {
        let tokens = transaction.delete_expired_tokens(before(keep.max(EXPIRY_GRACE)), STEP)?;
        let secrets = transaction.delete_expired_consumer_secrets(act.now)?
            + transaction.delete_expired_personal_access_tokens(act.now)?
            + transaction.delete_expired_registration_tokens(act.now)?
            + transaction.delete_expired_device_codes(before(DEVICE_CODES_KEPT))?;
        let answers = transaction.delete_answers(before(IDEMPOTENCY_RETENTION))?;
        Ok(Pruned { tokens, secrets, answers, more: tokens >= usize::try_from(STEP).unwrap_or(usize::MAX) })
    })
}
