//! The audit log, with filters, as a page and as a file.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use crate::messages::Message;
use crate::pages::{OWN_RESOURCE, respond};
use crate::paths;
use crate::portal::applications::application_path;
use crate::portal::{Cell, EntryForm, Field, Listing, Opened, Outcome, ROWS, Row, refusal};
use crate::query::encoded;
use postern_http_types::Form;
use postern_model::AuditEntry;
use postern_operations::{self as operations, AuditFilter};
use postern_time::{TimeFilter, format_rfc3339};
use postern_token::UnixSeconds;

const COLUMNS: [&str; 6] = ["audit-time", "audit-actor", "audit-action", "audit-subject", "application", "audit-details"];

/// The parameters that select entries.
const PARAMETERS: [&str; 6] = ["actor", "action", "application", "source", "since", "until"];

/// The most entries of a file.
const MAX_EXPORT: u32 = 10_000;

/// `GET /portal/audit?actor=&action=&application=&source=&since=&until=&before=`
pub(in crate::portal) async fn show(Opened { member, query }: Opened) -> Result<Response, Response> {
    let (filter, outcome) = match read(&query, member.now()) {
        Ok(filter) => (filter, Outcome::Nothing),
        Err(problem) => (AuditFilter { before: Some(0), ..AuditFilter::default() }, Outcome::Wrong(problem)),
    };
    let found = member.fetch(move |act| operations::list_audit(act, &filter, ROWS + 1)).await?;
    let kept = parameters(&query);
    let next = |last: &AuditEntry| format!("{}?{kept}before={}", paths::PORTAL_AUDIT, last.number);
    let fields =
        PARAMETERS.into_iter().zip(["audit-actor", "audit-action", "application", "audit-source", "audit-since", "audit-until"]);
    let filter = fields.fold(EntryForm::new(paths::PORTAL_AUDIT.to_owned(), "show"), |form, (name, label)| {
        let field = Field::text(name, label);
        form.field(match name {
            "action" => field.hint("audit-action-hint"),
            "since" => field.hint("audit-since-hint"),
            _ => field,
        })
    });
    let listing = Listing::new(&member, "audit", &COLUMNS, "audit-none")
        .intro("audit-intro")
        .filter(filter.filled(Some(&query)))
        .export(format!("{}?{kept}", paths::PORTAL_AUDIT_EXPORT))
        .page_of(found, row, next);
    Ok(respond(&listing.outcome(outcome)))
}

/// `GET /portal/audit/export`: the entries as CSV (RFC 4180), the newest first.
pub(in crate::portal) async fn export(Opened { member, query }: Opened) -> Result<Response, Response> {
    let Ok(filter) = read(&query, member.now()) else { return show(Opened { member, query }).await };
    let found = member.fetch(move |act| operations::list_audit(act, &filter, MAX_EXPORT)).await?;
    let mut text = String::from("number,time,actor,action,application,subject,source,details\r\n");
    for entry in &found {
        let fields = [
            entry.number.to_string(),
            format_rfc3339(entry.at),
            entry.actor.clone(),
            entry.action.clone(),
            entry.application.as_ref().map(ToString::to_string).unwrap_or_default(),
            entry.subject.clone().unwrap_or_default(),
            entry.source.map(|source| source.to_string()).unwrap_or_default(),
            entry.details.as_ref().map(ToString::to_string).unwrap_or_default(),
        ];
        text.push_str(&fields.map(|field| csv(&field)).join(","));
        text.push_str("\r\n");
    }
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"audit.csv\"")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        OWN_RESOURCE,
    ];
    Ok((headers, text).into_response())
}

/// A field of a CSV file. What a spreadsheet would run as a formula gets an apostrophe in front, also where a cell begins for a spreadsheet
/// that separates cells by a semicolon or a tab.
fn csv(field: &str) -> String {
    let mut written = String::from("\"");
    let mut begins = true;
    for character in field.chars() {
        if begins && matches!(character, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '\t' | '\r') {
            written.push('\'');
        }
        begins = matches!(character, ';' | ',' | '"' | '\t' | '\r' | '\n');
        written.push(character);
        if character == '"' {
            written.push('"');
        }
    }
    written.push('"');
    written
}

/// The parameters that select entries, for another address.
fn parameters(query: &Form) -> String {
    let given = PARAMETERS.into_iter().filter_map(|name| query.value(name).map(|value| format!("{name}={}&", encoded(value))));
    given.collect()
}

fn read(query: &Form, now: UnixSeconds) -> Result<AuditFilter, Message> {
    let text = |name: &str| query.value(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let time = |name: &str| {
        let given: Option<Result<TimeFilter, _>> = text(name).map(|text| text.parse());
        given
            .transpose()
            .map(|time| time.map(|time| time.resolve(now)))
            .map_err(|error| refusal("wrong_time", &format!("the time {error}")))
    };
    let application = text("application").map(|text| text.parse()).transpose();
    let source = text("source").map(|text| text.parse()).transpose();
    Ok(AuditFilter {
        application: application.map_err(|_| Message::new("audit-wrong-application"))?,
        actor: text("actor"),
        action: text("action"),
        source: source.map_err(|_| Message::new("audit-wrong-source"))?,
        since: time("since")?,
        until: time("until")?,
        before: query.value("before").and_then(|text| text.parse().ok()),
    })
}

fn row(entry: &AuditEntry) -> Row {
    let application = entry.application.as_ref();
    Row::new(vec![
        Cell::Time(entry.at.into()),
        Cell::Text(entry.actor.clone()),
        Cell::Word(entry.action.clone()),
        Cell::text(entry.subject.as_ref()),
        application.map_or(Cell::Empty, |id| Cell::Link(application_path(id.as_str()), id.to_string())),
        Cell::text(entry.details.as_ref()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_a_file_is_quoted_and_no_formula() {
        for (field, written) in
            [("a", "\"a\""), ("a\"b,c", "\"a\"\"b,c\""), ("=1+1", "\"'=1+1\""), ("@x", "\"'@x\""), ("", "\"\"")]
        {
            assert_eq!(csv(field), written);
        }
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_refused() {
        let read = |text: &str| read(&Form::parse(text.as_bytes()).unwrap(), UnixSeconds(100_000));
        let filter = read("actor=member%3Aalice&action=token.revoke&since=1h&until=&source=192.0.2.1&before=7").unwrap();
        assert_eq!((filter.since, filter.until, filter.before), (Some(UnixSeconds(96_400)), None, Some(7)));
        for wrong in ["since=soon", "source=here", "application=%22"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
