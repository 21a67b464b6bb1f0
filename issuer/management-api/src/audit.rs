//! `/api/v1/audit`: what was done, by whom.

use axum::response::Response;
use postern_token::UnixSeconds;
use postern_token::document::{Fields, Problems};
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::answer::Answer;
use super::body::ReadFields;
use super::call::Call;
use super::pagination::{Listing, Page};
use super::query::Query;
use super::values::Whole;
use crate::problem::ApiProblem;
use postern_model::AuditEntry;
use postern_operations::{self as operations, AuditFilter};

/// One line of the audit log
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
struct AuditView {
    /// Its number, which counts up
    number: u64,
    /// When it was done, in seconds since 1970
    at: u64,
    /// By whom: `operator`, `member:NAME`, `client:CONSUMER-KEY` or `issuer`
    actor: String,
    /// What was done, such as `token.revoke`
    action: String,
    /// The id of the application that it was done to or for
    #[serde(skip_serializing_if = "Option::is_none")]
    application: Option<String>,
    /// The name or the id of what it was done to
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// What else there is to know; never a secret
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    details: Option<Value>,
}

impl From<&AuditEntry> for AuditView {
    fn from(entry: &AuditEntry) -> Self {
        Self {
            number: entry.number,
            at: entry.at.0,
            actor: entry.actor.clone(),
            action: entry.action.clone(),
            application: entry.application.as_ref().map(ToString::to_string),
            subject: entry.subject.clone(),
            details: entry.details.clone(),
        }
    }
}

/// What is said of the parameters.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "it documents parameters that are read elsewhere")]
pub(super) struct AuditParameters {
    /// Only what was done to or for the application of that id
    #[param(pattern = "^app_[0-9a-z]{1,64}$")]
    application: Option<String>,
    /// Only what was done by those
    #[param(min_length = 1)]
    actor: Option<String>,
    /// Only that action
    #[param(min_length = 1)]
    action: Option<String>,
    /// Only what was done then or later, in seconds since 1970
    since: Option<u64>,
    /// Only what was done then or earlier, in seconds since 1970
    until: Option<u64>,
    /// How many entries to list at most
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next` of the page before
    #[param(pattern = "^[0-9]{1,18}$")]
    after: Option<String>,
}

/// What is looked for, and which page of it.
pub(super) struct AuditQuery {
    filter: AuditFilter,
    page: Page<Whole>,
}

impl ReadFields for AuditQuery {
    fn read(parameters: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let page: Option<Page<Whole>> = Page::read(parameters, problems);
        let filter = AuditFilter {
            application: parameters.optional_parsed("application", problems),
            actor: parameters.optional_parsed("actor", problems),
            action: parameters.optional_parsed("action", problems),
            since: parameters.optional_parsed("since", problems).map(moment),
            until: parameters.optional_parsed("until", problems).map(moment),
            before: page.as_ref().and_then(|page| page.after).map(|Whole(number)| number),
        };
        Some(Self { filter, page: page? })
    }
}

fn moment(Whole(seconds): Whole) -> UnixSeconds {
    UnixSeconds(seconds)
}

/// List what was done, the newest first
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(AuditParameters),
    responses((status = 200, body = Listing<AuditView>)))]
pub(super) async fn list(call: Call, Query(query): Query<AuditQuery>) -> Result<Response, ApiProblem> {
    let AuditQuery { filter, page } = query;
    let more = page.one_more();
    let entries = call.read(move |act| operations::list_audit(act, &filter, more)).await?;
    let listing: Listing<AuditView> = page.show(&entries, |entry| entry.number.to_string());
    call.answer(Answer::told(&listing))
}
