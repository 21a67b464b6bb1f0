//! What the issuer has now, as far as the files are about it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::desired::Desired;
use crate::cli::management::{Call, ErrorResponse, Management, text};

/// Items by name.
pub(super) type Items = BTreeMap<String, Value>;

#[derive(Default)]
pub(super) struct Current {
    pub(super) tiers: Items,
    pub(super) scopes: Items,
    pub(super) apis: Items,
    /// The `OpenAPI` documents of the APIs that the files import, by API.
    pub(super) documents: BTreeMap<String, Vec<u8>>,
    /// The applications with each name that the files use.
    pub(super) applications: BTreeMap<String, Vec<Value>>,
}

impl Current {
    pub(super) fn fetch(management: &Management, desired: &Desired) -> anyhow::Result<Self> {
        let list = |path: &'static str, name: &dyn Fn(&Value) -> anyhow::Result<String>| -> anyhow::Result<Items> {
            let items = management.all(|| Call::get(&[path]))?;
            items.into_iter().map(|item| Ok((name(&item)?, item))).collect()
        };
        let named = |field: &'static str| move |item: &Value| text(item, field).map(str::to_owned);
        let mut current = Self {
            tiers: list("tiers", &named("name"))?,
            apis: list("apis", &|api| Ok(format!("{}/{}", text(api, "name")?, text(api, "version")?)))?,
            ..Self::default()
        };
        for (name, item) in desired.apis.iter().flatten() {
            if item.openapi.is_some()
                && current.apis.contains_key(name)
                && let Some(document) = document(management, name)?
            {
                current.documents.insert(name.clone(), document);
            }
        }
        if desired.scopes.is_some() {
            current.scopes = list("scopes", &named("scope"))?;
        }
        if let Some(desired) = &desired.applications {
            for application in management.all(|| Call::get(&["applications"]))? {
                let name = text(&application, "name")?;
                if desired.contains_key(name) {
                    current.applications.entry(name.to_owned()).or_default().push(application);
                }
            }
        }
        Ok(current)
    }

    /// The ids of the applications, by name.
    pub(super) fn application_ids(&self) -> BTreeMap<String, String> {
        let ids = self.applications.iter().filter_map(|(name, found)| {
            let id = text(found.first()?, "id").ok()?;
            Some((name.clone(), id.to_owned()))
        });
        ids.collect()
    }
}

/// The `OpenAPI` document of an API, if the issuer has one.
fn document(management: &Management, api: &str) -> anyhow::Result<Option<Vec<u8>>> {
    let (name, version) = api.split_once('/').unwrap_or((api, ""));
    match management.send(&Call::get(&["apis", name, version, "openapi"])) {
        Ok(response) => Ok(Some(response.body.to_vec())),
        Err(error) if ErrorResponse::has_code(&error, "no_openapi_document") => Ok(None),
        Err(error) => Err(error),
    }
}
