//! The `OpenAPI` 3.1 document that describes the API, what all of its operations have in common.

use std::sync::Arc;

use axum::body::Bytes;
use axum::handler::Handler;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, Content, Ref, RefOr, ResponseBuilder};
use utoipa_axum::router::UtoipaMethodRouter;

use crate::body::Body;
use crate::call::Call;
use crate::extractor::Extractor;
use crate::path::{Segment, ThreeSegments, TwoSegments};
use crate::problem::ProblemDocument;
use crate::query::Query;
use postern_service::Service;

/// Answers that every operation can give.
const COMMON: [(&str, &str); 3] = [
    ("401", "`missing_token` or `unknown_token`: the personal access token is missing, unknown or expired"),
    ("403", "`forbidden`: the member's role does not allow this"),
    ("default", "Any other error, named by `code`"),
];

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Postern management API",
        description = "Manages the issuer: applications, key sets, tokens, APIs, users and members. Every error is a problem (RFC 9457) with a stable `code`. \
            Times are Unix times in seconds. Unknown fields and parameters are refused.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(ProblemDocument)),
    security(("personal_access_token" = [])),
    servers((url = "/")),
    tags(
        (name = "applications", description = "Programs that call APIs"),
        (name = "keys", description = "Key sets of applications: consumer keys, their secrets, and the restrictions of their tokens"),
        (name = "tokens", description = "Records of tokens, and their revocation"),
        (name = "subscriptions", description = "Subscriptions of applications to APIs, at a tier"),
        (name = "apis", description = "The APIs that edges guard"),
        (name = "tiers", description = "Service levels of subscriptions"),
        (name = "scopes", description = "Rules for scopes, and their approvals"),
        (name = "users", description = "Users of applications: user stores, roles and grants"),
        (name = "members", description = "Members, who use this API, and their personal access tokens"),
        (name = "teams", description = "Teams, whose members own applications together"),
        (name = "settings", description = "Settings of the issuer"),
        (name = "branding", description = "How the pages of the issuer look"),
        (name = "signing keys", description = "The keys that sign tokens"),
        (name = "audit", description = "The audit log, and refused attempts"),
        (name = "usage", description = "Tokens and refused requests by day"),
        (name = "edges", description = "Edges: edge keys, and the bundle"),
    ),
)]
struct Head;

impl Extractor for Call {}
impl<T> Extractor for Segment<T> {}
impl<A, B> Extractor for TwoSegments<A, B> {}
impl<A, B, C> Extractor for ThreeSegments<A, B, C> {}
impl<T> Extractor for Query<T> {}
impl<T> Extractor for Body<T> {}

/// The extractors of a handler, after the marker that axum puts first.
pub(super) trait Extractors {
    fn document(operation: &mut Operation);
}

macro_rules! extractors {
    ($($name:ident)+) => {
        impl<M, $($name: Extractor),+> Extractors for (M, $($name,)+) {
            fn document(operation: &mut Operation) {
                $($name::document(operation);)+
            }
        }
    };
}

extractors!(A);
extractors!(A B);
extractors!(A B C);
extractors!(A B C D);
extractors!(A B C D E);

/// The route of `handler`, with the documentation that its extractors add to the operation.
pub(super) fn route<H, T>(
    _: H,
    (schemas, mut paths, router): UtoipaMethodRouter<Arc<Service>>,
) -> UtoipaMethodRouter<Arc<Service>>
where
    H: Handler<T, Arc<Service>>,
    T: Extractors,
{
    for (_, operation) in paths.paths.values_mut().flat_map(operations) {
        T::document(operation);
    }
    (schemas, paths, router)
}

/// The operations of a path, each with its method.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let PathItem { get, put, post, patch, delete, .. } = item;
    let operations = [("get", get), ("put", put), ("post", post), ("patch", patch), ("delete", delete)];
    operations.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// The document without operations.
pub(super) fn head() -> utoipa::openapi::OpenApi {
    let mut document = Head::openapi();
    let scheme =
        HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("A member's personal access token, `ppat_…`")).build();
    let components = document.components.get_or_insert_with(Components::new);
    components.add_security_scheme("personal_access_token", SecurityScheme::Http(scheme));
    document
}

/// The finished document as JSON: each operation gets its id and its error answers.
pub(super) fn finish(mut document: utoipa::openapi::OpenApi) -> Bytes {
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            operation.operation_id = Some(name(method, path));
            add_problems(operation);
        }
    }
    // All types of the document serialize to JSON.
    serde_json::to_vec(&document).unwrap_or_default().into()
}

/// The operation id, which generated clients use as a name, such as `get_members_name`.
fn name(method: &str, path: &str) -> String {
    let words = path.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    // The first two words are `api` and its version.
    [method].into_iter().chain(words.skip(2)).collect::<Vec<_>>().join("_")
}

/// Adds the error answers, each with a problem as its body.
fn add_problems(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    for (status, description) in COMMON {
        let response = || RefOr::T(ResponseBuilder::new().description(description).build());
        responses.entry(status.to_owned()).or_insert_with(response);
    }
    for (status, response) in responses.iter_mut() {
        let refused = status.starts_with(['4', '5']) || status == "default";
        let RefOr::T(response) = response else { continue };
        if response.description.is_empty() {
            response.description = "Done".into();
        }
        if refused {
            let problem = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))));
            response.content.insert("application/problem+json".to_owned(), problem.into());
        }
    }
}

/// `GET /api/openapi.json`
pub(super) fn serve(document: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], document).into_response()
}
