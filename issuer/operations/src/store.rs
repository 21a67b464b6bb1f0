//! The database as an operation reaches it: in a transaction of its own, or inside one that is open already.

use std::cell::Cell;

use crate::Error;
use crate::error::TokenError;
use postern_model::StatusPlace;
use postern_storage::{Storage, StorageError, Transaction};

/// What runs an operation's transactions.
#[derive(Clone, Copy)]
pub(super) enum Store<'a> {
    /// Each is one of its own.
    Own(&'a Storage),
    /// All are part of the one that is open, and last when it does.
    Within(&'a Within<'a>),
}

/// A transaction that is open, for operations that are to be part of it.
pub(super) struct Within<'a> {
    transaction: &'a dyn Lend,
    place: Cell<Option<StatusPlace>>,
}

/// A transaction, whatever its lifetime.
trait Lend {
    fn lend(&self, work: &mut dyn FnMut(&Transaction<'_>));
}

impl Lend for Transaction<'_> {
    fn lend(&self, work: &mut dyn FnMut(&Transaction<'_>)) {
        work(self);
    }
}

impl<'a> Within<'a> {
    /// With a place for one token's status: places cannot be taken while a transaction is open.
    pub(super) fn new(transaction: &'a Transaction<'_>, place: Option<StatusPlace>) -> Self {
        Self { transaction, place: Cell::new(place) }
    }

    fn run<T, E: From<StorageError>>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut work = Some(work);
        let mut result = None;
        self.transaction.lend(&mut |transaction| {
            if let Some(work) = work.take() {
                result = Some(work(transaction));
            }
        });
        // A transaction lends itself once each time it is asked.
        result.unwrap_or_else(|| Err(StorageError::Empty.into()))
    }
}

impl Store<'_> {
    pub(super) fn read<T, E: From<StorageError>>(self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        match self {
            Self::Own(storage) => storage.read(work),
            Self::Within(within) => within.run(work),
        }
    }

    pub(super) fn write<T, E: From<StorageError>>(self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        match self {
            Self::Own(storage) => storage.write(work),
            Self::Within(within) => within.run(work),
        }
    }

    pub(super) fn write_beside_others<T, E: From<StorageError>>(
        self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match self {
            Self::Own(storage) => storage.write_beside_others(work),
            Self::Within(within) => within.run(work),
        }
    }

    /// The place that was taken before the transaction was opened; `None` where each transaction is one of its own.
    pub(super) fn place_at_hand(self) -> Option<Result<StatusPlace, Error>> {
        match self {
            Self::Own(_) => None,
            Self::Within(within) => Some(within.place.take().ok_or(Error::Token(TokenError::StatusListDeleted))),
        }
    }
}
