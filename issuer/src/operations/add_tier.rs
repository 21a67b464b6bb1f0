//! Adding a tier.

use super::Error;
use crate::catalogue::TierName;
use crate::storage::Storage;

/// Adds a tier.
pub fn add_tier(storage: &Storage, tier: &TierName) -> Result<(), Error> {
    storage.write(|transaction| if transaction.insert_tier(tier)? { Ok(()) } else { Err(Error::TierExists(tier.clone())) })
}
