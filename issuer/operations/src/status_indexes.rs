//! Places in status lists that this process has taken and not given away yet.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use postern_token::UnixSeconds;

use crate::Error;
use crate::store::Store;
use postern_model::{StatusBits, StatusListId, StatusPlace};
use postern_storage::{StorageError, Transaction};

/// Hands out places. They are taken in a transaction of their own: tokens that are minted at the same moment then need not wait for each other, and
/// what a process that is killed had taken is a few bits that nobody uses.
pub(crate) struct StatusPlaces {
    block: u32,
    taken: Mutex<Vec<(StatusListId, Range<u32>)>>,
}

impl StatusPlaces {
    /// For one who mints so much.
    pub(crate) fn in_blocks() -> Self {
        Self { block: 256, taken: Mutex::default() }
    }

    /// For one who mints a token and goes.
    pub(crate) fn one_by_one() -> Self {
        Self { block: 1, taken: Mutex::default() }
    }

    /// The next place. Not to be asked for in a transaction.
    pub(crate) fn next(&self, storage: Store<'_>, now: UnixSeconds) -> Result<StatusPlace, Error> {
        if let Some(place) = self.take() {
            return Ok(place);
        }
        // Whoever finds nothing takes a block, and nobody waits here for somebody who waits for the database.
        let (list, mut range) = storage.write_beside_others(|transaction| {
            transaction.lock_status_lists()?;
            // Before a list is begun: who revokes locks its list first, and then what counts the changes.
            let places = transaction.take_status_places(self.block)?;
            begin_where_needed(transaction, now)?;
            let places = match places {
                Some(places) => Some(places),
                None => transaction.take_status_places(self.block)?,
            };
            Ok::<_, Error>(places.ok_or(StorageError::Corrupt { table: "status_lists", column: "next_index" })?)
        })?;
        let index = range.next().ok_or(StorageError::Corrupt { table: "status_lists", column: "next_index" })?;
        self.taken().push((list, range));
        Ok(StatusPlace { list, index })
    }

    fn take(&self) -> Option<StatusPlace> {
        let mut taken = self.taken();
        loop {
            let (list, range) = taken.last_mut()?;
            if let Some(index) = range.next() {
                return Some(StatusPlace { list: *list, index });
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
pub(crate) fn begin_where_needed(transaction: &Transaction<'_>, now: UnixSeconds) -> Result<(), Error> {
    transaction.lock_status_lists()?;
    if transaction.free_status_places()? < u64::from(StatusBits::CAPACITY / 2) {
        transaction.insert_status_list(now)?;
    }
    Ok(())
}

/// Sets the bits at these places, which is what edges look at.
pub(crate) fn set_bits(transaction: &Transaction<'_>, places: &[StatusPlace], now: UnixSeconds) -> Result<(), Error> {
    let mut lists: BTreeMap<StatusListId, Vec<u32>> = BTreeMap::new();
    for place in places {
        lists.entry(place.list).or_default().push(place.index);
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
