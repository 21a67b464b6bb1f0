//! `/api/v1/signing-keys`: signing keys, their rotation and retirement.

use axum::response::Response;
use postern_token::document::{Fields, Problems};
use postern_token::{Algorithm, Identifier, IdentifierError, KeyType, Kid};
use serde::Serialize;
use std::str::FromStr;
use utoipa::ToSchema;

use super::answer::Answer;
use super::body::{Body, ReadFields};
use super::call::Call;
use super::etag::IfNoneMatch;
use super::idempotency::IdempotencyKey;
use super::pagination::{Listing, Page, PageParameters};
use super::path::{Segment, location};
use super::query::{Nothing, Query};
use super::words::{AlgorithmView, KeyTypeView};
use crate::problem::ApiProblem;
use postern_model::SigningKeyRecord;
use postern_operations::{self as operations, Act, RevokedTokens, SigningKeyDetails};
use postern_storage::SealedSigningKey;

/// A signing key, without the key itself
#[derive(Serialize, ToSchema)]
#[schema(as = SigningKey)]
struct SigningKeyView {
    /// The signing key's name
    kid: String,
    /// The signature algorithm
    algorithm: AlgorithmView,
    /// The signing key's state: `published`, `signing` or `retired`
    state: &'static str,
    /// When it was created (Unix time in seconds)
    created_at: u64,
    /// The key types whose tokens it signs
    signs: Vec<SignsView>,
    /// The key type whose tokens it will sign after `key_publish_ahead`
    #[serde(skip_serializing_if = "Option::is_none")]
    planned_for: Option<KeyTypeView>,
}

/// A key type whose tokens a signing key signs
#[derive(Serialize, ToSchema)]
#[schema(as = Signs)]
struct SignsView {
    /// The key type
    key_type: KeyTypeView,
    /// When it began to sign for it (Unix time in seconds)
    since: u64,
}

impl From<&SigningKeyRecord> for SigningKeyView {
    fn from(key: &SigningKeyRecord) -> Self {
        let signs = key.signs.iter().map(|(key_type, since)| SignsView { key_type: (*key_type).into(), since: since.0 });
        Self {
            kid: key.kid.to_string(),
            algorithm: key.algorithm.into(),
            state: key.state.as_str(),
            created_at: key.created_at.0,
            signs: signs.collect(),
            planned_for: key.planned_for.map(Into::into),
        }
    }
}

/// A signing key with the number of its unexpired tokens
#[derive(Serialize, ToSchema)]
#[schema(as = SigningKeyDetails)]
struct SigningKeyDetailsView {
    #[serde(flatten)]
    key: SigningKeyView,
    /// Number of unexpired, active tokens that it signed
    live_tokens: u64,
    /// When the last of these tokens expires (Unix time in seconds). Absent: there are none, or one never expires
    #[serde(skip_serializing_if = "Option::is_none")]
    live_until: Option<u64>,
}

impl From<&SigningKeyDetails> for SigningKeyDetailsView {
    fn from(details: &SigningKeyDetails) -> Self {
        let SigningKeyDetails { key, live } = details;
        Self { key: key.into(), live_tokens: live.count, live_until: live.until.map(|moment| moment.0) }
    }
}

/// A retired signing key and the number of its revoked tokens
#[derive(Serialize, ToSchema)]
struct RetiredKey {
    /// The signing key's name
    retired: String,
    /// Number of tokens that it had signed and that are revoked now
    revoked: usize,
    /// Number of these tokens without a status index. Edges refuse them because the signing key is gone
    #[serde(skip_serializing_if = "Option::is_none")]
    without_status: Option<usize>,
}

/// A signing key to create
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSigningKey {
    /// The signature algorithm
    #[schema(value_type = AlgorithmView)]
    algorithm: Algorithm,
    /// The key type whose tokens it will sign after `key_publish_ahead`. Absent: none until `sign` is called
    #[schema(value_type = Option<KeyTypeView>, nullable = false)]
    planned_for: Option<KeyType>,
}

impl ReadFields for NewSigningKey {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let algorithm = fields.required("algorithm", problems);
        let planned_for = fields.optional("planned_for", problems);
        Some(Self { algorithm, planned_for })
    }
}

/// The key types for a signing key to sign
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ToSign {
    /// The key types whose tokens it signs from now on. Absent: both; for an HS256 signing key, the one that it was created for
    #[schema(value_type = Option<Vec<KeyTypeView>>, nullable = false, min_items = 1)]
    key_types: Option<Vec<KeyType>>,
}

impl ReadFields for ToSign {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let key_types: Option<Vec<KeyType>> = fields.optional("key_types", problems);
        if key_types.as_ref().is_some_and(Vec::is_empty) {
            fields.problem("key_types", "must not be empty: name a key type, or omit the field for both", problems);
        }
        Some(Self { key_types })
    }
}

/// How to retire a signing key
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ToRetire {
    /// Retire it even if it has unexpired tokens, and revoke these tokens
    #[schema(value_type = Option<bool>, nullable = false)]
    force: bool,
}

