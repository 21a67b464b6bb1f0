//! `/api/v1/applications/{id}/keys/{key_type}/secrets`: consumer secrets; a second one allows rotation.

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
use crate::path::{ThreeSegments, TwoSegments, location};
use crate::problem::ApiProblem;
use crate::query::{Nothing, Query};
use crate::values::timestamp;
use crate::words::{KeyTypeView, NamedKeyType};
use postern_model::{ApplicationId, ConsumerSecretId, PersonalAccessTokenDescription};
use postern_operations::{self as operations, Act, NewConsumerSecret};

/// A new consumer secret
#[derive(Serialize, ToSchema)]
struct CreatedSecret<'a> {
    #[serde(flatten)]
    secret: SecretView,
    /// The secret. It is shown only once
    consumer_secret: &'a str,
}

/// A consumer secret to create
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSecret {
    /// What it is for: 1 to 100 visible characters
    #[schema(value_type = Option<String>, nullable = false, min_length = 1, max_length = 100, example = "the new cluster")]
    description: Option<PersonalAccessTokenDescription>,
    /// When the secret expires (Unix time in seconds). Absent: never
    #[schema(value_type = Option<u64>, nullable = false)]
    expires_at: Option<UnixSeconds>,
}

impl ReadFields for NewSecret {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let description = fields.optional_parsed("description", problems);
        Some(Self { description, expires_at: timestamp(fields, "expires_at", problems) })
    }
}

/// Create another consumer secret. At most two are valid at once
#[utoipa::path(post, path = "/api/v1/applications/{id}/keys/{key_type}/secrets", tag = "keys",
    params(("id" = String, Path, description = "The application's id"),
        ("key_type" = inline(KeyTypeView), Path, description = "The key type"), IdempotencyKey),
    request_body = NewSecret,
    responses((status = 201, body = CreatedSecret), (status = 404, description = "`no_such_application` or `no_keys`"),
        (status = 409, description = "`too_many_secrets`")))]
pub(crate) async fn create(
    call: Call,
    TwoSegments(id, NamedKeyType(key_type)): TwoSegments<ApplicationId, NamedKeyType>,
    Query(Nothing): Query<Nothing>,
    body: Body<NewSecret>,
) -> Result<Response, ApiProblem> {
    let new = NewConsumerSecret { description: body.value.description.clone(), expires_at: body.value.expires_at };
    let create = move |act: &Act<'_>| {
        let (plain, secret) = operations::create_secret(act, &id, key_type, new.clone())?;
        let location = location(&["applications", id.as_str(), "keys", key_type.as_str(), "secrets", secret.id.as_str()]);
        let view = CreatedSecret { secret: (&secret).into(), consumer_secret: plain.expose() };
        Ok(Answer::created(&view, location)?.with_secret())
    };
    call.create(&body, create).await
}

/// Remove a consumer secret, which is refused from now on. The last valid one cannot be removed
#[utoipa::path(delete, path = "/api/v1/applications/{id}/keys/{key_type}/secrets/{secret}", tag = "keys",
    params(("id" = String, Path, description = "The application's id"),
        ("key_type" = inline(KeyTypeView), Path, description = "The key type"),
        ("secret" = String, Path, description = "The secret's id, never the secret itself")),
    responses((status = 204), (status = 404, description = "`no_such_application`, `no_keys` or `no_such_secret`"),
        (status = 409, description = "`last_secret`")))]
pub(crate) async fn remove(
    call: Call,
    ThreeSegments(id, NamedKeyType(key_type), secret): ThreeSegments<ApplicationId, NamedKeyType, ConsumerSecretId>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    call.write(move |act| operations::remove_secret(act, &id, key_type, &secret)).await?;
    Ok(Answer::no_content())
}
