//! Prunes expired records.

use postern_token::UnixSeconds;

use crate::idempotency::IDEMPOTENCY_RETENTION;
use crate::status_lists::EXPIRY_GRACE;
use crate::{Act, Error};

/// The most rows of a table that one transaction deletes, because other writers wait for it.
const STEP: u32 = 1000;

/// The seconds for which a device that polls after its code expired is told that it expired.
const DEVICE_CODES_KEPT: u64 = 3600;

/// The numbers of deleted records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Records of tokens.
    pub tokens: usize,
    /// Consumer secrets, personal access tokens, initial access tokens and the codes of devices.
    pub secrets: usize,
    /// Stored responses to requests with an idempotency key.
    pub answers: usize,
    /// Whether there may be more to delete.
    pub more: bool,
}

/// Deletes some expired records: of tokens that expired more than `keep` seconds ago, of expired secrets and codes, and stored responses
/// that are a day old. Call it again while there may be more. The audit log is pruned separately.
pub fn prune(act: &Act<'_>, keep: u64) -> Result<Pruned, Error> {
    let before = |seconds: u64| UnixSeconds(act.now.0.saturating_sub(seconds));
    let is_step = |deleted: usize| deleted >= usize::try_from(STEP).unwrap_or(usize::MAX);
    let mut pruned = act.storage().write(|transaction| {
        let tokens = transaction.delete_expired_tokens(before(keep.max(EXPIRY_GRACE)), STEP)?;
        let secrets = transaction.delete_expired_consumer_secrets(act.now)?
            + transaction.delete_expired_personal_access_tokens(act.now)?
            + transaction.delete_expired_registration_tokens(act.now)?
            + transaction.delete_expired_device_codes(before(DEVICE_CODES_KEPT))?;
        let answers = transaction.delete_answers(before(IDEMPOTENCY_RETENTION))?;
        Ok::<_, Error>(Pruned { tokens, secrets, answers, more: is_step(tokens) })
    })?;
    // It reads all profiles, so only when the last expired tokens were deleted, and in a transaction of its own.
    if pruned.tokens > 0 && !pruned.more {
        pruned.more = is_step(act.storage().write(|transaction| transaction.delete_unused_profiles(STEP))?);
    }
    Ok(pruned)
}
