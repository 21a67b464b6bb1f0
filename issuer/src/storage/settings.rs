//! The table `settings`.

use rusqlite::named_params;

use super::columns::Columns;
use super::{StorageError, Transaction};
use crate::catalogue::{Settings, Validities};

impl Transaction<'_> {
    /// The settings, once the database is initialised.
    pub fn settings(&self) -> Result<Option<Settings>, StorageError> {
        let sql = "SELECT issuer, audience, application_validity, user_validity FROM settings";
        self.find(sql, [], |row| {
            let columns = Columns::new(row, "settings");
            Ok(Settings {
                issuer: columns.parsed("issuer")?,
                audience: columns.parsed("audience")?,
                default_validities: columns.validities()?,
            })
        })
    }

    /// Writes the settings of a new database; `false` when it has some.
    pub fn insert_settings(&self, settings: &Settings) -> Result<bool, StorageError> {
        let sql = "INSERT INTO settings (id, issuer, audience, application_validity, user_validity)
                   VALUES (1, :issuer, :audience, :application_validity, :user_validity) ON CONFLICT DO NOTHING";
        let changed = self.change(
            sql,
            named_params! {
                ":issuer": settings.issuer.as_str(),
                ":audience": settings.audience.as_str(),
                ":application_validity": settings.default_validities.application.as_seconds(),
                ":user_validity": settings.default_validities.user.as_seconds(),
            },
        )?;
        Ok(changed == 1)
    }

    /// Changes the validities that new applications start with.
    pub fn update_default_validities(&self, validities: &Validities) -> Result<(), StorageError> {
        let sql = "UPDATE settings SET application_validity = ?1, user_validity = ?2";
        self.change(sql, (validities.application.as_seconds(), validities.user.as_seconds())).map(drop)
    }
}
