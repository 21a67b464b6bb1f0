//! `/api/v1/bundle-keys`: bundle keys, which sign the bundles that edges fetch.

use axum::response::Response;
use postern_token::Algorithm;
use postern_token::document::{Fields, Problems};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::answer::Answer;
use super::body::{Body, ReadFields};
use super::call::Call;
use super::idempotency::IdempotencyKey;
use super::pagination::{Listing, Page, PageParameters};
use super::path::{Segment, location};
use super::query::{Nothing, Query};
use super::signing_keys::NamedKid;
use super::words::AlgorithmView;
use crate::problem::ApiProblem;
use postern_model::BundleKeyRecord;
use postern_operations::{self as operations, Act};

/// A bundle key, without the key itself
#[derive(Serialize, ToSchema)]
#[schema(as = BundleKey)]
struct BundleKeyView {
    /// The bundle key's name
    kid: String,
    /// The signature algorithm
    algorithm: AlgorithmView,
    /// Whether it signs bundles
    signs: bool,
    /// When it was created (Unix time in seconds)
    created_at: u64,
    /// The public key (JWK), for `sync.bundle_keys` in the settings of edges
    #[schema(value_type = Object)]
    jwk: Box<RawValue>,
}

impl From<&BundleKeyRecord> for BundleKeyView {
    fn from(key: &BundleKeyRecord) -> Self {
        let BundleKeyRecord { kid, algorithm, public, signs, created_at } = key;
        // The issuer wrote it; a damaged one is shown as none.
        let jwk = RawValue::from_string(public.clone()).unwrap_or_default();
        Self { kid: kid.to_string(), algorithm: (*algorithm).into(), signs: *signs, created_at: created_at.0, jwk }
    }
}

/// A bundle key to create
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewBundleKey {
    /// The signature algorithm: `ES256` (the default) or `EdDSA`
    #[schema(value_type = Option<AlgorithmView>, nullable = false)]
    algorithm: Option<Algorithm>,
}

impl ReadFields for NewBundleKey {
    fn read(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        Some(Self { algorithm: fields.optional("algorithm", problems) })
    }
}

/// List bundle keys, the oldest first
#[utoipa::path(get, path = "/api/v1/bundle-keys", tag = "edges", params(PageParameters),
    responses((status = 200, body = Listing<BundleKeyView>)))]
pub(super) async fn list(call: Call, Query(page): Query<Page<String>>) -> Result<Response, ApiProblem> {
    let mut keys = call.read(operations::list_bundle_keys).await?;
    keys.sort_by(|one, other| one.kid.as_str().cmp(other.kid.as_str()));
    let listing: Listing<BundleKeyView> = page.cut(&keys, |key| key.kid.to_string());
    call.answer(Answer::ok(&listing))
}

/// Create a bundle key. It signs only after `sign` is called, so that edges can trust it first
#[utoipa::path(post, path = "/api/v1/bundle-keys", tag = "edges", params(IdempotencyKey), request_body = NewBundleKey,
    responses((status = 201, body = BundleKeyView), (status = 422, description = "`bundle_key_algorithm`")))]
pub(super) async fn create(call: Call, Query(Nothing): Query<Nothing>, body: Body<NewBundleKey>) -> Result<Response, ApiProblem> {
    let algorithm = body.value.algorithm;
    let create = move |act: &Act<'_>| {
        let key = operations::create_bundle_key(act, algorithm)?;
        Answer::created(&BundleKeyView::from(&key), location(&["bundle-keys", key.kid.as_str()]))
    };
    call.create(&body, create).await
}

/// Sign bundles with a bundle key from now on. Edges that do not trust the bundle key yet keep their current bundle
#[utoipa::path(post, path = "/api/v1/bundle-keys/{kid}/sign", tag = "edges",
    params(("kid" = String, Path, description = "The bundle key's name")),
    responses((status = 200, body = BundleKeyView), (status = 404, description = "`no_such_bundle_key`")))]
pub(super) async fn sign(
    call: Call,
    Segment(NamedKid(kid)): Segment<NamedKid>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let key = call.write(move |act| operations::sign_bundles_with(act, &kid)).await?;
    call.answer(Answer::ok(&BundleKeyView::from(&key)))
}

/// Remove a bundle key that does not sign
#[utoipa::path(delete, path = "/api/v1/bundle-keys/{kid}", tag = "edges",
    params(("kid" = String, Path, description = "The bundle key's name")),
    responses((status = 204), (status = 404, description = "`no_such_bundle_key`"), (status = 409, description = "`bundle_key_signs`")))]
pub(super) async fn remove(
    call: Call,
    Segment(NamedKid(kid)): Segment<NamedKid>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    call.write(move |act| operations::remove_bundle_key(act, &kid)).await?;
    Ok(Answer::no_content())
}
