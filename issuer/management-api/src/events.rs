//! `/api/v1/events`: attempts that the issuer refused.

use axum::response::Response;
use postern_token::document::{Fields, Problems};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::answer::Answer;
use super::audit::timestamp;
use super::body::ReadFields;
use super::call::Call;
use super::pagination::{Listing, Page};
use super::query::Query;
use super::values::Whole;
use crate::problem::ApiProblem;
use postern_model::SecurityEvent;
use postern_operations::{self as operations, EventFilter};

/// Refused attempts of the same kind, from the same address, about the same subject, within one hour
#[derive(Serialize, ToSchema)]
#[schema(as = SecurityEvent)]
struct EventView {
    /// The event's number, which increases
    number: u64,
    /// What was refused, such as `sign_in.refused`
    event: String,
    /// The reason, such as `wrong_credentials`
    reason: String,
    /// The caller's address; in a flood its network (/64, /56 or /48 of IPv6, /24 of IPv4), or `*` for further addresses
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// The user, client or member that was tried. `*`: further ones of a flood. Absent: no text with the form of a name was given
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// The first attempt in the hour (Unix time in seconds)
    first_at: u64,
    /// The last attempt in the hour (Unix time in seconds)
    last_at: u64,
    /// The number of attempts in the hour
    times: u64,
}

impl From<&SecurityEvent> for EventView {
    fn from(event: &SecurityEvent) -> Self {
        Self {
            number: event.number,
            event: event.event.as_str().to_owned(),
            reason: event.reason.clone(),
            source: event.source.clone(),
            subject: event.subject.clone(),
            first_at: event.first_at.0,
            last_at: event.last_at.0,
            times: event.times,
        }
    }
}

/// Documents the parameters.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "it documents parameters that are read elsewhere")]
pub(super) struct EventParameters {
    /// Only events with this name
    #[param(min_length = 1)]
    event: Option<String>,
    /// Only events from this address, also those that name only one of its networks
    #[param(min_length = 1)]
    source: Option<String>,
    /// Only events about this user, client or member
    #[param(min_length = 1)]
    subject: Option<String>,
    /// Only events whose last attempt was at or after this time (Unix time in seconds)
    since: Option<u64>,
    /// Only events whose first attempt was at or before this time (Unix time in seconds)
    until: Option<u64>,
    /// The maximum number of events
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next` of the previous page
    #[param(pattern = "^[0-9]{1,18}$")]
    after: Option<String>,
}

/// The events that are asked for, and the page of them.
pub(super) struct EventQuery {
    filter: EventFilter,
    page: Page<Whole>,
}

impl ReadFields for EventQuery {
    fn read(parameters: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let page: Option<Page<Whole>> = Page::read(parameters, problems);
        let filter = EventFilter {
            event: parameters.optional_parsed("event", problems),
            source: parameters.optional_parsed("source", problems),
            subject: parameters.optional_parsed("subject", problems),
            since: parameters.optional_parsed("since", problems).map(timestamp),
            until: parameters.optional_parsed("until", problems).map(timestamp),
            before: page.as_ref().and_then(|page| page.after).map(|Whole(number)| number),
        };
        Some(Self { filter, page: page? })
    }
}

/// List refused attempts, the newest first
#[utoipa::path(get, path = "/api/v1/events", tag = "audit", params(EventParameters),
    responses((status = 200, body = Listing<EventView>)))]
pub(super) async fn list(call: Call, Query(query): Query<EventQuery>) -> Result<Response, ApiProblem> {
    let EventQuery { filter, page } = query;
    let more = page.one_more();
    let events = call.read(move |act| operations::list_events(act, &filter, more)).await?;
    let listing: Listing<EventView> = page.show(&events, |event| event.number.to_string());
    call.answer(Answer::ok(&listing))
}
