//! Ending a subscription.

use postern_token::{ApiReference, UnixSeconds};

use super::Error;
use super::revocation::{RevokedTokens, end};
use crate::catalogue::{ApplicationId, TokenState};
use crate::storage::{Ending, Storage};

/// Ends an application's subscription to an API, and with it every live token of the application that names the API: what a
/// token holds cannot be taken out of it.
pub fn unsubscribe(
    storage: &Storage,
    application: &ApplicationId,
    api: &ApiReference<'static>,
    now: UnixSeconds,
) -> Result<RevokedTokens, Error> {
    storage.write(|transaction| {
        if transaction.application(application)?.is_none() {
            return Err(Error::NoSuchApplication(application.clone()));
        }
        // While the subscription is there: it tells which tokens hold it.
        let revoked = end(transaction, Ending::Subscription(application, api), TokenState::Revoked, now)?;
        if transaction.delete_subscription(application, api)? {
            Ok(revoked)
        } else {
            Err(Error::NotSubscribed { application: application.clone(), api: api.clone() })
        }
    })
}
