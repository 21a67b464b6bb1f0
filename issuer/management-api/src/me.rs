//! `/api/v1/me`

use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::call::Call;
use super::query::{Nothing, Query};
use crate::problem::ApiProblem;
use postern_model::Actor;

/// The caller
#[derive(Serialize, ToSchema)]
struct Me {
    /// The caller as the audit log names it, such as `member:alice`
    actor: String,
    /// The member's name. Absent: the caller is the operator, who has the database
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The caller's role: `administrator`, `developer` or `auditor`
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
}

/// Show the caller
#[utoipa::path(get, path = "/api/v1/me", tag = "members", responses((status = 200, body = Me)))]
pub(super) async fn show(call: Call, Query(Nothing): Query<Nothing>) -> Result<Response, ApiProblem> {
    let name = match call.actor() {
        Actor::Member(name, _) => Some(name.as_str().to_owned()),
        _ => None,
    };
    let me = Me { actor: call.actor().to_string(), name, role: call.actor().role().map(postern_model::Role::as_str) };
    call.answer(Answer::ok(&me))
}
