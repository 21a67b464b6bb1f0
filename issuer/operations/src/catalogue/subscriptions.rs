//! Subscriptions of applications to APIs, each at a tier.

use postern_token::ApiReference;
use serde_json::json;

use super::tiers;
use crate::error::{ApiError, SubscriptionError};
use crate::tokens::{RevokedTokens, check_mintable, end};
use crate::{Act, Error};
use postern_model::{Action, Actor, ApiRecord, ApplicationId, Role, Subscription, SubscriptionState, Tier, TierName, TokenState};
use postern_storage::{TokenSelector, Transaction};

/// Subscribes an application to an API at a tier that the API offers. Tokens that are minted from then on hold the subscription. If the API
/// or the tier requires approval and a developer subscribes, an administrator must approve the subscription first.
pub fn subscribe(
    act: &Act<'_>,
    application: &ApplicationId,
    api: &ApiReference<'static>,
    tier: &TierName,
) -> Result<Subscription, Error> {
    act.storage().write(|transaction| {
        act.application_to_change(transaction, application)?;
        let record = transaction.api(api)?.ok_or_else(|| ApiError::NotFound(api.clone()))?;
        let needs_approval = find_offered(transaction, &record, api, tier)?.approval || record.approval;
        let asks = matches!(act.actor, Actor::Member(_, Role::Developer));
        let state = if needs_approval && asks { SubscriptionState::Waiting } else { SubscriptionState::Active };
        let subscription = Subscription { api: api.clone(), tier: tier.clone(), state };
        if !transaction.insert_subscription(application, &subscription, act.now)? {
            return Err(SubscriptionError::AlreadyExists { application: application.clone(), api: api.clone() }.into());
        }
        check_tokens(act, transaction, application)?;
        let details = json!({ "tier": tier, "state": state });
        act.audit(transaction, Action::SubscriptionAdd, Some(application), Some(api.as_str()), Some(&details))?;
        Ok(subscription)
    })
}

/// Changes a subscription's state or tier, if `expected` accepts its current state. An approval must name the version that was read: the
/// owner can end the subscription and ask for another tier before it is approved. Blocking a subscription or changing its tier revokes the
/// tokens that hold it, because the content of a token cannot change. The client can get new tokens.
pub fn change_subscription(
    act: &Act<'_>,
    application: &ApplicationId,
    api: &ApiReference<'static>,
    state: Option<SubscriptionState>,
    tier: Option<TierName>,
    expected: Option<&dyn Fn(&Subscription) -> bool>,
) -> Result<(Subscription, RevokedTokens), Error> {
    if state.is_some() {
        act.require_administrator()?;
    }
    act.storage().write(|transaction| {
        act.application_to_change(transaction, application)?;
        let before = transaction.subscription(application, api)?;
        let before = before.ok_or_else(|| SubscriptionError::NotFound { application: application.clone(), api: api.clone() })?;
        let approved = before.state == SubscriptionState::Waiting && state == Some(SubscriptionState::Active);
        match expected {
            Some(expected) if !expected(&before) => return Err(Error::PreconditionFailed),
            None if approved => return Err(SubscriptionError::VersionRequired.into()),
            _ => {}
        }
        let after = Subscription {
            api: api.clone(),
            tier: tier.unwrap_or_else(|| before.tier.clone()),
            state: state.unwrap_or(before.state),
        };
        if after.tier != before.tier {
            let record = transaction.api(api)?.ok_or_else(|| ApiError::NotFound(api.clone()))?;
            let needs_approval = find_offered(transaction, &record, api, &after.tier)?.approval || record.approval;
            // A developer who could choose another tier afterwards would not need approval.
            if needs_approval && matches!(act.actor, Actor::Member(_, Role::Developer)) {
                return Err(Error::Forbidden { needed: Role::Administrator });
            }
        }
        let ends = before.state == SubscriptionState::Active && after != before;
        transaction.update_subscription(application, &after)?;
        check_tokens(act, transaction, application)?;
        let mut revoked = RevokedTokens::default();
        if ends {
            revoked = end(act, transaction, TokenSelector::Subscription(application, api), TokenState::Revoked)?;
        }
        let details = json!({ "tier": after.tier, "state": after.state, "revoked": revoked.count });
        act.audit(transaction, Action::SubscriptionChange, Some(application), Some(api.as_str()), Some(&details))?;
        Ok((after, revoked))
    })
}

/// The subscriptions that wait for approval, the oldest first.
pub fn list_waiting_subscriptions(act: &Act<'_>) -> Result<Vec<(ApplicationId, Subscription)>, Error> {
    act.require_auditor()?;
    act.storage().read(|transaction| Ok(transaction.waiting_subscriptions()?))
}

/// Ends an application's subscription to an API, if `expected` accepts its current state, and revokes every live token of the application
/// that names the API, because the content of a token cannot change.
pub fn unsubscribe(
    act: &Act<'_>,
    application: &ApplicationId,
    api: &ApiReference<'static>,
    expected: impl FnOnce(&Subscription) -> bool,
) -> Result<RevokedTokens, Error> {
    act.storage().write(|transaction| {
        act.application_to_change(transaction, application)?;
        let developer = matches!(act.actor, Actor::Member(_, Role::Developer));
        let before = transaction.subscription(application, api)?;
        let before = before.ok_or_else(|| SubscriptionError::NotFound { application: application.clone(), api: api.clone() })?;
        if !expected(&before) {
            return Err(Error::PreconditionFailed);
        }
        if developer && before.state == SubscriptionState::Blocked {
            // An owner who could end a blocked subscription could subscribe again.
            return Err(Error::Forbidden { needed: Role::Administrator });
        }
        // Before the subscription is deleted, because it determines which tokens hold it.
        let revoked = end(act, transaction, TokenSelector::Subscription(application, api), TokenState::Revoked)?;
        transaction.delete_subscription(application, api)?;
        let details = json!({ "revoked": revoked.count });
        act.audit(transaction, Action::SubscriptionRemove, Some(application), Some(api.as_str()), Some(&details))?;
        Ok(revoked)
    })
}

/// The tier, if the API offers it.
fn find_offered(
    transaction: &Transaction<'_>,
    record: &ApiRecord,
    api: &ApiReference<'static>,
    tier: &TierName,
) -> Result<Tier, Error> {
    let found = tiers::find(transaction, tier)?;
    match &record.tiers {
        Some(offered) if !record.offers(tier) => {
            let (api, tier, offered) = (api.clone(), tier.clone(), offered.clone());
            Err(SubscriptionError::TierNotOffered { api, tier, offered }.into())
        }
        _ => Ok(found),
    }
}

/// An error for the owner is better than an application that gets no more tokens.
fn check_tokens(act: &Act<'_>, transaction: &Transaction<'_>, application: &ApplicationId) -> Result<(), Error> {
    let key_sets = transaction.key_sets(application)?;
    key_sets.iter().try_for_each(|key_set| check_mintable(act, transaction, key_set))
}
