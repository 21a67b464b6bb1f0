//! Tiers: the service levels at which applications can use an API.

use serde_json::json;

use crate::error::TierError;
use crate::{Act, Error};
use postern_model::{Action, ApiRecord, Tier, TierLimit, TierName};
use postern_storage::Transaction;

/// Adds a tier.
pub fn add_tier(act: &Act<'_>, tier: &Tier) -> Result<(), Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        if !transaction.insert_tier(tier)? {
            return Err(TierError::AlreadyExists(tier.name.clone()).into());
        }
        let details = json!({ "limit": tier.limit, "approval": tier.approval });
        act.audit(transaction, Action::TierAdd, None, Some(tier.name.as_str()), Some(&details))
    })
}

/// Every tier, by name.
pub fn list_tiers(act: &Act<'_>) -> Result<Vec<Tier>, Error> {
    act.storage().read(|transaction| Ok(transaction.tiers()?))
}

/// One tier.
pub fn show_tier(act: &Act<'_>, name: &TierName) -> Result<Tier, Error> {
    act.storage().read(|transaction| find(transaction, name))
}

/// The changes. A field that is `None` stays unchanged.
#[derive(Debug, Clone, Default)]
pub struct TierChange {
    /// Its description, for people.
    pub description: Option<Option<String>>,
    /// Its limit.
    pub limit: Option<Option<TierLimit>>,
    /// Whether a subscription at the tier must be approved before it is active. Existing subscriptions do not change.
    pub approval: Option<bool>,
}

/// Changes a tier, if `expected` accepts its current state.
pub fn change_tier(
    act: &Act<'_>,
    name: &TierName,
    change: TierChange,
    expected: impl FnOnce(&Tier) -> bool,
) -> Result<Tier, Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        let before = find(transaction, name)?;
        if !expected(&before) {
            return Err(Error::PreconditionFailed);
        }
        let after = Tier {
            name: before.name,
            description: change.description.unwrap_or(before.description),
            limit: change.limit.unwrap_or(before.limit),
            approval: change.approval.unwrap_or(before.approval),
        };
        transaction.update_tier(&after)?;
        let details = json!({ "limit": after.limit, "approval": after.approval });
        act.audit(transaction, Action::TierChange, None, Some(name.as_str()), Some(&details))?;
        Ok(after)
    })
}

/// Removes a tier, if `expected` accepts its current state. A tier that a subscription uses or an API offers by name cannot be removed.
pub fn remove_tier(act: &Act<'_>, name: &TierName, expected: impl FnOnce(&Tier) -> bool) -> Result<(), Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        if !expected(&find(transaction, name)?) {
            return Err(Error::PreconditionFailed);
        }
        if transaction.is_tier_in_use(name)? {
            return Err(TierError::InUse(name.clone()).into());
        }
        let offer = |api: &ApiRecord| api.tiers.as_ref().is_some_and(|tiers| tiers.contains(name));
        let apis: Vec<_> = transaction.apis()?.iter().filter(|api| offer(api)).map(ApiRecord::reference).collect();
        if !apis.is_empty() {
            return Err(TierError::Offered { tier: name.clone(), apis }.into());
        }
        transaction.delete_tier(name)?;
        act.audit(transaction, Action::TierRemove, None, Some(name.as_str()), None)
    })
}

/// The tier with that name, or an error that lists the existing tiers.
pub(super) fn find(transaction: &Transaction<'_>, name: &TierName) -> Result<Tier, Error> {
    let mut tiers = transaction.tiers()?;
    if let Some(at) = tiers.iter().position(|tier| tier.name == *name) {
        return Ok(tiers.swap_remove(at));
    }
    let existing = tiers.into_iter().map(|tier| tier.name).collect();
    Err(Error::Tier(TierError::NotFound { tier: name.clone(), existing }))
}
