//! The table `settings`.

use postern_token::{KeyType, Kid};

use super::columns::Columns;
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction, signing_keys};
use postern_model::{Policies, Settings, Validities};

const TABLE: &str = "settings";

const COLUMNS: &str = "SELECT issuer, audience, application_validity, user_validity, forever_allowed, max_application_validity,
                           max_user_validity, renew_below, key_rotation, key_publish_ahead, refresh_idle, refresh_lifetime,
                           refresh_grace, session_idle, session_lifetime, developer_registration, second_factor";

impl Transaction<'_> {
    /// The settings; `None` if the database is not initialised.
    pub fn settings(&self) -> Result<Option<Settings>, StorageError> {
        self.find(&format!("{COLUMNS} FROM settings"), &[], read)
    }

    /// The settings, and the `kid` of the key that signs for `key_type`; `None` if either is missing.
    pub fn settings_and_signer(&self, key_type: KeyType) -> Result<Option<(Settings, Kid<'static>)>, StorageError> {
        let sql = format!("{COLUMNS}, kid FROM settings, signers WHERE key_type = ?1");
        self.find(&sql, values![key_type.as_str()], |row| Ok((read(row)?, signing_keys::signer(row)?)))
    }

    /// Inserts the settings of a new database; `false` if it has settings.
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

    /// Updates the validities of new applications.
    pub fn update_default_validities(&self, validities: &Validities) -> Result<(), StorageError> {
        let sql = "UPDATE settings SET application_validity = ?1, user_validity = ?2";
        self.change(sql, values![validities.application.as_seconds(), validities.user.as_seconds()]).map(drop)
    }

    /// Updates the policies.
    pub fn update_policies(&self, policies: &Policies) -> Result<(), StorageError> {
        let sql = "UPDATE settings SET forever_allowed = ?1, renew_below = ?2, key_rotation = ?3, key_publish_ahead = ?4,
                       refresh_idle = ?5, refresh_lifetime = ?6, session_idle = ?7, session_lifetime = ?8, refresh_grace = ?9,
                       max_application_validity = ?10, max_user_validity = ?11, developer_registration = ?12, second_factor = ?13";
        let seconds = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
        let values = values![
            policies.forever_allowed,
            u32::from(policies.renew_below_percent),
            policies.key_rotation.map(seconds),
            seconds(policies.key_publish_ahead),
            seconds(policies.refresh_idle),
            seconds(policies.refresh_lifetime),
            seconds(policies.session_idle),
            seconds(policies.session_lifetime),
            seconds(policies.refresh_grace),
            policies.max_application_validity.map(seconds),
            policies.max_user_validity.map(seconds),
            policies.developer_registration.as_str(),
            policies.second_factor.as_str(),
        ];
        self.change(sql, values).map(drop)
    }
}

fn read(row: Row<'_>) -> Result<Settings, StorageError> {
    let columns = Columns::new(row, TABLE);
    Ok(Settings {
        issuer: columns.parsed("issuer")?,
        audience: columns.parsed("audience")?,
        default_validities: columns.validities()?,
        policies: Policies {
            forever_allowed: columns.flag("forever_allowed")?,
            max_application_validity: columns.optional_count("max_application_validity")?,
            max_user_validity: columns.optional_count("max_user_validity")?,
            renew_below_percent: columns.optional_integer("renew_below")?.ok_or_else(|| columns.corrupt("renew_below"))?,
            key_rotation: columns.optional_count("key_rotation")?,
            key_publish_ahead: columns.count("key_publish_ahead")?,
            refresh_idle: columns.count("refresh_idle")?,
            refresh_lifetime: columns.count("refresh_lifetime")?,
            refresh_grace: columns.count("refresh_grace")?,
            session_idle: columns.count("session_idle")?,
            session_lifetime: columns.count("session_lifetime")?,
            developer_registration: columns.parsed("developer_registration")?,
            second_factor: columns.parsed("second_factor")?,
        },
    })
}
