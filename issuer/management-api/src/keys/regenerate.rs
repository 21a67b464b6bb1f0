//! `/api/v1/applications/{id}/keys/{key_type}/regenerate`: replaces the token of a key set.

use axum::response::Response;
use postern_token::document::{Fields, Problems};
use postern_token::{AddressBlock, DomainPattern, Scopes};
use utoipa::ToSchema;

use super::view::MintedView;
use crate::answer::Answer;
use crate::body::{Body, ReadFields};
use crate::call::Call;
use crate::idempotency::IdempotencyKey;
use crate::path::TwoSegments;
use crate::problem::ApiProblem;
use crate::query::{Nothing, Query};
use crate::values::{domains, ips, scope, validity};
use crate::words::{KeyTypeView, NamedKeyType};
use postern_model::{ApplicationId, Validity};
use postern_operations::{self as operations, Act, RegenerateRequest};

/// Settings to change with the new token. Absent fields stay unchanged
#[derive(ToSchema)]
#[schema(as = Regeneration)]
#[serde(deny_unknown_fields)]
pub(crate) struct Regeneration {
    /// The client domains that may use new tokens. Empty: any
    #[schema(value_type = Option<Vec<String>>, nullable = false, max_items = 1000, example = json!(["app.example.com"]))]
    domains: Option<Vec<DomainPattern<'static>>>,
    /// The blocks of client addresses (CIDR) that may use new tokens. Empty: any
    #[schema(value_type = Option<Vec<String>>, nullable = false, max_items = 1000, example = json!(["192.0.2.0/24"]))]
    ips: Option<Vec<AddressBlock>>,
    /// The scopes of new tokens, separated by spaces; `null`: none
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2048, pattern = r#"^[!#-\[\]-~]+( [!#-\[\]-~]+)*$"#, example = "orders:read")]
    #[allow(clippy::option_option, reason = "what is absent and what is `null` differ")]
    scope: Option<Option<Scopes<'static>>>,
    /// Validity of new tokens in seconds. Negative: they never expire
    #[schema(value_type = Option<i64>, nullable = false, maximum = 3_153_600_000_i64)]
    validity: Option<Validity>,
    /// Whether a new secret replaces all secrets of the client
    #[schema(value_type = Option<bool>, nullable = false, default = false)]
    new_secret: bool,
}

impl ReadFields for Regeneration {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        Some(Self {
            domains: domains(fields, problems),
            ips: ips(fields, problems),
            scope: scope(fields, problems),
            validity: validity(fields, "validity", problems),
            new_secret: fields.optional("new_secret", problems).unwrap_or(false),
        })
    }
}

/// Mint a new token that replaces the current one, which is revoked
#[utoipa::path(post, path = "/api/v1/applications/{id}/keys/{key_type}/regenerate", tag = "keys",
    params(("id" = String, Path, description = "The application's id"),
        ("key_type" = inline(KeyTypeView), Path, description = "The key type"), IdempotencyKey),
    request_body = Regeneration,
    responses((status = 200, body = MintedView), (status = 404, description = "`no_such_application` or `no_keys`"),
        (status = 409, description = "`application_blocked`"),
        (status = 422, description = "`invalid_body`, `unknown_scope`, `scope_forbidden`, `validity_too_long` or `forever_forbidden`")))]
pub(crate) async fn regenerate(
    call: Call,
    TwoSegments(id, NamedKeyType(key_type)): TwoSegments<ApplicationId, NamedKeyType>,
    Query(Nothing): Query<Nothing>,
    body: Body<Regeneration>,
) -> Result<Response, ApiProblem> {
    let Regeneration { domains, ips, scope, validity, new_secret } = &body.value;
    let request = RegenerateRequest {
        domains: domains.clone(),
        ips: ips.clone(),
        scopes: scope.clone(),
        validity: *validity,
        new_secret: *new_secret,
        ..RegenerateRequest::new(id.clone(), key_type)
    };
    let regenerate = move |act: &Act<'_>| {
        let minted = operations::regenerate(act, &request)?;
        let secret = minted.consumer_secret.as_ref();
        let view = MintedView::new(&id, key_type, &minted.consumer_key, secret, &minted.token, &minted.warnings);
        Ok(Answer::ok(&view)?.with_secret())
    };
    call.create(&body, regenerate).await
}
