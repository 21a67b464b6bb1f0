//! How an operation uses the database: in its own transaction, or inside an open one.

use std::cell::Cell;

use crate::Error;
use crate::audit_trail::{AuditSink, handing_over};
use crate::error::TokenError;
use crate::reserved_index::ReservedIndex;
use postern_storage::{Storage, StorageError, Transaction};

/// Runs an operation's transactions.
#[derive(Clone, Copy)]
pub(super) enum Database<'a> {
    /// Each runs in a separate transaction.
    Own(&'a Storage, Option<&'a AuditSink>),
    /// All are part of the open transaction, and commit with it.
    Open(&'a OpenTransaction<'a>),
}

/// An open transaction that operations take part in.
pub(super) struct OpenTransaction<'a> {
    transaction: &'a dyn Lend,
    status_index: Cell<Option<ReservedIndex>>,
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

impl<'a> OpenTransaction<'a> {
    /// It comes with a status index for one token, because none can be reserved while a transaction is open.
    pub(super) fn new(transaction: &'a Transaction<'_>, status_index: Option<ReservedIndex>) -> Self {
        Self { transaction, status_index: Cell::new(status_index) }
    }

    fn run<T, E: From<StorageError>>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut work = Some(work);
        let mut result = None;
        self.transaction.lend(&mut |transaction| {
            if let Some(work) = work.take() {
                result = Some(work(transaction));
            }
        });
        // `lend` always runs the closure, so there is a result.
        result.unwrap_or_else(|| Err(StorageError::Empty.into()))
    }
}

impl Database<'_> {
    pub(super) fn read<T, E: From<StorageError>>(self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        match self {
            Self::Own(storage, _) => storage.read(work),
            Self::Open(within) => within.run(work),
        }
    }

    pub(super) fn write<T, E: From<StorageError>>(self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        match self {
            Self::Own(storage, sink) => handing_over(sink, || storage.write(work)),
            Self::Open(within) => within.run(work),
        }
    }

    pub(super) fn write_concurrent<T, E: From<StorageError>>(
        self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match self {
            Self::Own(storage, sink) => handing_over(sink, || storage.write_concurrent(work)),
            Self::Open(within) => within.run(work),
        }
    }

    /// The status index that was reserved before the transaction began; `None` where each operation has its own transaction.
    pub(super) fn reserved_status_index(self) -> Option<Result<ReservedIndex, Error>> {
        match self {
            Self::Own(..) => None,
            Self::Open(within) => Some(within.status_index.take().ok_or(Error::Token(TokenError::StatusListDeleted))),
        }
    }
}
