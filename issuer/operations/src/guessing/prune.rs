//! Pruning counts of guesses.

use crate::{Act, Error};

/// The most counts that do not decrease by themselves. Beyond that, the lowest are deleted first, so that a flood of unknown names does not
/// delete the count of an account under attack.
const MAX_CONSECUTIVE: u32 = 200_000;

/// The most counts that one transaction deletes.
const STEP: u32 = 1000;

/// Deletes counts that have fallen to zero, and those in excess. Returns whether there may be more to delete.
pub fn prune_guesses(act: &Act<'_>) -> Result<bool, Error> {
    act.storage().write_concurrent(|transaction| {
        let drained = transaction.delete_drained_guess_counts(act.now, STEP)?;
        let excess = transaction.delete_excess_guess_counts(MAX_CONSECUTIVE, STEP)?;
        let step = usize::try_from(STEP).unwrap_or(usize::MAX);
        Ok(drained >= step || excess >= step)
    })
}
