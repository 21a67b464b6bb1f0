//! Ending the life of tokens: on their records, and in the status lists that edges look at. The common end of every operation
//! after which tokens must not count any more.

use std::collections::BTreeMap;

use postern_token::UnixSeconds;

use super::status_lists::AFTERLIFE;
use crate::catalogue::{StatusListId, TokenState};
use crate::operations::Error;
use crate::storage::{Ending, Transaction};

/// How many tokens an operation has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RevokedTokens {
    /// All of them.
    pub count: usize,
    /// Those that were minted before there were status lists. Edges accept them until they run out, or until the key that
    /// signed them is retired.
    pub without_status: usize,
}

impl std::ops::AddAssign for RevokedTokens {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.without_status += other.without_status;
    }
}

/// Ends tokens, those aside that are over for every edge. However many they are, each list is written once.
pub(in crate::operations) fn end(
    transaction: &Transaction<'_>,
    which: Ending<'_>,
    state: TokenState,
    now: UnixSeconds,
) -> Result<RevokedTokens, Error> {
    let after = UnixSeconds(now.0.saturating_sub(AFTERLIFE));
    let ended = transaction.end_tokens(which, state, after)?;
    let mut lists: BTreeMap<StatusListId, Vec<u32>> = BTreeMap::new();
    for place in ended.iter().flatten() {
        lists.entry(place.list).or_default().push(place.index);
    }
    for (list, indices) in lists {
        // A list that is gone held nothing but tokens that are over.
        let Some(mut bits) = transaction.status_bits_to_change(list)? else { continue };
        for index in indices {
            bits.set(index);
        }
        transaction.update_status_bits(list, &bits, now)?;
    }
    Ok(RevokedTokens { count: ended.len(), without_status: ended.iter().filter(|place| place.is_none()).count() })
}
