//! The table `revision`, in which triggers count the changes of the bundle and of the catalogue.

use postern_token::UnixSeconds;

use super::columns::Columns;
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction};

const TABLE: &str = "revision";

/// The number of changes of what a grant of tokens to clients depends on: settings, signing keys, applications, their owners, key sets,
/// secrets, subscriptions, and rules for scopes. They are counted within an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CatalogueRevision {
    /// The epoch.
    pub epoch: u64,
    number: u64,
}

/// The state of the database in which tokens are minted.
#[derive(Debug, Clone, Copy)]
pub struct MintingState {
    /// The revision of the catalogue.
    pub catalogue: CatalogueRevision,
    /// The number of changes of the bundle.
    pub bundle: u64,
    /// The number of the application token that was stored last; 0 if there is none.
    pub last_token: u64,
}

impl Transaction<'_> {
    /// The Unix time at which the issuer's history began; revisions are counted within it. 0 in a database of an older version.
    pub fn epoch(&self) -> Result<u64, StorageError> {
        let number = self.find("SELECT epoch FROM revision", &[], |row| Columns::new(row, TABLE).count("epoch"))?;
        number.ok_or(StorageError::Corrupt { table: TABLE, column: "epoch" })
    }

    /// Begins a new epoch, later than the current one even if the clock is behind.
    pub fn begin_epoch(&self, now: UnixSeconds) -> Result<(), StorageError> {
        let sql = "UPDATE revision SET epoch = CASE WHEN epoch >= ?1 THEN epoch + 1 ELSE ?1 END, number = number + 1";
        self.change(sql, values![now]).map(drop)
    }

    /// The revision of the catalogue.
    pub fn catalogue_revision(&self) -> Result<CatalogueRevision, StorageError> {
        let found = self.find("SELECT epoch, catalogue FROM revision", &[], read_catalogue_revision)?;
        found.ok_or(StorageError::Corrupt { table: TABLE, column: "catalogue" })
    }

    /// The same, with what else minting needs.
    pub fn minting_state(&self) -> Result<MintingState, StorageError> {
        let sql = "SELECT epoch, catalogue, number AS bundle, coalesce((SELECT max(number) FROM tokens), 0) AS last_token
                   FROM revision";
        let found = self.find(sql, &[], |row| {
            let columns = Columns::new(row, TABLE);
            let (bundle, last_token) = (columns.count("bundle")?, columns.count("last_token")?);
            Ok(MintingState { catalogue: read_catalogue_revision(row)?, bundle, last_token })
        })?;
        found.ok_or(StorageError::Corrupt { table: TABLE, column: "catalogue" })
    }

    /// The revision: the number of changes of the bundle.
    pub fn revision(&self) -> Result<u64, StorageError> {
        let number = self.find("SELECT number FROM revision", &[], |row| Columns::new(row, TABLE).count("number"))?;
        number.ok_or(StorageError::Corrupt { table: TABLE, column: "number" })
    }
}

fn read_catalogue_revision(row: Row<'_>) -> Result<CatalogueRevision, StorageError> {
    let columns = Columns::new(row, TABLE);
    Ok(CatalogueRevision { epoch: columns.count("epoch")?, number: columns.count("catalogue")? })
}
