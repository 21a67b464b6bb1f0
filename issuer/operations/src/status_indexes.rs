//! Places in status lists that this process has taken and not given away yet.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use postern_token::UnixSeconds;

use crate::Error;
use crate::database::Database;
use postern_model::{StatusBits, StatusIndex, StatusListId};
use postern_storage::{StorageError, Transaction};

/// Hands out places. They are taken in a transaction of their own: tokens that are minted at the same moment then need not wait for each other, and
/// what a process that is killed had taken is a few bits that nobody uses.
pub(crate) struct StatusIndexes {
    block: u32,
    taken: Mutex<Vec<(StatusListId, Range<u32>)>>,
}

impl StatusIndexes {
    /// For one who mints so much.
    pub(crate) fn in_blocks() -> Self {
        Self { block: 256, taken: Mutex::default() }
    }

    /// For one who mints a token and goes.
    pub(crate) fn one_by_one() -> Self {
        Self { block: 1, taken: Mutex::default() }
    }

    /// The next place. Not to be asked for in a transaction.
    pub(crate) fn next(&self, storage: Database<'_>, now: UnixSeconds) -> Result<StatusIndex, Error> {
        if let Some(status_index) = self.take() {
            return Ok(status_index);
        }
        // Whoever finds nothing takes a block, and nobody waits here for somebody who waits for the database.
        let (list, mut range) = storage.write_concurrent(|transaction| {
            transaction.lock_status_lists()?;
            // Before a list is begun: who revokes locks its list first, and then what counts the changes.
            let status_indexes = transaction.reserve_status_indexes(self.block)?;
            create_list_if_needed(transaction, now)?;
            let status_indexes = match status_indexes {
                Some(status_indexes) => Some(status_indexes),
                None => transaction.reserve_status_indexes(self.block)?,
            };
            Ok::<_, Error>(status_indexes.ok_or(StorageError::Corrupt { table: "status_lists", column: "next_index" })?)
        })?;
        let index = range.next().ok_or(StorageError::Corrupt { table: "status_lists", column: "next_index" })?;
        self.taken().push((list, range));
        Ok(StatusIndex { list, index })
    }

    fn take(&self) -> Option<StatusIndex> {
        let mut taken = self.taken();
        loop {
            let (list, range) = taken.last_mut()?;
            if let Some(index) = range.next() {
                return Some(StatusIndex { list: *list, index });
            }
            taken.pop();
        }
    }

    /// Forgets places in lists that may be gone.
    pub(crate) fn forget(&self) {
        self.taken().clear();
    }

    fn taken(&self) -> MutexGuard<'_, Vec<(StatusListId, Range<u32>)>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins a new list while the one in use is still half empty: an edge refuses tokens of a list that it has not heard of, so it
/// must hear of each before there are tokens in it.
pub(crate) fn create_list_if_needed(transaction: &Transaction<'_>, now: UnixSeconds) -> Result<(), Error> {
    transaction.lock_status_lists()?;
    if transaction.free_status_indexes()? < u64::from(StatusBits::CAPACITY / 2) {
        transaction.insert_status_list(now)?;
    }
    Ok(())
}

/// Sets the bits at these places, which is what edges look at.
pub(crate) fn set_status_bits(
    transaction: &Transaction<'_>,
    status_indexes: &[StatusIndex],
    now: UnixSeconds,
) -> Result<(), Error> {
    let mut lists: BTreeMap<StatusListId, Vec<u32>> = BTreeMap::new();
    for status_index in status_indexes {
        lists.entry(status_index.list).or_default().push(status_index.index);
    }
    for (list, indices) in lists {
        // A list that is gone held nothing but tokens that are over.
        let Some(mut bits) = transaction.status_bits_to_change(list)? else { continue };
        let before = bits.clone();
        for index in indices {
            bits.set(index);
        }
        // Edges fetch a list that was written anew.
        if bits != before {
            transaction.update_status_bits(list, &bits, now)?;
        }
    }
    Ok(())
}
