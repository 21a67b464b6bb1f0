//! The table `subscriptions`.

use postern_token::{ApiReference, UnixSeconds};

use super::columns::Columns;
use super::row::Row;
use super::value::values;
use super::{StorageError, Transaction};
use postern_model::{ApplicationId, Subscription, SubscriptionState};

const TABLE: &str = "subscriptions";

const COLUMNS: &str = "SELECT api_name || '/' || api_version AS api, tier, state FROM subscriptions";

impl Transaction<'_> {
    /// Inserts a subscription; `false` if the application is already subscribed to the API. The application, the API and the tier
    /// must exist.
    pub fn insert_subscription(
        &self,
        application: &ApplicationId,
        subscription: &Subscription,
        now: UnixSeconds,
    ) -> Result<bool, StorageError> {
        // A token's number and not its time tells whether it is newer than the subscription, because a clock may jump.
        let sql = "INSERT INTO subscriptions (application_id, api_name, api_version, tier, state, created_at, since_token)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, (SELECT coalesce(max(number), 0) FROM tokens)) ON CONFLICT DO NOTHING";
        let Subscription { api, tier, state } = subscription;
        let values = values![application.as_str(), api.name(), api.version(), tier.as_str(), state.as_str(), now];
        Ok(self.change(sql, values)? == 1)
    }

    /// Updates a subscription's tier and state.
    pub fn update_subscription(&self, application: &ApplicationId, subscription: &Subscription) -> Result<(), StorageError> {
        let sql =
            "UPDATE subscriptions SET tier = ?4, state = ?5 WHERE application_id = ?1 AND api_name = ?2 AND api_version = ?3";
        let Subscription { api, tier, state } = subscription;
        let values = values![application.as_str(), api.name(), api.version(), tier.as_str(), state.as_str()];
        self.change(sql, values).map(drop)
    }

    /// Deletes a subscription; `false` if the application is not subscribed to the API.
    pub fn delete_subscription(&self, application: &ApplicationId, api: &ApiReference<'_>) -> Result<bool, StorageError> {
        let sql = "DELETE FROM subscriptions WHERE application_id = ?1 AND api_name = ?2 AND api_version = ?3";
        Ok(self.change(sql, values![application.as_str(), api.name(), api.version()])? == 1)
    }

    /// All subscriptions of an application, sorted by API.
    pub fn subscriptions(&self, application: &ApplicationId) -> Result<Vec<Subscription>, StorageError> {
        let sql = format!("{COLUMNS} WHERE application_id = ?1 ORDER BY api_name, api_version");
        self.list(&sql, values![application.as_str()], read)
    }

    /// The subscription of an application to an API.
    pub fn subscription(
        &self,
        application: &ApplicationId,
        api: &ApiReference<'_>,
    ) -> Result<Option<Subscription>, StorageError> {
        let sql = format!("{COLUMNS} WHERE application_id = ?1 AND api_name = ?2 AND api_version = ?3");
        self.find(&sql, values![application.as_str(), api.name(), api.version()], read)
    }

    /// All applications that are subscribed to an API, sorted by id.
    pub fn subscribers(&self, api: &ApiReference<'_>) -> Result<Vec<ApplicationId>, StorageError> {
        let sql = "SELECT application_id FROM subscriptions WHERE api_name = ?1 AND api_version = ?2 ORDER BY application_id";
        self.list(sql, values![api.name(), api.version()], |row| Columns::new(row, TABLE).parsed("application_id"))
    }

    /// All subscriptions that wait for approval, oldest first.
    pub fn waiting_subscriptions(&self) -> Result<Vec<(ApplicationId, Subscription)>, StorageError> {
        let sql = "SELECT api_name || '/' || api_version AS api, tier, state, application_id FROM subscriptions
                   WHERE state = 'waiting' ORDER BY created_at, application_id, api_name, api_version";
        self.list(sql, &[], |row| Ok((Columns::new(row, TABLE).parsed("application_id")?, read(row)?)))
    }
}

fn read(row: Row<'_>) -> Result<Subscription, StorageError> {
    let columns = Columns::new(row, TABLE);
    Ok(Subscription {
        api: columns.parsed_with("api", |text| ApiReference::parse(text.to_owned()).ok())?,
        tier: columns.parsed("tier")?,
        state: columns.parsed_with("state", SubscriptionState::parse)?,
    })
}
