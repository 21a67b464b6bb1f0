//! A status index that was reserved before the transaction that uses it.

use crate::Error;
use crate::error::TokenError;
use postern_model::StatusIndex;
use postern_storage::Transaction;

/// A reserved status index. A recovery ends the epoch in which it was reserved: then the index may be in use by another token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReservedIndex {
    pub(crate) epoch: u64,
    pub(crate) index: StatusIndex,
}

impl ReservedIndex {
    /// The index, if the transaction is in the same epoch.
    pub(crate) fn check(self, transaction: &Transaction<'_>) -> Result<StatusIndex, Error> {
        self.check_epoch(transaction.epoch()?)
    }

    /// The index, if this is its epoch.
    pub(crate) fn check_epoch(self, epoch: u64) -> Result<StatusIndex, Error> {
        if epoch == self.epoch { Ok(self.index) } else { Err(TokenError::StatusListDeleted.into()) }
    }
}
