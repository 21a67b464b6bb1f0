//! `/api/v1/bundle`: the bundle for an edge that does not fetch it from the issuer.

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

/// Documents the parameter.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "it documents a parameter that is read elsewhere")]
pub(super) struct BundleParameters {
    /// The environment that the edge serves. Absent: both
    #[param(value_type = Option<KeyTypeView>)]
    environment: Option<String>,
}

/// The bundle that is asked for.
pub(super) struct BundleQuery {
    environment: Option<NamedKeyType>,
}

impl ReadFields for BundleQuery {
    fn read(parameters: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        Some(Self { environment: parameters.optional_parsed("environment", problems) })
    }
}

/// Get the bundle for an edge that does not fetch it from the issuer. It holds verification keys, and with HS256 these can also sign
#[utoipa::path(get, path = "/api/v1/bundle", tag = "edges", params(BundleParameters),
    responses((status = 200, body = Object, description = "The bundle, in the form that the plugin's settings accept")))]
pub(super) async fn compose(call: Call, Query(query): Query<BundleQuery>) -> Result<Response, ApiProblem> {
    let environment = query.environment.map(|named| named.0);
    let bundle = call.read(move |act| operations::compose_bundle(act, environment)).await?;
    tracing::info!(actor = %call.actor(), "handed out the bundle");
    call.answer(Answer::ok(&bundle).map(Answer::with_secret))
}
