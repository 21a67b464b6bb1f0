//! APIs: what edges guard.

use postern_token::ApiReference;
use postern_token::bundle::{Api, ApiDocument, At, Bundle, BundleDocument, JwkSetDocument, Problems};

use serde_json::json;

use super::tiers;
use crate::error::ApiError;
use crate::tokens::{RevokedTokens, end};
use crate::{Act, Error, settings};
use postern_model::{Action, ApiRecord, ApiText, OpenApiDocument, Settings, TierName, TokenState};
use postern_storage::{TokenSelector, Transaction};

/// Adds an API that edges accept, both alone and together with the existing APIs.
pub fn add_api(act: &Act<'_>, api: &ApiRecord) -> Result<(), Error> {
    act.require_administrator()?;
    check(&api.document)?;
    act.storage().write(|transaction| insert(act, transaction, api))
}

/// Adds an API, and keeps the `OpenAPI` document that it was made from. If `replace` accepts the API that exists, that one is replaced, with its
/// document and its text. Returns the API, and whether it is new.
pub fn import_api(
    act: &Act<'_>,
    import: &ApiImport,
    replace: impl FnOnce(Option<&ApiRecord>) -> Result<bool, Error>,
) -> Result<(ApiRecord, bool), Error> {
    act.require_administrator()?;
    let reference = check(&import.document)?;
    act.storage().write(|transaction| {
        let before = transaction.api(&reference)?;
        let replace = replace(before.as_ref())?;
        let before = before.filter(|_| replace);
        let after = import.applied_to(before.as_ref());
        match &before {
            None => insert(act, transaction, &after)?,
            Some(_) => update(act, transaction, &after)?,
        }
        transaction.put_api_document(&reference, &import.openapi)?;
        Ok((after, before.is_none()))
    })
}

/// What an import would change: the API with this name and version, if there is one, and the API after the import. An import that would be refused
/// is refused here too.
pub fn preview_import(act: &Act<'_>, import: &ApiImport) -> Result<(Option<ApiRecord>, ApiRecord), Error> {
    act.require_administrator()?;
    let reference = check(&import.document)?;
    act.storage().read(|transaction| {
        let before = transaction.api(&reference)?;
        let after = import.applied_to(before.as_ref());
        check_tiers(transaction, &after)?;
        check_overlaps(transaction, &after.document)?;
        Ok((before, after))
    })
}

/// The `OpenAPI` document that an API was imported from.
pub fn show_openapi(act: &Act<'_>, api: &ApiReference<'static>) -> Result<OpenApiDocument, Error> {
    act.storage().read(|transaction| {
        if let Some(document) = transaction.api_document(api)? {
            return Ok(document);
        }
        let exists = transaction.api_summary(api)?.is_some();
        let error = if exists { ApiError::NoOpenApi(api.clone()) } else { ApiError::NotFound(api.clone()) };
        Err(error.into())
    })
}

/// What an import makes.
#[derive(Debug, Clone)]
pub struct ApiImport {
    /// The part that edges know.
    pub document: ApiDocument,
    /// Whether an administrator must approve a subscription. `None`: as before.
    pub approval: Option<bool>,
    /// The tiers that the API offers; `Some(None)` is every tier. `None`: as before.
    pub tiers: Option<Option<Vec<TierName>>>,
    /// What people read about the API.
    pub text: ApiText,
    /// What it was made from.
    pub openapi: OpenApiDocument,
}

impl ApiImport {
    /// The API after the import.
    fn applied_to(&self, before: Option<&ApiRecord>) -> ApiRecord {
        ApiRecord {
            document: self.document.clone(),
            approval: self.approval.unwrap_or_else(|| before.is_some_and(|before| before.approval)),
            tiers: self.tiers.clone().unwrap_or_else(|| before.and_then(|before| before.tiers.clone())),
            text: self.text.clone(),
        }
    }
}

fn insert(act: &Act<'_>, transaction: &Transaction<'_>, api: &ApiRecord) -> Result<(), Error> {
    check_tiers(transaction, api)?;
    check_overlaps(transaction, &api.document)?;
    if !transaction.insert_api(api, act.now)? {
        return Err(ApiError::AlreadyExists(api.reference()).into());
    }
    let details = json!({ "approval": api.approval, "tiers": api.tiers });
    act.audit(transaction, Action::ApiAdd, None, Some(&api.reference()), Some(&details))
}

fn update(act: &Act<'_>, transaction: &Transaction<'_>, api: &ApiRecord) -> Result<(), Error> {
    check_tiers(transaction, api)?;
    check_overlaps(transaction, &api.document)?;
    transaction.update_api(api)?;
    let details = json!({ "approval": api.approval, "tiers": api.tiers });
    act.audit(transaction, Action::ApiChange, None, Some(&api.reference()), Some(&details))
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
    /// What people read about it.
    pub text: Option<ApiText>,
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
            text: change.text.unwrap_or_else(|| before.text.clone()),
        };
        if after.reference() != before.reference() {
            return Err(ApiError::Renamed(before.reference()).into());
        }
        update(act, transaction, &after)?;
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

/// Makes sure that edges accept an API alone. Returns its name and version.
fn check(document: &ApiDocument) -> Result<ApiReference<'static>, Error> {
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
    problems.or(checked).map(|api| api.reference).map_err(|problems| ApiError::Invalid(problems).into())
}

/// Makes sure that the tiers that an API offers exist.
fn check_tiers(transaction: &Transaction<'_>, api: &ApiRecord) -> Result<(), Error> {
    api.tiers.iter().flatten().try_for_each(|tier| tiers::find(transaction, tier).map(drop))
}

/// Makes sure that edges accept an API together with the others.
fn check_overlaps(transaction: &Transaction<'_>, api: &ApiDocument) -> Result<(), Error> {
    let settings = settings::current(transaction)?;
    for existing in transaction.guarded_apis()? {
        let itself = (&existing.name, &existing.version) == (&api.name, &api.version);
        if !itself && overlaps(&settings, &existing, api) {
            let existing = format!("{}/{}", existing.name, existing.version);
            return Err(ApiError::Overlaps { existing, context: api.context.clone() }.into());
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
