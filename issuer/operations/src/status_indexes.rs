//! The status indexes that this process has reserved and not used yet.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use postern_token::UnixSeconds;

use crate::Error;
use crate::database::Database;
use crate::reserved_index::ReservedIndex;
use postern_model::{StatusBits, StatusIndex, StatusListId};
use postern_storage::{StorageError, Transaction};

/// Hands out status indexes. They are reserved in separate transactions, so that tokens minted at the same time do not wait for each other;
/// a process that is killed wastes a few indexes.
pub(crate) struct StatusIndexes {
    block: u32,
    taken: Mutex<Vec<Block>>,
}

/// Indexes that are reserved.
struct Block {
    epoch: u64,
    list: StatusListId,
    range: Range<u32>,
}

impl StatusIndexes {
    /// For a server: reserves 256 indexes at a time.
    pub(crate) fn in_blocks() -> Self {
        Self { block: 256, taken: Mutex::default() }
    }

    /// For a command: reserves one index at a time.
    pub(crate) fn one_by_one() -> Self {
        Self { block: 1, taken: Mutex::default() }
    }

    /// The next index. Do not call this in a transaction.
    pub(crate) fn next(&self, storage: Database<'_>, now: UnixSeconds) -> Result<ReservedIndex, Error> {
        if let Some(status_index) = self.take() {
            return Ok(status_index);
        }
        // No lock is held here, so no thread waits for a thread that waits for the database.
        let (epoch, (list, mut range)) = storage.write_concurrent(|transaction| {
            transaction.lock_status_lists()?;
            // Before a list is created: revoking locks its list first and then the revision, so this must too.
            let status_indexes = transaction.reserve_status_indexes(self.block)?;
            create_list_if_needed(transaction, now)?;
            let status_indexes = match status_indexes {
                Some(status_indexes) => Some(status_indexes),
                None => transaction.reserve_status_indexes(self.block)?,
            };
            let status_indexes = status_indexes.ok_or(StorageError::Corrupt { table: "status_lists", column: "next_index" })?;
            Ok::<_, Error>((transaction.epoch()?, status_indexes))
        })?;
        let index = range.next().ok_or(StorageError::Corrupt { table: "status_lists", column: "next_index" })?;
        self.taken().push(Block { epoch, list, range });
        Ok(ReservedIndex { epoch, index: StatusIndex { list, index } })
    }

    fn take(&self) -> Option<ReservedIndex> {
        let mut taken = self.taken();
        loop {
            let Block { epoch, list, range } = taken.last_mut()?;
            if let Some(index) = range.next() {
                return Some(ReservedIndex { epoch: *epoch, index: StatusIndex { list: *list, index } });
            }
            taken.pop();
        }
    }

    /// Takes back an index that no token got.
    pub(crate) fn give_back(&self, ReservedIndex { epoch, index: StatusIndex { list, index } }: ReservedIndex) {
        self.taken().push(Block { epoch, list, range: index..index.saturating_add(1) });
    }

    /// Discards the reserved indexes, whose lists may have been deleted, or whose epoch has ended.
    pub(crate) fn forget(&self) {
        self.taken().clear();
    }

    fn taken(&self) -> MutexGuard<'_, Vec<Block>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Creates a status list when less than half of one is free. An edge refuses the tokens of a list that it does not know, so it must learn
/// of a list before tokens use it.
pub(crate) fn create_list_if_needed(transaction: &Transaction<'_>, now: UnixSeconds) -> Result<(), Error> {
    transaction.lock_status_lists()?;
    if transaction.free_status_indexes()? < u64::from(StatusBits::CAPACITY / 2) {
        transaction.insert_status_list(now)?;
    }
    Ok(())
}

/// Sets the bits at these status indexes, so that edges refuse their tokens.
pub(crate) fn set_status_bits(
    transaction: &Transaction<'_>,
    status_indexes: &[StatusIndex],
    now: UnixSeconds,
) -> Result<(), Error> {
    let mut lists: BTreeMap<StatusListId, Vec<u32>> = BTreeMap::new();
    for status_index in status_indexes {
        lists.entry(status_index.list).or_default().push(status_index.index);
    }
    let changed: Vec<StatusListId> = lists.keys().copied().collect();
    // All are locked before the first is changed: the first change locks the revision, for which a holder of another list may wait.
    // A deleted list held only expired tokens.
    for (list, mut bits) in transaction.status_bits_to_change(&changed)? {
        let before = bits.clone();
        for index in lists.get(&list).into_iter().flatten() {
            bits.set(*index);
        }
        // Edges fetch every list that changes, so an unchanged one is not written.
        if bits != before {
            transaction.update_status_bits(list, &bits, now)?;
        }
    }
    Ok(())
}
