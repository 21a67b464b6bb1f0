//! Listing the applications.

use super::Error;
use crate::catalogue::{Application, KeySet, Subscription};
use crate::storage::Storage;

/// An application and what belongs to it.
#[derive(Debug, Clone)]
pub struct ApplicationDetails {
    /// The application.
    pub application: Application,
    /// Its keys.
    pub key_sets: Vec<KeySet>,
    /// What it is subscribed to.
    pub subscriptions: Vec<Subscription>,
}

/// Every application, the oldest first.
pub fn list_applications(storage: &Storage) -> Result<Vec<ApplicationDetails>, Error> {
    storage.read(|transaction| {
        let details = |application: Application| {
            let key_sets = transaction.key_sets(&application.id)?;
            let subscriptions = transaction.subscriptions(&application.id)?;
            Ok(ApplicationDetails { application, key_sets, subscriptions })
        };
        transaction.applications()?.into_iter().map(details).collect()
    })
}
