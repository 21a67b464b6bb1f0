//! The tables `signing_keys` and `signers`.

use postern_token::{Algorithm, Identifier, KeyType, Kid, UnixSeconds};

use super::columns::{Columns, key_type};
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{KeyEnvironments, KeyState, SigningKeyRecord};
use postern_secrets::Sealed;

/// A signing key as it is stored.
#[derive(Debug, Clone)]
pub struct SealedSigningKey {
    /// The name of the key in tokens.
    pub kid: Kid<'static>,
    /// The only algorithm that the key signs with.
    pub algorithm: Algorithm,
    /// The environments whose tokens the key signs, has signed or is planned to sign.
    pub environments: KeyEnvironments,
    /// The key, sealed for this table and this `kid`.
    pub sealed: Sealed,
}

impl SealedSigningKey {
    /// The table that a key is sealed for.
    pub const TABLE: &str = "signing_keys";
}

const SIGNERS: &str = "signers";

const COLUMNS: &str = "SELECT kid, algorithm, for_production, for_sandbox, sealed FROM signing_keys WHERE retired = 0";

const RECORD: &str =
    "SELECT kid, algorithm, for_production, for_sandbox, retired, planned_for, stopped_at, created_at FROM signing_keys";

impl Transaction<'_> {
    /// Inserts a published key: edges verify with it, and it does not sign yet. `planned_for` names the environment for which it
    /// will sign.
    pub fn insert_signing_key(
        &self,
        key: &SealedSigningKey,
        planned_for: Option<KeyType>,
        now: UnixSeconds,
    ) -> Result<(), StorageError> {
        let sql =
            "INSERT INTO signing_keys (kid, algorithm, retired, sealed, planned_for, for_production, for_sandbox, created_at)
                   VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7)";
        let planned_for = planned_for.map(KeyType::as_str);
        let KeyEnvironments { production, sandbox } = key.environments;
        let (kid, algorithm) = (key.kid.as_str(), key.algorithm.as_str());
        self.change(sql, values![kid, algorithm, key.sealed.as_bytes(), planned_for, production, sandbox, now]).map(drop)
    }

    /// Makes a published key sign for `key_type`. The key that signed before is published afterwards.
    pub fn sign_with(&self, kid: &Kid<'_>, key_type: KeyType, now: UnixSeconds) -> Result<(), StorageError> {
        let sql = "INSERT INTO signers (key_type, kid, since) VALUES (?1, ?2, ?3)
                   ON CONFLICT (key_type) DO UPDATE SET kid = excluded.kid, since = excluded.since";
        let before = self.current_kid(key_type)?;
        self.change(sql, values![key_type.as_str(), kid.as_str(), now])?;
        if let Some(before) = before.filter(|before| before != kid) {
            let sql = "UPDATE signing_keys SET stopped_at = ?2 WHERE kid = ?1 AND kid NOT IN (SELECT kid FROM signers)";
            self.change(sql, values![before.as_str(), now])?;
        }
        let used = match key_type {
            KeyType::Production => "for_production",
            KeyType::Sandbox => "for_sandbox",
        };
        let sql = format!("UPDATE signing_keys SET planned_for = NULL, stopped_at = NULL, {used} = 1 WHERE kid = ?1");
        self.change(&sql, values![kid.as_str()]).map(drop)
    }

    /// Retires a published key: deletes the key itself and keeps its record.
    pub fn retire_signing_key(&self, kid: &Kid<'_>) -> Result<(), StorageError> {
        let sql = "UPDATE signing_keys SET retired = 1, sealed = NULL, planned_for = NULL WHERE kid = ?1";
        self.change(sql, values![kid.as_str()]).map(drop)
    }

    /// Replaces the sealed form of a key that is not retired.
    pub fn reseal_signing_key(&self, kid: &Kid<'_>, sealed: &Sealed) -> Result<(), StorageError> {
        let sql = "UPDATE signing_keys SET sealed = ?2 WHERE kid = ?1 AND retired = 0";
        self.change(sql, values![kid.as_str(), sealed.as_bytes()]).map(drop)
    }

    /// The `kid` of the key that signs for `key_type`.
    pub fn current_kid(&self, key_type: KeyType) -> Result<Option<Kid<'static>>, StorageError> {
        let sql = "SELECT kid FROM signers WHERE key_type = ?1";
        self.find(sql, values![key_type.as_str()], signer)
    }

    /// The key with this `kid`; `None` if there is none or it is retired.
    pub fn signing_key(&self, kid: &Kid<'_>) -> Result<Option<SealedSigningKey>, StorageError> {
        self.find(&format!("{COLUMNS} AND kid = ?1"), values![kid.as_str()], read)
    }

    /// All keys that edges verify with, oldest first.
    pub fn signing_keys(&self) -> Result<Vec<SealedSigningKey>, StorageError> {
        self.list(&format!("{COLUMNS} ORDER BY number"), &[], read)
    }

    /// The records of all keys, with the retired ones, oldest first.
    pub fn signing_key_records(&self) -> Result<Vec<SigningKeyRecord>, StorageError> {
        let mut records = self.list(&format!("{RECORD} ORDER BY number"), &[], read_record)?;
        self.add_signers(&mut records)?;
        Ok(records)
    }

    /// The record of the key with this `kid`.
    pub fn signing_key_record(&self, kid: &Kid<'_>) -> Result<Option<SigningKeyRecord>, StorageError> {
        let mut record = self.find(&format!("{RECORD} WHERE kid = ?1"), values![kid.as_str()], read_record)?;
        self.add_signers(record.as_mut_slice())?;
        Ok(record)
    }

    fn add_signers(&self, records: &mut [SigningKeyRecord]) -> Result<(), StorageError> {
        let signers = self.list("SELECT kid, key_type, since FROM signers ORDER BY key_type", &[], |row| {
            let columns = Columns::new(row, SIGNERS);
            Ok((kid(columns)?, columns.key_type()?, columns.time("since")?))
        })?;
        for (kid, key_type, since) in signers {
            if let Some(record) = records.iter_mut().find(|record| record.kid == kid) {
                record.state = KeyState::Signing;
                record.signs.push((key_type, since));
            }
        }
        Ok(())
    }
}

