//! APIs: what edges guard.

use postern_token::ApiReference;
use postern_token::bundle::{Api, ApiDocument, At, Bundle, BundleDocument, JwkSetDocument, Problems};

use serde_json::json;

use super::tiers;
use crate::error::ApiError;
use crate::tokens::{RevokedTokens, end};
use crate::{Act, Error, settings};
use postern_model::{Action, ApiRecord, Settings, TierName, TokenState};
use postern_storage::{TokenSelector, Transaction};

/// Adds an API that edges accept, both alone and together with the existing APIs.
pub fn add_api(act: &Act<'_>, api: &ApiRecord) -> Result<(), Error> {
    act.require_administrator()?;
    check(&api.document)?;
    act.storage().write(|transaction| {
        check_tiers(transaction, api)?;
        check_overlaps(transaction, &api.document)?;
        if !transaction.insert_api(api, act.now)? {
            return Err(ApiError::AlreadyExists(api.reference()).into());
        }
        let details = json!({ "approval": api.approval, "tiers": api.tiers });
        act.audit(transaction, Action::ApiAdd, None, Some(&api.reference()), Some(&details))
    })
}

/// Every API, by name and version.
pub fn list_apis(act: &Act<'_>) -> Result<Vec<ApiRecord>, Error> {
    act.storage().read(|transaction| Ok(transaction.apis()?))
}

/// One API.
pub fn show_api(act: &Act<'_>, api: &ApiReference<'static>) -> Result<ApiRecord, Error> {
    act.storage().read(|transaction| transaction.api(api)?.ok_or_else(|| Error::Api(ApiError::NotFound(api.clone()))))
}

/// The changes. A field that is `None` stays unchanged.
#[derive(Debug, Clone, Default)]
pub struct ApiChange {
    /// The part that edges know. The name and the version cannot change.
    pub document: Option<ApiDocument>,
    /// Whether a subscription must be approved before it is active. Existing subscriptions do not change.
    pub approval: Option<bool>,
    /// The tiers at which applications can subscribe; `Some(None)` means every tier. Existing subscriptions do not change.
    pub tiers: Option<Option<Vec<TierName>>>,
}

/// Changes an API, if `expected` accepts its current state. Edges learn of the change at once.
pub fn change_api(
    act: &Act<'_>,
    reference: &ApiReference<'static>,
    change: ApiChange,
    expected: impl FnOnce(&ApiRecord) -> bool,
) -> Result<ApiRecord, Error> {
    act.require_administrator()?;
    if let Some(document) = &change.document {
        check(document)?;
    }
    act.storage().write(|transaction| {
        let before = transaction.api(reference)?.ok_or_else(|| ApiError::NotFound(reference.clone()))?;
        if !expected(&before) {
            return Err(Error::PreconditionFailed);
        }
        let after = ApiRecord {
            document: change.document.unwrap_or_else(|| before.document.clone()),
            approval: change.approval.unwrap_or(before.approval),
            tiers: change.tiers.unwrap_or_else(|| before.tiers.clone()),
        };
        if after.reference() != before.reference() {
            return Err(ApiError::Renamed(before.reference()).into());
        }
        check_tiers(transaction, &after)?;
        check_overlaps(transaction, &after.document)?;
        transaction.update_api(&after)?;
        let details = json!({ "approval": after.approval, "tiers": after.tiers });
        act.audit(transaction, Action::ApiChange, None, Some(&after.reference()), Some(&details))?;
        Ok(after)
    })
}

/// Removes an API, if `expected` accepts its current state; edges then refuse requests to it. Existing subscriptions are an error, unless
/// `force` is set: then they end, and the tokens that hold them are revoked.
pub fn remove_api(
    act: &Act<'_>,
    api: &ApiReference<'static>,
    force: bool,
    expected: impl FnOnce(&ApiRecord) -> bool,
) -> Result<RevokedTokens, Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        let before = transaction.api(api)?.ok_or_else(|| ApiError::NotFound(api.clone()))?;
        if !expected(&before) {
            return Err(Error::PreconditionFailed);
        }
        let subscribers = transaction.subscribers(api)?;
        if !subscribers.is_empty() && !force {
            return Err(ApiError::InUse { api: api.clone(), subscribers: subscribers.len() }.into());
        }
        let mut revoked = RevokedTokens::default();
        for application in &subscribers {
            revoked += end(act, transaction, TokenSelector::Subscription(application, api), TokenState::Revoked)?;
            transaction.delete_subscription(application, api)?;
            act.audit(transaction, Action::SubscriptionRemove, Some(application), Some(api.as_str()), None)?;
        }
        transaction.delete_api(api)?;
        act.audit(transaction, Action::ApiRemove, None, Some(api.as_str()), None)?;
        Ok(revoked)
    })
}

fn check(document: &ApiDocument) -> Result<(), Error> {
    let mut problems = Problems::default();
    let resources = At::Root.field("resources");
    for (index, resource) in document.resources.iter().flatten().enumerate() {
        let at = resources.item(index);
        for (place, _) in resource.scopes.iter().enumerate().filter(|(_, scope)| scope.contains(' ')) {
            // An edge would read it as two scopes.
            problems.push(at.field("scopes").item(place), "must be one scope, which holds no space");
        }
    }
    let checked = Api::check(document, At::Root, &mut problems);
    problems.or(checked).map(drop).map_err(|problems| ApiError::Invalid(problems).into())
}

/// Makes sure that the tiers that an API offers exist.
fn check_tiers(transaction: &Transaction<'_>, api: &ApiRecord) -> Result<(), Error> {
    api.tiers.iter().flatten().try_for_each(|tier| tiers::find(transaction, tier).map(drop))
}

/// Makes sure that edges accept an API together with the others.
fn check_overlaps(transaction: &Transaction<'_>, api: &ApiDocument) -> Result<(), Error> {
    let settings = settings::current(transaction)?;
    for existing in transaction.apis()? {
        let itself = (&existing.document.name, &existing.document.version) == (&api.name, &api.version);
        if !itself && overlaps(&settings, &existing.document, api) {
            return Err(ApiError::Overlaps { existing: existing.reference(), context: api.context.clone() }.into());
        }
    }
    Ok(())
}

/// Whether an edge would refuse the two APIs together, although it accepts each one alone. The rule is that of the bundle; checking one
/// pair at a time finds the API that conflicts.
fn overlaps(settings: &Settings, existing: &ApiDocument, new: &ApiDocument) -> bool {
    let document = BundleDocument {
        issuer: settings.issuer.as_str().to_owned(),
        audience: settings.audience.as_str().to_owned(),
        environment: None,
        keys: JwkSetDocument { keys: Vec::new() },
        apis: vec![existing.clone(), new.clone()],
        ..BundleDocument::default()
    };
    let mut problems = Problems::default();
    Bundle::check(&document, At::Root, &mut problems);
    !problems.is_empty()
}
