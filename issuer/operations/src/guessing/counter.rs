//! One count of guesses, and how it decreases with time.

use postern_token::UnixSeconds;
use sha2::{Digest as _, Sha256};

use crate::Error;
use crate::error::UserError;
use postern_storage::{GuessCount, Transaction};

/// One guess in the unit of a count.
pub(super) const ONE: u64 = 1000;

/// A count and its limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counter {
    pub(super) key: [u8; 32],
    /// The limit in the unit of a count.
    limit: u64,
    /// The seconds in which the count decreases by the limit; `None` if it does not decrease.
    period: Option<u64>,
}

impl Counter {
    /// A count that decreases by `limit` in each `period` (in seconds).
    pub(super) fn falling(purpose: &str, of: &[&str], limit: u32, period: u64) -> Self {
        Self { period: Some(period), ..Self::consecutive(purpose, of, limit) }
    }

    /// A count that only a right guess resets.
    pub(super) fn consecutive(purpose: &str, of: &[&str], limit: u32) -> Self {
        let mut digest = Sha256::new().chain_update(purpose);
        for part in of {
            // Each part is prefixed with its length, so two different lists of parts never give the same text.
            digest.update(format!("\0{}\0", part.len()));
            digest.update(part);
        }
        Self { key: digest.finalize().into(), limit: u64::from(limit.max(1)).saturating_mul(ONE), period: None }
    }

    /// The count at `now`.
    pub(super) fn level(&self, transaction: &Transaction<'_>, now: UnixSeconds) -> Result<u64, Error> {
        let Some(GuessCount { level, at, .. }) = transaction.guess_count(&self.key)? else { return Ok(0) };
        let fallen = self.period.map_or(0, |period| now.0.saturating_sub(at.0).saturating_mul(self.limit) / period);
        Ok(level.saturating_sub(fallen))
    }

    /// Fails if a guess has to wait at this level.
    pub(super) fn check(&self, level: u64) -> Result<(), UserError> {
        let excess = level.saturating_add(ONE).saturating_sub(self.limit);
        match self.period {
            _ if excess == 0 => Ok(()),
            Some(period) => Err(UserError::Throttled { seconds: excess.saturating_mul(period).div_ceil(self.limit) }),
            None => Err(UserError::TooManyFailures),
        }
    }

    /// Sets the count.
    pub(super) fn set(&self, transaction: &Transaction<'_>, level: u64, now: UnixSeconds) -> Result<(), Error> {
        if level == 0 {
            return Ok(transaction.delete_guess_count(&self.key)?);
        }
        let drained_at = self.period.map(|period| now.plus(level.saturating_mul(period).div_ceil(self.limit)));
        Ok(transaction.set_guess_count(&self.key, &GuessCount { level, at: now, drained_at })?)
    }

    /// Takes one guess back.
    pub(super) fn take_back(&self, transaction: &Transaction<'_>, now: UnixSeconds) -> Result<(), Error> {
        let level = self.level(transaction, now)?;
        self.set(transaction, level.saturating_sub(ONE), now)
    }
}
