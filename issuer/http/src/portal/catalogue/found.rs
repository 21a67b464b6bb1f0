//! An API as the catalogue knows it.

use postern_token::ApiReference;

use crate::documentation::{Guarded, guarded_operations};
use crate::paths;
use postern_model::{ApiRecord, ApiSummary, Tier};
use postern_openapi_import::Description;
use postern_operations::{self as operations, Act, ApiError, Error};

/// An API as the catalogue knows it.
pub(super) struct Found {
    pub(super) api: ApiRecord,
    pub(super) tiers: Vec<Tier>,
    /// The `OpenAPI` document.
    pub(super) document: Option<Vec<u8>>,
}

impl Found {
    pub(super) fn read(act: &Act<'_>, reference: &ApiReference<'static>) -> Result<Self, Error> {
        let api = operations::show_api(act, reference)?;
        let mut tiers = operations::list_tiers(act)?;
        tiers.retain(|tier| api.offers(&tier.name));
        let document = match operations::show_openapi(act, reference) {
            Ok(document) => document.content(),
            Err(Error::Api(ApiError::NoOpenApi(_) | ApiError::NotFound(_))) => None,
            Err(error) => return Err(error),
        };
        Ok(Self { api, tiers, document })
    }

    pub(super) fn description(&self) -> Option<Description<'_>> {
        self.document.as_deref().and_then(Description::parse)
    }

    pub(super) fn operations(&self, description: Option<&Description<'_>>) -> Vec<Guarded> {
        guarded_operations(&self.api, description.map(Description::operations).unwrap_or_default())
    }

    pub(super) fn summary(&self) -> ApiSummary {
        let document = &self.api.document;
        ApiSummary { name: document.name.clone(), version: document.version.clone(), text: self.api.text.clone() }
    }
}

/// The path of an API's page.
pub(super) fn path(name: &str, version: &str) -> String {
    paths::PORTAL_API.replace("{name}", name).replace("{version}", version)
}
