//! `/api/v1/applications/{id}/keys/{key_type}/secrets`: a second secret is made while the first still counts.

use axum::response::Response;
use postern_token::UnixSeconds;
use postern_token::document::{Fields, Problems};
use serde::Serialize;
use utoipa::ToSchema;

use super::view::SecretView;
use crate::answer::Answer;
use crate::body::{Body, ReadFields};
use crate::call::Call;
use crate::idempotency::IdempotencyKey;
use crate::path::{NamedThrice, NamedTwice, to};
use crate::problem::ApiProblem;
use crate::query::{Nothing, Query};
use crate::values::timestamp;
use crate::words::{KeyTypeView, NamedKeyType};
use postern_model::{ApplicationId, ConsumerSecretId};
use postern_operations::{self as operations, Act};

/// A new consumer secret
#[derive(Serialize, ToSchema)]
struct CreatedSecret<'a> {
    /// What is known of it from now on
    #[serde(flatten)]
    secret: SecretView,
    /// The secret, which is shown this once
    consumer_secret: &'a str,
}

/// What a new consumer secret is to be
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSecret {
    /// When it is to stop to count, in seconds since 1970; absent means never
    #[schema(value_type = Option<u64>, nullable = false)]
    expires_at: Option<UnixSeconds>,
}

impl ReadFields for NewSecret {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        Some(Self { expires_at: timestamp(fields, "expires_at", problems) })
    }
}

/// Make another consumer secret; no more than two count at once
#[utoipa::path(post, path = "/api/v1/applications/{id}/keys/{key_type}/secrets", tag = "keys",
    params(("id" = String, Path, description = "The application's id"),
        ("key_type" = inline(KeyTypeView), Path, description = "The type of keys"), IdempotencyKey),
    request_body = NewSecret,
    responses((status = 201, body = CreatedSecret), (status = 404, description = "`no_such_application` or `no_keys`"),
        (status = 409, description = "`too_many_secrets`")))]
pub(crate) async fn create(
    call: Call,
    NamedTwice(id, NamedKeyType(key_type)): NamedTwice<ApplicationId, NamedKeyType>,
    Query(Nothing): Query<Nothing>,
    body: Body<NewSecret>,
) -> Result<Response, ApiProblem> {
    let expires_at = body.value.expires_at;
    let create = move |act: &Act<'_>| {
        let (plain, secret) = operations::create_secret(act, &id, key_type, expires_at)?;
        let location = to(&["applications", id.as_str(), "keys", key_type.as_str(), "secrets", secret.id.as_str()]);
        let view = CreatedSecret { secret: (&secret).into(), consumer_secret: plain.expose() };
        Ok(Answer::created(&view, location)?.with_secret())
    };
    call.create(&body, create).await
}

/// Remove a consumer secret, which is refused from then on; the last one that counts stays
#[utoipa::path(delete, path = "/api/v1/applications/{id}/keys/{key_type}/secrets/{secret}", tag = "keys",
    params(("id" = String, Path, description = "The application's id"),
        ("key_type" = inline(KeyTypeView), Path, description = "The type of keys"),
        ("secret" = String, Path, description = "The secret's id, never the secret itself")),
    responses((status = 204), (status = 404, description = "`no_such_application`, `no_keys` or `no_such_secret`"),
        (status = 409, description = "`last_secret`")))]
pub(crate) async fn remove(
    call: Call,
    NamedThrice(id, NamedKeyType(key_type), secret): NamedThrice<ApplicationId, NamedKeyType, ConsumerSecretId>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    call.write(move |act| operations::remove_secret(act, &id, key_type, &secret)).await?;
    Ok(Answer::done())
}
