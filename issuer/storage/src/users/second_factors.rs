//! The second factors of users, in the table `users@`, and the table `recovery_codes@`.

use postern_token::UnixSeconds;

use super::UserTables;
use crate::StorageError;
use crate::columns::Columns;
use crate::row::Row;
use crate::value::values;
use postern_model::UserName;
use postern_secrets::{HashedSecret, Sealed};

const TABLE: &str = "users";

/// A user's second factor, as it is stored.
#[derive(Debug, Clone)]
pub struct SealedSecondFactor {
    /// Its secret, sealed for [`SealedSecondFactor::TABLE`] and the user's id.
    pub sealed: Sealed,
    /// The last time step whose code was accepted.
    pub step: u64,
}

impl SealedSecondFactor {
    /// The table that a secret is sealed for.
    pub const TABLE: &str = "second_factors";
}

impl UserTables<'_, '_> {
    /// Gives a user, who has none, a second factor.
    pub fn set_second_factor(
        &self,
        name: &UserName,
        factor: &SealedSecondFactor,
        now: UnixSeconds,
    ) -> Result<bool, StorageError> {
        let sql = "UPDATE \"users@\" SET second_factor = ?2, second_factor_step = ?3, second_factor_at = ?4
                   WHERE name = ?1 AND second_factor IS NULL";
        let step = UnixSeconds(factor.step);
        Ok(self.change(sql, values![name.as_str(), factor.sealed.as_bytes(), step, now])? == 1)
    }

    /// A user's second factor.
    pub fn second_factor(&self, name: &UserName) -> Result<Option<SealedSecondFactor>, StorageError> {
        let sql = "SELECT second_factor, second_factor_step FROM \"users@\" WHERE name = ?1 AND second_factor IS NOT NULL";
        self.find(sql, values![name.as_str()], |row: Row<'_>| {
            let columns = Columns::new(row, TABLE);
            let sealed = Sealed::from_bytes(columns.bytes("second_factor")?.to_vec());
            Ok(SealedSecondFactor { sealed, step: columns.count("second_factor_step")? })
        })
    }

    /// Records that the code of a time step was accepted; `false` if that of this step or of a later one was accepted before.
    pub fn use_second_factor_step(&self, name: &UserName, step: u64) -> Result<bool, StorageError> {
        let sql = "UPDATE \"users@\" SET second_factor_step = ?2 WHERE name = ?1 AND second_factor_step < ?2";
        Ok(self.change(sql, values![name.as_str(), UnixSeconds(step)])? == 1)
    }

    /// Removes a user's second factor and recovery codes; `false` if the user had none.
    pub fn delete_second_factor(&self, name: &UserName) -> Result<bool, StorageError> {
        self.delete_recovery_codes(name)?;
        let sql = "UPDATE \"users@\" SET second_factor = NULL, second_factor_step = NULL, second_factor_at = NULL
                   WHERE name = ?1 AND second_factor IS NOT NULL";
        Ok(self.change(sql, values![name.as_str()])? == 1)
    }

    /// Replaces a user's recovery codes.
    pub fn replace_recovery_codes<'h>(
        &self,
        name: &UserName,
        hashes: impl IntoIterator<Item = &'h HashedSecret>,
    ) -> Result<(), StorageError> {
        self.delete_recovery_codes(name)?;
        let sql = "INSERT INTO \"recovery_codes@\" (code_hash, name) VALUES (?1, ?2)";
        hashes.into_iter().try_for_each(|hash| self.change(sql, values![hash.as_bytes(), name.as_str()]).map(drop))
    }

    /// Uses up a recovery code; `false` if the user has no such code.
    pub fn use_recovery_code(&self, name: &UserName, hash: &HashedSecret) -> Result<bool, StorageError> {
        let sql = "DELETE FROM \"recovery_codes@\" WHERE code_hash = ?1 AND name = ?2";
        Ok(self.change(sql, values![hash.as_bytes(), name.as_str()])? == 1)
    }

    /// The number of a user's recovery codes that were not used.
    pub fn recovery_codes(&self, name: &UserName) -> Result<u64, StorageError> {
        let sql = "SELECT count(*) AS codes FROM \"recovery_codes@\" WHERE name = ?1";
        let read = |row: Row<'_>| Columns::new(row, "recovery_codes").count("codes");
        Ok(self.find(sql, values![name.as_str()], read)?.unwrap_or_default())
    }

    fn delete_recovery_codes(&self, name: &UserName) -> Result<(), StorageError> {
        self.change("DELETE FROM \"recovery_codes@\" WHERE name = ?1", values![name.as_str()]).map(drop)
    }
}
