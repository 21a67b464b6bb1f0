//! Subscribing an application to an API.

use postern_token::UnixSeconds;

use super::Error;
use super::mint::check_mintable;
use crate::catalogue::{ApplicationId, Subscription};
use crate::entropy::Entropy;
use crate::storage::Storage;

/// Subscribes an application to an API at a tier. Tokens that are minted from now on hold it.
pub fn subscribe(
    storage: &Storage,
    application: &ApplicationId,
    subscription: &Subscription,
    now: UnixSeconds,
    entropy: &dyn Entropy,
) -> Result<(), Error> {
    let Subscription { api, tier } = subscription;
    storage.write(|transaction| {
        if transaction.application(application)?.is_none() {
            return Err(Error::NoSuchApplication(application.clone()));
        }
        if !transaction.has_api(api)? {
            return Err(Error::NoSuchApi(api.clone()));
        }
        let existing = transaction.tiers()?;
        if !existing.contains(tier) {
            return Err(Error::NoSuchTier { tier: tier.clone(), existing });
        }
        if !transaction.insert_subscription(application, subscription, now)? {
            return Err(Error::AlreadySubscribed { application: application.clone(), api: api.clone() });
        }
        // Better that the owner hears it than that the application gets no token from now on.
        let key_sets = transaction.key_sets(application)?;
        key_sets.iter().try_for_each(|key_set| check_mintable(transaction, key_set, now, entropy))
    })
}
