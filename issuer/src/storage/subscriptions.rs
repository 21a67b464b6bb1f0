//! The table `subscriptions`.

use postern_token::{ApiReference, UnixSeconds};

use super::columns::{Columns, moment};
use super::{StorageError, Transaction};
use crate::catalogue::{ApplicationId, Subscription};

const TABLE: &str = "subscriptions";

impl Transaction<'_> {
    /// Keeps a new subscription; `false` when the application has one for that API. The application, the API and the tier
    /// must exist.
    pub fn insert_subscription(
        &self,
        application: &ApplicationId,
        subscription: &Subscription,
        now: UnixSeconds,
    ) -> Result<bool, StorageError> {
        // Tokens are numbered in the order in which they were minted, whatever the clock did meanwhile.
        let sql = "INSERT INTO subscriptions (application_id, api_name, api_version, tier, created_at, since_token)
                   VALUES (?1, ?2, ?3, ?4, ?5, (SELECT coalesce(max(number), 0) FROM tokens)) ON CONFLICT DO NOTHING";
        let Subscription { api, tier } = subscription;
        let params = (application.as_str(), api.name(), api.version(), tier.as_str(), moment(now));
        Ok(self.change(sql, params)? == 1)
    }

    /// Forgets a subscription; `false` when the application has none for that API.
    pub fn delete_subscription(&self, application: &ApplicationId, api: &ApiReference<'_>) -> Result<bool, StorageError> {
        let sql = "DELETE FROM subscriptions WHERE application_id = ?1 AND api_name = ?2 AND api_version = ?3";
        Ok(self.change(sql, [application.as_str(), api.name(), api.version()])? == 1)
    }

    /// What an application is subscribed to, by API.
    pub fn subscriptions(&self, application: &ApplicationId) -> Result<Vec<Subscription>, StorageError> {
        let sql = "SELECT api_name || '/' || api_version AS api, tier FROM subscriptions
                   WHERE application_id = ?1 ORDER BY api_name, api_version";
        self.list(sql, [application.as_str()], |row| {
            let columns = Columns::new(row, TABLE);
            Ok(Subscription {
                api: columns.word("api", |text| ApiReference::parse(text.to_owned()).ok())?,
                tier: columns.parsed("tier")?,
            })
        })
    }
}
