//! The table `settings`.

use super::columns::Columns;
use super::value::values;
use super::{StorageError, Transaction};
use crate::catalogue::{Policies, Settings, Validities};

const TABLE: &str = "settings";

impl Transaction<'_> {
    /// The settings, once the database is initialised.
    pub fn settings(&self) -> Result<Option<Settings>, StorageError> {
        let sql = "SELECT issuer, audience, application_validity, user_validity, forever_allowed, renew_below, key_rotation,
                       key_publish_ahead FROM settings";
        self.find(sql, &[], |row| {
            let columns = Columns::new(row, TABLE);
            Ok(Settings {
                issuer: columns.parsed("issuer")?,
                audience: columns.parsed("audience")?,
                default_validities: columns.validities()?,
                policies: Policies {
                    forever_allowed: columns.flag("forever_allowed")?,
                    renew_below_percent: columns
                        .optional_small("renew_below")?
                        .ok_or(StorageError::Corrupt { table: TABLE, column: "renew_below" })?,
                    key_rotation: columns.optional_count("key_rotation")?,
                    key_publish_ahead: columns.count("key_publish_ahead")?,
                },
            })
        })
    }

    /// Writes the settings of a new database; `false` when it has some.
    pub fn insert_settings(&self, settings: &Settings) -> Result<bool, StorageError> {
        let sql = "INSERT INTO settings (id, issuer, audience, application_validity, user_validity)
                   VALUES (1, ?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
        let Settings { issuer, audience, default_validities, policies } = settings;
        let (for_application, for_user) = (default_validities.application.as_seconds(), default_validities.user.as_seconds());
        let inserted = self.change(sql, values![issuer.as_str(), audience.as_str(), for_application, for_user])? == 1;
        if inserted {
            self.update_policies(policies)?;
        }
        Ok(inserted)
    }

    /// Changes the validities that new applications start with.
    pub fn update_default_validities(&self, validities: &Validities) -> Result<(), StorageError> {
        let sql = "UPDATE settings SET application_validity = ?1, user_validity = ?2";
        self.change(sql, values![validities.application.as_seconds(), validities.user.as_seconds()]).map(drop)
    }

    /// Changes what holds for all.
    pub fn update_policies(&self, policies: &Policies) -> Result<(), StorageError> {
        let sql = "UPDATE settings SET forever_allowed = ?1, renew_below = ?2, key_rotation = ?3, key_publish_ahead = ?4";
        let seconds = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
        let Policies { forever_allowed, renew_below_percent, key_rotation, key_publish_ahead } = *policies;
        let values =
            values![forever_allowed, u32::from(renew_below_percent), key_rotation.map(seconds), seconds(key_publish_ahead)];
        self.change(sql, values).map(drop)
    }
}
