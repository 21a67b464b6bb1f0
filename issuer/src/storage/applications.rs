//! The table `applications`.

use postern_token::UnixSeconds;
use rusqlite::{Row, named_params};

use super::columns::{Columns, moment};
use super::{StorageError, Transaction};
use crate::catalogue::{Application, ApplicationId};

const COLUMNS: &str =
    "SELECT id, name, application_validity, user_validity, created_at FROM applications WHERE deleted_at IS NULL";

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

    /// Deletes an application with its key sets and subscriptions. What is left of it, for the records of its tokens, is found
    /// by [`Self::knows_application`] alone.
    pub fn delete_application(&self, id: &ApplicationId, now: UnixSeconds) -> Result<(), StorageError> {
        self.change("DELETE FROM key_sets WHERE application_id = ?1", [id.as_str()])?;
        self.change("DELETE FROM subscriptions WHERE application_id = ?1", [id.as_str()])?;
        self.change("UPDATE applications SET deleted_at = ?2 WHERE id = ?1", (id.as_str(), moment(now))).map(drop)
    }

    /// Whether there is or was an application of that id.
    pub fn knows_application(&self, id: &ApplicationId) -> Result<bool, StorageError> {
        Ok(self.find("SELECT 1 FROM applications WHERE id = ?1", [id.as_str()], |_| Ok(()))?.is_some())
    }

    /// The application of that id.
    pub fn application(&self, id: &ApplicationId) -> Result<Option<Application>, StorageError> {
        self.find(&format!("{COLUMNS} AND id = ?1"), [id.as_str()], read)
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
