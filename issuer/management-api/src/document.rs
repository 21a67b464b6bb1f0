//! The document that describes the API (`OpenAPI` 3.1), and what all of its operations have in common.

use axum::body::Bytes;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, Content, Ref, RefOr, ResponseBuilder};

use crate::problem::ProblemDocument;

/// The answers that any call may get, beside its own.
const COMMON: [(&str, &str); 3] = [
    ("401", "`missing_token` or `unknown_token`: there is no personal access token, or none that counts"),
    ("403", "`forbidden`: the member's role does not allow it"),
    ("default", "Any other refusal; `code` says which"),
];

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Postern management API",
        description = "Everything that `postern` does, over HTTP. Every refusal is a problem (RFC 9457) with a `code` that does not change. \
            Times are seconds since 1970. Fields and parameters that have no meaning are refused.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(ProblemDocument)),
    security(("personal_access_token" = [])),
    servers((url = "/")),
    tags(
        (name = "applications", description = "Programs that call APIs"),
        (name = "keys", description = "Applications' keys: consumer keys, their secrets, and what tokens may do"),
        (name = "tokens", description = "What is kept of tokens, and taking them back"),
        (name = "subscriptions", description = "Which application may call which API, and at which tier"),
        (name = "apis", description = "What edges guard"),
        (name = "tiers", description = "What an application may have of an API"),
        (name = "users", description = "People who use applications: where they are known, what they are, and what they gave"),
        (name = "members", description = "Who may use this API, and with which personal access tokens"),
        (name = "settings", description = "What holds for the whole issuer"),
        (name = "signing keys", description = "The keys that sign tokens"),
        (name = "audit", description = "What was done, by whom"),
        (name = "edges", description = "Edges: their credentials, and what they are given"),
    ),
)]
struct Head;

/// The document before there is anything in it.
pub(super) fn head() -> utoipa::openapi::OpenApi {
    let mut document = Head::openapi();
    let scheme =
        HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("A member's personal access token, `ppat_…`")).build();
    let components = document.components.get_or_insert_with(Components::new);
    components.add_security_scheme("personal_access_token", SecurityScheme::Http(scheme));
    document
}

/// The document with what its operations have in common, as JSON.
pub(super) fn finish(mut document: utoipa::openapi::OpenApi) -> Bytes {
    for (path, item) in &mut document.paths.paths {
        let operations = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                operation.operation_id = Some(name(method, path));
                add_problems(operation);
            }
        }
    }
    // It is made of types that are always JSON.
    serde_json::to_vec(&document).unwrap_or_default().into()
}

/// A name for programs that are generated from the document, such as `get_members_name`.
fn name(method: &str, path: &str) -> String {
    let words = path.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    // The first two are `api` and its version.
    [method].into_iter().chain(words.skip(2)).collect::<Vec<_>>().join("_")
}

/// Every refusal is a problem.
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