fn read(row: Row<'_>) -> Result<SealedSigningKey, StorageError> {
    let columns = Columns::new(row, SealedSigningKey::TABLE);
    Ok(SealedSigningKey {
        kid: kid(columns)?,
        algorithm: algorithm(columns)?,
        environments: environments(columns)?,
        sealed: Sealed::from_bytes(columns.bytes("sealed")?.to_vec()),
    })
}

fn read_record(row: Row<'_>) -> Result<SigningKeyRecord, StorageError> {
    let columns = Columns::new(row, SealedSigningKey::TABLE);
    let planned_for = columns.optional_text("planned_for")?;
    Ok(SigningKeyRecord {
        kid: kid(columns)?,
        algorithm: algorithm(columns)?,
        environments: environments(columns)?,
        state: if columns.flag("retired")? { KeyState::Retired } else { KeyState::Published },
        signs: Vec::new(),
        planned_for: planned_for.map(|text| key_type(&text).ok_or_else(|| columns.corrupt("planned_for"))).transpose()?,
        stopped_at: columns.optional_time("stopped_at")?,
        created_at: columns.time("created_at")?,
    })
}

/// The `kid` in a row of `signers`.
pub(super) fn signer(row: Row<'_>) -> Result<Kid<'static>, StorageError> {
    kid(Columns::new(row, SIGNERS))
}

fn kid(columns: Columns<'_>) -> Result<Kid<'static>, StorageError> {
    columns.parsed_with("kid", |text| Identifier::parse(text.to_owned()).ok())
}

fn environments(columns: Columns<'_>) -> Result<KeyEnvironments, StorageError> {
    Ok(KeyEnvironments { production: columns.flag("for_production")?, sandbox: columns.flag("for_sandbox")? })
}

fn algorithm(columns: Columns<'_>) -> Result<Algorithm, StorageError> {
    columns.parsed_with("algorithm", |text| Algorithm::ALL.into_iter().find(|algorithm| algorithm.as_str() == text))
}
