//! The table `write_probe`.

use super::dialect::Dialect;
use super::value::values;
use super::{StorageError, Transaction};

/// Takes the locks that minting takes, until the end of the transaction. They hinder no other minting.
const MINTING: &str = "LOCK TABLE tokens, token_profiles, current_tokens, audit, audit_profiles, status_lists IN ROW EXCLUSIVE MODE;
    LOCK TABLE applications, key_sets, consumer_secrets, subscriptions, settings, signers, signing_keys, scopes, scope_approvals, revision
        IN ACCESS SHARE MODE";

/// More than the writes of any one operation that clients ask for.
const FILLER_LEN: usize = 64 * 1024;

impl Transaction<'_> {
    /// Changes a row that nothing else uses. This needs everything that a write needs: the lock, room on the disk, and the right to write; and
    /// on `PostgreSQL` the tables that minting reads and writes, which another session may have locked.
    pub fn probe(&self) -> Result<(), StorageError> {
        // An `SQLite` file has one lock.
        if self.dialect() == Dialect::Postgres {
            self.run(MINTING)?;
        }
        // The number never overflows: the count restarts long before.
        self.change("UPDATE write_probe SET number = (number + 1) % 1000000", &[]).map(drop)
    }

    /// Changes as much as the largest writes do, because a nearly full disk may have room only for [`Self::probe`]. `seed` must differ from
    /// the previous one, because unchanged content is not written.
    pub fn probe_with_filler(&self, seed: u8) -> Result<(), StorageError> {
        let filler = vec![seed; FILLER_LEN];
        self.change("UPDATE write_probe SET filler = ?1", values![filler.as_slice()])?;
        self.probe()
    }
}
