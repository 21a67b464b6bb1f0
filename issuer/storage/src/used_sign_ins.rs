//! The table `used_sign_ins`: the sign-ins with several steps that cannot be used again.

use postern_token::UnixSeconds;

use super::value::values;
use super::{StorageError, Transaction};
use postern_secrets::HashedSecret;

impl Transaction<'_> {
    /// Records that a sign-in was used; `false` if it was used before.
    pub fn use_sign_in(&self, state: &HashedSecret, expires_at: UnixSeconds) -> Result<bool, StorageError> {
        let sql = "INSERT INTO used_sign_ins (state_hash, expires_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        Ok(self.change(sql, values![state.as_bytes(), expires_at])? == 1)
    }

    /// Whether a sign-in was used.
    pub fn is_sign_in_used(&self, state: &HashedSecret) -> Result<bool, StorageError> {
        let sql = "SELECT 1 FROM used_sign_ins WHERE state_hash = ?1";
        Ok(self.find(sql, values![state.as_bytes()], |_| Ok(()))?.is_some())
    }

    /// Deletes at most `limit` of the sign-ins that expired before `time`. Returns their number.
    pub fn delete_expired_sign_ins(&self, time: UnixSeconds, limit: u32) -> Result<usize, StorageError> {
        let sql = "DELETE FROM used_sign_ins WHERE state_hash IN
                       (SELECT state_hash FROM used_sign_ins WHERE expires_at < ?1 ORDER BY expires_at LIMIT ?2)";
        self.change(sql, values![time, limit])
    }
}