impl ReadFields for ToRetire {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        Some(Self { force: fields.optional("force", problems).unwrap_or_default() })
    }
}

/// The name of a signing key in a path.
pub(super) struct NamedKid(pub(super) Kid<'static>);

impl FromStr for NamedKid {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        Identifier::parse(text.to_owned()).map(Self)
    }
}

/// List all signing keys, also retired ones, the oldest first
#[utoipa::path(get, path = "/api/v1/signing-keys", tag = "signing keys", params(PageParameters),
    responses((status = 200, body = Listing<SigningKeyDetailsView>)))]
pub(super) async fn list(call: Call, Query(page): Query<Page<String>>) -> Result<Response, ApiProblem> {
    let keys = call.read(operations::list_signing_keys).await?;
    // Signing keys are never deleted, so the position in the list is a stable cursor.
    let numbered: Vec<_> = keys.iter().zip(1_u64..).map(|(key, number)| Numbered { number, key }).collect();
    let page = Page { limit: page.limit, after: page.after.map(|after| format!("{after:0>20}")) };
    let listing: Listing<SigningKeyDetailsView> = page.cut(&numbered, |key| format!("{:020}", key.number));
    call.answer(Answer::ok(&listing))
}

struct Numbered<'a> {
    number: u64,
    key: &'a SigningKeyDetails,
}

impl From<&Numbered<'_>> for SigningKeyDetailsView {
    fn from(numbered: &Numbered<'_>) -> Self {
        numbered.key.into()
    }
}

/// Create a signing key and publish it to the edges
#[utoipa::path(post, path = "/api/v1/signing-keys", tag = "signing keys", params(IdempotencyKey), request_body = NewSigningKey,
    responses((status = 201, body = SigningKeyView)))]
pub(super) async fn create(
    call: Call,
    Query(Nothing): Query<Nothing>,
    body: Body<NewSigningKey>,
) -> Result<Response, ApiProblem> {
    let NewSigningKey { algorithm, planned_for } = body.value;
    let make = move |act: &Act<'_>| operations::make_signing_key(act, algorithm);
    let create = move |act: &Act<'_>, key: &SealedSigningKey| {
        let key = operations::create_signing_key(act, key, planned_for)?;
        Answer::created(&SigningKeyView::from(&key), location(&["signing-keys", key.kid.as_str()]))
    };
    call.create_prepared(&body, make, create).await
}

/// Show a signing key
#[utoipa::path(get, path = "/api/v1/signing-keys/{kid}", tag = "signing keys",
    params(("kid" = String, Path, description = "The signing key's name"), IfNoneMatch),
    responses((status = 200, body = SigningKeyDetailsView), (status = 304), (status = 404, description = "`no_such_signing_key`")))]
pub(super) async fn show(
    call: Call,
    Segment(NamedKid(kid)): Segment<NamedKid>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let key = call.read(move |act| operations::show_signing_key(act, &kid)).await?;
    call.answer(Answer::resource(&SigningKeyDetailsView::from(&key)))
}

/// Sign with a published signing key from now on. The previous one stays published
#[utoipa::path(post, path = "/api/v1/signing-keys/{kid}/sign", tag = "signing keys", request_body = ToSign,
    params(("kid" = String, Path, description = "The signing key's name")),
    responses((status = 200, body = SigningKeyView), (status = 404, description = "`no_such_signing_key`"),
        (status = 409, description = "`signing_key_retired` or `signing_key_shared_secret`")))]
pub(super) async fn sign(
    call: Call,
    Segment(NamedKid(kid)): Segment<NamedKid>,
    Query(Nothing): Query<Nothing>,
    body: Body<ToSign>,
) -> Result<Response, ApiProblem> {
    let key_types = body.value.key_types;
    let sign = move |act: &Act<'_>| match key_types {
        Some(key_types) => operations::sign_with_key(act, &kid, &key_types),
        None => operations::sign_with_key_everywhere(act, &kid),
    };
    let key = call.write(sign).await?;
    call.answer(Answer::ok(&SigningKeyView::from(&key)))
}

/// Retire a signing key: withdraw it from the edges and destroy it
#[utoipa::path(post, path = "/api/v1/signing-keys/{kid}/retire", tag = "signing keys", request_body = ToRetire,
    params(("kid" = String, Path, description = "The signing key's name")),
    responses((status = 200, body = RetiredKey), (status = 404, description = "`no_such_signing_key`"),
        (status = 409, description = "`signing_key_signs`, `signing_key_in_use` or `signing_key_retired`")))]
pub(super) async fn retire(
    call: Call,
    Segment(NamedKid(kid)): Segment<NamedKid>,
    Query(Nothing): Query<Nothing>,
    body: Body<ToRetire>,
) -> Result<Response, ApiProblem> {
    let force = body.value.force;
    let retired = kid.to_string();
    let RevokedTokens { count, without_status } = call.write(move |act| operations::retire_signing_key(act, &kid, force)).await?;
    let without_status = Some(without_status).filter(|count| *count > 0);
    call.answer(Answer::ok(&RetiredKey { retired, revoked: count, without_status }))
}
