//! `/api/v1/audit`: the audit log.

use std::net::IpAddr;

use axum::response::Response;
use postern_token::UnixSeconds;
use postern_token::document::{Fields, Problems};
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::schema::{AnyOfBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
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

/// An entry of the audit log
#[derive(Serialize, ToSchema)]
#[schema(as = AuditEntry)]
struct AuditView {
    /// The entry's number, which increases
    number: u64,
    /// When the action was done (Unix time in seconds)
    at: u64,
    /// Who did it: `operator`, `member:NAME`, `client:CONSUMER-KEY` or `issuer`
    actor: String,
    /// The action, such as `token.revoke`
    action: String,
    /// The id of the application that the action was done to or for
    #[serde(skip_serializing_if = "Option::is_none")]
    application: Option<String>,
    /// The name or id of what was changed
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// More about the action; never a secret
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    details: Option<Value>,
    /// The address of the caller. Absent: a command on the database, or the issuer itself
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
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
            source: entry.source.map(|source| source.to_string()),
        }
    }
}

/// Documents the parameters.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "it documents parameters that are read elsewhere")]
pub(super) struct AuditParameters {
    /// Only actions done to or for the application with this id
    #[param(pattern = "^app_[0-9a-z]{1,64}$")]
    application: Option<String>,
    /// Only actions of this actor
    #[param(min_length = 1)]
    actor: Option<String>,
    /// Only this action
    #[param(min_length = 1)]
    action: Option<String>,
    /// Only actions of callers at this address
    #[param(schema_with = ip_address)]
    source: Option<String>,
    /// Only entries from this time on (Unix time in seconds)
    since: Option<u64>,
    /// Only entries up to and including this time (Unix time in seconds)
    until: Option<u64>,
    /// The maximum number of entries
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next` of the previous page
    #[param(pattern = "^[0-9]{1,18}$")]
    after: Option<String>,
}

/// An IPv4 or IPv6 address.
fn ip_address() -> Schema {
    let address = |format| ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::KnownFormat(format)));
    AnyOfBuilder::new().item(address(KnownFormat::Ipv4)).item(address(KnownFormat::Ipv6)).build().into()
}

/// The entries that are asked for, and the page of them.
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
            source: parameters.optional_parsed("source", problems).map(|source: IpAddr| source.to_canonical()),
            since: parameters.optional_parsed("since", problems).map(timestamp),
            until: parameters.optional_parsed("until", problems).map(timestamp),
            before: page.as_ref().and_then(|page| page.after).map(|Whole(number)| number),
        };
        Some(Self { filter, page: page? })
    }
}

/// The Unix time of a query parameter.
pub(super) fn timestamp(Whole(seconds): Whole) -> UnixSeconds {
    UnixSeconds(seconds)
}

/// List entries of the audit log, the newest first
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(AuditParameters),
    responses((status = 200, body = Listing<AuditView>)))]
pub(super) async fn list(call: Call, Query(query): Query<AuditQuery>) -> Result<Response, ApiProblem> {
    let AuditQuery { filter, page } = query;
    let more = page.one_more();
    let entries = call.read(move |act| operations::list_audit(act, &filter, more)).await?;
    let listing: Listing<AuditView> = page.show(&entries, |entry| entry.number.to_string());
    call.answer(Answer::ok(&listing))
}
