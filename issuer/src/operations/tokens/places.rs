//! Places in status lists that this process has taken and not given away yet.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::status_lists::begin_where_needed;
use crate::catalogue::{StatusListId, StatusPlace};
use crate::operations::{Act, Error};
use crate::storage::StorageError;

/// Hands out places. They are taken in a transaction of their own: tokens that are minted at the same moment then need not wait for each other, and
/// what a process that is killed had taken is a few bits that nobody uses.
pub(in crate::operations) struct StatusPlaces {
    block: u32,
    taken: Mutex<Option<(StatusListId, Range<u32>)>>,
}

impl StatusPlaces {
    /// For one who mints so much.
    pub(in crate::operations) fn in_blocks() -> Self {
        Self { block: 256, taken: Mutex::default() }
    }

    /// For one who mints a token and goes.
    pub(in crate::operations) fn one_by_one() -> Self {
        Self { block: 1, taken: Mutex::default() }
    }

    /// The next place. Not to be asked for in a transaction.
    pub(in crate::operations) fn next(&self, act: &Act<'_>) -> Result<StatusPlace, Error> {
        // Whoever waits here would wait for the database otherwise.
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((list, range)) = &mut *taken
            && let Some(index) = range.next()
        {
            return Ok(StatusPlace { list: *list, index });
        }
        let (list, mut range) = act.storage().write_beside_others(|transaction| {
            begin_where_needed(transaction, act.now)?;
            let places = transaction.take_status_places(self.block)?;
            Ok::<_, Error>(places.ok_or(StorageError::Corrupt { table: "status_lists", column: "next_index" })?)
        })?;
        let index = range.next().ok_or(StorageError::Corrupt { table: "status_lists", column: "next_index" })?;
        *taken = Some((list, range));
        Ok(StatusPlace { list, index })
    }

    /// Forgets places in a list that is gone.
    pub(in crate::operations) fn forget(&self) {
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
