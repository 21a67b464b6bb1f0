//! One transaction, and the few ways in which the tables' files use it.

use rusqlite::{Params, Row};

use super::StorageError;

/// A transaction. The operations on it stand beside their tables.
pub struct Transaction<'connection>(rusqlite::Transaction<'connection>);

impl<'connection> Transaction<'connection> {
    pub(super) fn new(transaction: rusqlite::Transaction<'connection>) -> Self {
        Self(transaction)
    }

    pub(super) fn commit(self) -> Result<(), StorageError> {
        Ok(self.0.commit()?)
    }

    /// Runs a statement that changes rows and says how many it changed.
    pub(super) fn change(&self, sql: &str, params: impl Params) -> Result<usize, StorageError> {
        Ok(self.0.prepare_cached(sql)?.execute(params)?)
    }

    /// The first row of a query, made into a value by `read`.
    pub(super) fn find<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> Result<T, StorageError>,
    ) -> Result<Option<T>, StorageError> {
        self.0.prepare_cached(sql)?.query_and_then(params, read)?.next().transpose()
    }

    /// Every row of a query, each made into a value by `read`.
    pub(super) fn list<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> Result<T, StorageError>,
    ) -> Result<Vec<T>, StorageError> {
        self.0.prepare_cached(sql)?.query_and_then(params, read)?.collect()
    }
}
