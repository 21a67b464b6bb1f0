//! `/api/v1/bundle`: what an edge needs that fetches nothing.

use axum::response::Response;
use postern_token::document::{Fields, Problems};
use utoipa::IntoParams;

use super::answer::Answer;
use super::body::ReadFields;
use super::call::Call;
use super::query::Query;
use super::words::{KeyTypeView, NamedKeyType};
use crate::problem::ApiProblem;
use postern_operations as operations;

/// What is said of the parameter.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "it documents a parameter that is read elsewhere")]
pub(super) struct BundleParameters {
    /// The key type that the edge serves; absent means both
    #[param(value_type = Option<KeyTypeView>)]
    environment: Option<String>,
}

/// Which bundle is asked for.
pub(super) struct BundleQuery {
    environment: Option<NamedKeyType>,
}

impl ReadFields for BundleQuery {
    fn read(parameters: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        Some(Self { environment: parameters.optional_parsed("environment", problems) })
    }
}

/// Compose the bundle for an edge that fetches nothing; it holds keys, with HS256 those that sign
#[utoipa::path(get, path = "/api/v1/bundle", tag = "edges", params(BundleParameters),
    responses((status = 200, body = Object, description = "The bundle, as the plugin's settings take it")))]
pub(super) async fn compose(call: Call, Query(query): Query<BundleQuery>) -> Result<Response, ApiProblem> {
    let environment = query.environment.map(|named| named.0);
    let bundle = call.read(move |act| operations::compose_bundle(act, environment)).await?;
    tracing::info!(actor = %call.actor(), "handed out the bundle");
    call.answer(Answer::told(&bundle).map(Answer::with_secret))
}
