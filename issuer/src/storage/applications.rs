//! The table `applications`.

use rusqlite::{Row, named_params};

use super::columns::{Columns, moment};
use super::{StorageError, Transaction};
use crate::catalogue::{Application, ApplicationId};

const COLUMNS: &str = "SELECT id, name, application_validity, user_validity, created_at FROM applications";

impl Transaction<'_> {
    /// Keeps a new application.
    pub fn insert_application(&self, application: &Application) -> Result<(), StorageError> {
        let sql = "INSERT INTO applications (id, name, application_validity, user_validity, created_at)
                   VALUES (:id, :name, :application_validity, :user_validity, :created_at)";
        let params = named_params! {
            ":id": application.id.as_str(),
            ":name": application.name.as_str(),
            ":application_validity": application.validities.application.as_seconds(),
            ":user_validity": application.validities.user.as_seconds(),
            ":created_at": moment(application.created_at),
        };
        self.change(sql, params).map(drop)
    }

    /// The application of that id.
    pub fn application(&self, id: &ApplicationId) -> Result<Option<Application>, StorageError> {
        self.find(&format!("{COLUMNS} WHERE id = ?1"), [id.as_str()], read)
    }

    /// Every application, the oldest first.
    pub fn applications(&self) -> Result<Vec<Application>, StorageError> {
        self.list(&format!("{COLUMNS} ORDER BY created_at, rowid"), [], read)
    }
}

fn read(row: &Row<'_>) -> Result<Application, StorageError> {
    let columns = Columns::new(row, "applications");
    Ok(Application {
        id: columns.parsed("id")?,
        name: columns.parsed("name")?,
        validities: columns.validities()?,
        created_at: columns.moment("created_at")?,
    })
}
