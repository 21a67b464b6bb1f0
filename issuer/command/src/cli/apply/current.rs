//! What the issuer has now, as far as the files are about it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::desired::Desired;
use crate::cli::management::{Call, Management, text};

/// Items by name.
pub(super) type Items = BTreeMap<String, Value>;

#[derive(Default)]
pub(super) struct Current {
    pub(super) tiers: Items,
    pub(super) scopes: Items,
    pub(super) apis: Items,
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
