//! `/api/v1/edges`: what the issuer knows of the edges of each edge key.

use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::call::Call;
use super::pagination::{Listing, Page, PageParameters};
use super::path::Segment;
use super::query::{Nothing, Query};
use crate::problem::ApiProblem;
use postern_model::{EdgeEnvironment, EdgeName, EdgeStatus};
use postern_operations as operations;

/// What is known of the edges of an edge key. Edges with the same key are told apart by their address. Written every few seconds
#[derive(Serialize, ToSchema)]
#[schema(as = Edge)]
struct EdgeView {
    /// The name of the edge key
    name: String,
    /// The environment whose bundle the edge key fetches. Absent: every one
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    environment: Option<EdgeEnvironment>,
    /// `current`: every edge has the current bundle. `sent`: an edge was sent the current bundle and has not confirmed it. `behind`: an edge
    /// does not have the current bundle. `unseen`: no edge has asked yet. The state is that of the edge with the oldest bundle among those
    /// that asked in the last two minutes, or else of the edge that asked last
    state: &'static str,
    /// Number of addresses that asked in the last two minutes
    connected: u64,
    /// When an edge asked last, or was answered after waiting (Unix time in seconds)
    #[serde(skip_serializing_if = "Option::is_none")]
    last_request_at: Option<u64>,
    /// The address of the edge that has the oldest bundle
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// The epoch of the bundle that this edge has. Absent: no bundle of it is known
    #[serde(skip_serializing_if = "Option::is_none")]
    epoch: Option<u64>,
    /// The revision of that bundle
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    /// The epoch of the current bundle
    current_epoch: u64,
    /// The revision of the current bundle
    current_revision: u64,
    /// Number of revisions by which the edge is behind. Absent: not known, or of another epoch
    #[serde(skip_serializing_if = "Option::is_none")]
    revisions_behind: Option<u64>,
    /// When the issuer first saw that the edge lacks the current bundle (Unix time in seconds)
    #[serde(skip_serializing_if = "Option::is_none")]
    behind_since: Option<u64>,
}

impl From<&EdgeStatus> for EdgeView {
    fn from(status: &EdgeStatus) -> Self {
        let held = status.oldest.as_ref().and_then(|contact| contact.held);
        Self {
            name: status.key.name.to_string(),
            environment: status.key.environment,
            state: status.state().as_str(),
            connected: status.connected,
            last_request_at: status.heard_at.map(|time| time.0),
            source: status.oldest.as_ref().and_then(|contact| contact.source.clone()),
            epoch: held.map(|held| held.epoch),
            revision: held.map(|held| held.revision),
            current_epoch: status.current.epoch,
            current_revision: status.current.revision,
            revisions_behind: status.revisions_behind(),
            behind_since: status.behind_since().map(|time| time.0),
        }
    }
}

/// List what is known of the edges of each edge key, by the name of the key
#[utoipa::path(get, path = "/api/v1/edges", tag = "edges", params(PageParameters),
    responses((status = 200, body = Listing<EdgeView>)))]
pub(super) async fn list(call: Call, Query(page): Query<Page<String>>) -> Result<Response, ApiProblem> {
    let edges = call.read(operations::list_edges).await?;
    let listing: Listing<EdgeView> = page.cut(&edges, |status| status.key.name.to_string());
    call.answer(Answer::ok(&listing))
}

/// Show what is known of the edges of one edge key
#[utoipa::path(get, path = "/api/v1/edges/{name}", tag = "edges",
    params(("name" = String, Path, description = "The name of the edge key")),
    responses((status = 200, body = EdgeView), (status = 404, description = "`no_such_edge_key`")))]
pub(super) async fn show(
    call: Call,
    Segment(name): Segment<EdgeName>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let edge = call.read(move |act| operations::show_edge(act, &name)).await?;
    call.answer(Answer::ok(&EdgeView::from(&edge)))
}
