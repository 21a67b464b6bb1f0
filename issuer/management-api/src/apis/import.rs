//! `/api/v1/apis/import`: imports an API from an `OpenAPI` document.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::Response;
use postern_token::document::{Fields, Problems};
use utoipa::IntoParams;

use super::add;
use super::document::ApiView;
use crate::body::{self, Body, ReadFields};
use crate::call::Call;
use crate::extractor::Extractor;
use crate::idempotency::IdempotencyKey;
use crate::problem::ApiProblem;
use crate::query::Query;
use crate::values::flag;
use postern_model::ApiRecord;
use postern_openapi_import::{self as openapi, ImportOptions};
use postern_operations::ApiError;
use postern_service::Service;

/// The accepted media types of the document.
const MEDIA_TYPES: [&str; 7] = [
    "application/json",
    "application/yaml",
    "application/x-yaml",
    "text/yaml",
    "text/x-yaml",
    "application/vnd.oai.openapi",
    "application/vnd.oai.openapi+json",
];

/// Documents the parameters, which override the document.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "it documents parameters that are read elsewhere")]
pub(crate) struct ImportParameters {
    /// The API's name. Absent: made from `info.title`
    #[param(pattern = "^[A-Za-z0-9._~-]{1,100}$")]
    name: Option<String>,
    /// The API's version. Absent: `info.version`
    #[param(pattern = "^[A-Za-z0-9._~-]{1,100}$")]
    version: Option<String>,
    /// The API's context. Absent: the path of the first server
    #[param(pattern = "^/([A-Za-z0-9_~-]+(/[A-Za-z0-9_~-]+)*)?$")]
    context: Option<String>,
    /// Whether to limit the API to the hosts of the document's servers. Absent or `false`: every host
    hosts_of_servers: Option<bool>,
    /// Whether a token replaces API keys, HTTP Basic and mutual TLS. Absent or `false`: an operation with only such schemes is refused
    replace_other_schemes: Option<bool>,
    /// Whether subscriptions need approval
    approval: Option<bool>,
}

/// An import that is asked for.
pub(crate) struct Import {
    options: ImportOptions,
    approval: bool,
}

impl ReadFields for Import {
    fn read(parameters: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let options = ImportOptions {
            name: parameters.optional_parsed("name", problems),
            version: parameters.optional_parsed("version", problems),
            context: parameters.optional_parsed("context", problems),
            hosts_of_servers: flag(parameters, "hosts_of_servers", problems),
            replace_other_schemes: flag(parameters, "replace_other_schemes", problems),
        };
        Some(Self { options, approval: flag(parameters, "approval", problems) })
    }
}

/// A document as it was sent, unparsed.
pub(crate) struct Document(Body<Bytes>);

impl Extractor for Document {}

impl FromRequest<Arc<Service>> for Document {
    type Rejection = ApiProblem;

    async fn from_request(request: Request, service: &Arc<Service>) -> Result<Self, ApiProblem> {
        if !MEDIA_TYPES.iter().any(|media_type| body::has_media_type(&request, media_type)) {
            return Err(ApiProblem::not_openapi());
        }
        body::bytes(request, service).await.map(Self)
    }
}

/// Import an API from an `OpenAPI` 3.0 or 3.1 document, in JSON or YAML
#[utoipa::path(post, path = "/api/v1/apis/import", tag = "apis", params(ImportParameters, IdempotencyKey),
    request_body(description = "The document, at most 4 MiB", content((Object = "application/json"), (Object = "application/yaml"))),
    responses((status = 201, body = ApiView), (status = 409, description = "`api_exists` or `api_overlaps`")))]
pub(crate) async fn import(
    call: Call,
    Query(Import { options, approval }): Query<Import>,
    Document(body): Document,
) -> Result<Response, ApiProblem> {
    // Parsing is costly: only an administrator's document is parsed, and outside the write transaction.
    call.administer()?;
    let document = body.value.clone();
    let document =
        call.read(move |_| openapi::import(&document, &options).map_err(|problems| ApiError::Invalid(problems).into())).await?;
    let api = ApiRecord { document, approval, tiers: None };
    call.create(&body, move |act| add(act, &api)).await
}
