//! `/api/v1/usage`: usage by day.

use axum::response::Response;
use postern_token::document::{Fields, Problems};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::answer::Answer;
use super::body::ReadFields;
use super::call::Call;
use super::pagination::{Listing, Page};
use super::query::Query;
use super::values::Whole;
use crate::problem::ApiProblem;
use postern_model::{ApplicationId, Day, DayUsage};
use postern_operations::{self as operations, USAGE_DAYS};
use postern_time::format_date;
use postern_token::UnixSeconds;

/// How many days are listed without `since`.
const DEFAULT_DAYS: u64 = 30;

/// The usage on one day
#[derive(Serialize, ToSchema)]
#[schema(as = DayUsage)]
struct DayUsageView {
    /// The date, in UTC: `2026-11-29`
    date: String,
    /// Number of tokens that were minted
    minted: u64,
    /// Number of requests of clients that were refused: unknown client or wrong secret, or too many requests
    refused: u64,
    /// Number of live tokens when they were last counted on this day. Absent: they were not counted
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<u64>,
}

impl From<&DayUsage> for DayUsageView {
    fn from(usage: &DayUsage) -> Self {
        Self { date: date(usage), minted: usage.minted, refused: usage.refused, live: usage.live }
    }
}

fn date(usage: &DayUsage) -> String {
    format_date(usage.day.start())
}

/// Documents the parameters.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "it documents parameters that are read elsewhere")]
pub(super) struct UsageParameters {
    /// Only the usage of the application with this id. Absent: of all applications that you may see
    #[param(pattern = "^app_[0-9a-z]{1,64}$")]
    application: Option<String>,
    /// From the day on that this time is in (Unix time in seconds). Absent: 30 days. After `until`, no day is listed
    since: Option<u64>,
    /// Up to and including the day that this time is in (Unix time in seconds). Absent: today
    until: Option<u64>,
    /// The maximum number of days
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next` of the previous page
    #[param(min_length = 1)]
    after: Option<String>,
}

/// The usage that is asked for, and the page of it.
pub(super) struct UsageQuery {
    application: Option<ApplicationId>,
    since: Option<Day>,
    until: Option<Day>,
    page: Page<String>,
}

impl ReadFields for UsageQuery {
    fn read(parameters: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let page = Page::read(parameters, problems);
        let day = |Whole(seconds): Whole| Day::of(UnixSeconds(seconds));
        let application = parameters.optional_parsed("application", problems);
        let since = parameters.optional_parsed("since", problems).map(day);
        let until = parameters.optional_parsed("until", problems).map(day);
        Some(Self { application, since, until, page: page? })
    }
}

/// List usage by day in UTC, the oldest day first. Usage is kept for 400 days, and counted every few seconds
#[utoipa::path(get, path = "/api/v1/usage", tag = "usage", params(UsageParameters),
    responses((status = 200, body = Listing<DayUsageView>), (status = 404, description = "`no_such_application`")))]
pub(super) async fn list(call: Call, Query(query): Query<UsageQuery>) -> Result<Response, ApiProblem> {
    let UsageQuery { application, since, until, page } = query;
    let days = call
        .read(move |act| {
            let today = Day::of(act.now());
            let last = until.map_or(today, |until| until.min(today));
            let first = since.unwrap_or(last.before(DEFAULT_DAYS - 1)).max(today.before(USAGE_DAYS - 1));
            operations::show_usage(act, application.as_ref(), first, last)
        })
        .await?;
    let listing: Listing<DayUsageView> = page.cut(&days, date);
    call.answer(Answer::ok(&listing))
}
