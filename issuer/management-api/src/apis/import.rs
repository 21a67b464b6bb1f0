//! `/api/v1/apis/import`: imports an API from an `OpenAPI` document.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::Response;
use postern_token::document::{Fields, Problems};
use utoipa::IntoParams;

use super::document::ApiView;
use crate::answer::Answer;
use crate::body::{self, Body, ReadFields};
use crate::call::Call;
use crate::etag;
use crate::extractor::Extractor;
use crate::idempotency::IdempotencyKey;
use crate::path::location;
use crate::problem::ApiProblem;
use crate::query::Query;
use crate::values::flag;
use postern_model::{ApiRecord, ApiText, OpenApiDocument, OpenApiFormat, TierName};
use postern_openapi_import::{self as openapi, Description, ImportOptions};
use postern_operations::{self as operations, Act, ApiError, ApiImport, Error};
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
    /// Whether to replace the API with this name and version, its title, description and tags too. Absent or `false`: an existing API is refused
    replace: Option<bool>,
}

/// An import that is asked for.
pub(crate) struct Import {
    options: ImportOptions,
    approval: bool,
    replace: bool,
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
        Some(Self { options, approval: flag(parameters, "approval", problems), replace: flag(parameters, "replace", problems) })
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
    responses((status = 200, body = ApiView, description = "Replaced"), (status = 201, body = ApiView), (status = 409, description = "`api_exists` or `api_overlaps`")))]
pub(crate) async fn import(
    call: Call,
    Query(Import { options, approval, replace }): Query<Import>,
    Document(body): Document,
) -> Result<Response, ApiProblem> {
    // Parsing is costly: only an administrator's document is parsed, and outside the write transaction.
    call.administer()?;
    let content = body.value.clone();
    let prepare = move |_: &Act<'_>| api_import(&content, &options, approval.then_some(true), None);
    call.create_prepared(&body, prepare, move |act, import| {
        let (api, is_new) = operations::import_api(act, import, |_| Ok(replace))?;
        let view = ApiView::from(&api);
        if is_new {
            Answer::created(&view, location(&["apis", &api.document.name, &api.document.version]))
        } else {
            Answer::resource(&view)
        }
    })
    .await
}

/// What an import makes of a document, with this approval and these tiers.
///
/// # Errors
/// Everything that is wrong with the document.
pub fn api_import(
    content: &[u8],
    options: &ImportOptions,
    approval: Option<bool>,
    tiers: Option<Option<Vec<TierName>>>,
) -> Result<ApiImport, Error> {
    let document = openapi::import(content, options).map_err(ApiError::Invalid)?;
    let format = if openapi::is_json(content) { OpenApiFormat::Json } else { OpenApiFormat::Yaml };
    let openapi = OpenApiDocument::compress(format, content);
    Ok(ApiImport { document, approval, tiers, text: text_of(content), openapi })
}

/// The revision of an API, as its entity tag has it.
pub fn api_revision(api: &ApiRecord) -> Option<String> {
    let body = serde_json::to_vec(&ApiView::from(api)).ok()?;
    Some(etag::of(&body)?.value().to_str().ok()?.to_owned())
}

/// What people read about the API of a document.
pub(crate) fn text_of(content: &[u8]) -> ApiText {
    let Some(description) = Description::parse(content) else { return ApiText::default() };
    let (info, scopes) = (description.info(), description.scopes());
    let tags = info.tags.iter().map(String::as_str);
    let scopes = scopes.iter().map(|(scope, said)| (scope.as_str(), said.as_str()));
    ApiText::of_document(info.title.as_deref(), info.description.as_deref(), tags, scopes)
}
