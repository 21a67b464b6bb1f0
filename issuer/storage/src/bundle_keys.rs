//! The table `bundle_keys`.

use postern_token::{Algorithm, Identifier, Kid};

use super::columns::Columns;
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::BundleKeyRecord;
use postern_secrets::Sealed;

/// A bundle key, as it is stored.
#[derive(Debug, Clone)]
pub struct SealedBundleKey {
    /// Its record.
    pub record: BundleKeyRecord,
    /// The key, sealed for this table and its name.
    pub sealed: Sealed,
}

impl SealedBundleKey {
    /// The table that a key is sealed for.
    pub const TABLE: &str = "bundle_keys";
}

const COLUMNS: &str = "SELECT kid, algorithm, public, sealed, signs, created_at FROM bundle_keys";

impl Transaction<'_> {
    /// Inserts a bundle key. It signs if no other one does.
    pub fn insert_bundle_key(&self, key: &SealedBundleKey) -> Result<(), StorageError> {
        let sql = "INSERT INTO bundle_keys (kid, algorithm, public, sealed, signs, created_at)
                   SELECT ?1, ?2, ?3, ?4, CASE WHEN EXISTS (SELECT 1 FROM bundle_keys WHERE signs = 1) THEN 0 ELSE 1 END, ?5";
        let SealedBundleKey { record, sealed } = key;
        let values =
            values![record.kid.as_str(), record.algorithm.as_str(), record.public.as_str(), sealed.as_bytes(), record.created_at];
        self.change(sql, values).map(drop)
    }

    /// Makes a bundle key the one that signs.
    pub fn sign_bundles_with(&self, kid: &Kid<'_>) -> Result<(), StorageError> {
        self.change("UPDATE bundle_keys SET signs = 0 WHERE signs = 1 AND kid <> ?1", values![kid.as_str()])?;
        self.change("UPDATE bundle_keys SET signs = 1 WHERE signs = 0 AND kid = ?1", values![kid.as_str()]).map(drop)
    }

    /// Deletes a bundle key that does not sign.
    pub fn delete_bundle_key(&self, kid: &Kid<'_>) -> Result<(), StorageError> {
        self.change("DELETE FROM bundle_keys WHERE signs = 0 AND kid = ?1", values![kid.as_str()]).map(drop)
    }

    /// Replaces the sealed form of a bundle key.
    pub fn reseal_bundle_key(&self, kid: &Kid<'_>, sealed: &Sealed) -> Result<(), StorageError> {
        self.change("UPDATE bundle_keys SET sealed = ?2 WHERE kid = ?1", values![kid.as_str(), sealed.as_bytes()]).map(drop)
    }

    /// All bundle keys, oldest first.
    pub fn bundle_keys(&self) -> Result<Vec<SealedBundleKey>, StorageError> {
        self.list(&format!("{COLUMNS} ORDER BY number"), &[], read)
    }

    /// The bundle key that signs.
    pub fn bundle_signer(&self) -> Result<Option<SealedBundleKey>, StorageError> {
        self.find(&format!("{COLUMNS} WHERE signs = 1"), &[], read)
    }
}

fn read(row: Row<'_>) -> Result<SealedBundleKey, StorageError> {
    let columns = Columns::new(row, SealedBundleKey::TABLE);
    let record = BundleKeyRecord {
        kid: columns.parsed_with("kid", |text| Identifier::parse(text.to_owned()).ok())?,
        algorithm: columns
            .parsed_with("algorithm", |text| Algorithm::ALL.into_iter().find(|algorithm| algorithm.as_str() == text))?,
        public: columns.text("public")?,
        signs: columns.flag("signs")?,
        created_at: columns.time("created_at")?,
    };
    Ok(SealedBundleKey { record, sealed: Sealed::from_bytes(columns.bytes("sealed")?.to_vec()) })
}
