//! The settings that every token, grant, session and signing key follows, with a form for each group of them, and the configuration in
//! force.

use std::fmt::Write as _;

use axum::response::Response;
use sha2::{Digest as _, Sha256};

use super::settings_form::{Group, label, range};
use crate::messages::Message;
use crate::pages::respond;
use crate::paths;
use crate::portal::choices::lifetime;
use crate::portal::confirm::ConfirmPage;
use crate::portal::{Cell, Listing, Opened, Outcome, Row, Sent, SignedInMember};
use postern_http_types::Form;
use postern_model::{Policies, Settings};
use postern_operations::{self as operations, Act, Error, SettingsChange, SettingsError};
use postern_service::Service;

const COLUMNS: [&str; 3] = ["setting", "setting-value", "setting-meaning"];

/// The field with the settings that the member saw.
const REVISION: &str = "revision";

/// The field of a member who has been asked about a change that weakens security.
const CONFIRMED: &str = "confirmed";

/// `GET /portal/settings`
pub(in crate::portal) async fn show(Opened { member, .. }: Opened) -> Result<Response, Response> {
    page(&member, None, Outcome::Nothing).await
}

/// What the operation did with a form.
enum Answer {
    Done,
    Stale,
    /// The setting that is wrong.
    Wrong(&'static str),
}

/// `POST /portal/settings`: changes the settings of one group, if they are still as the member saw them.
pub(in crate::portal) async fn change(Sent { member, form }: Sent) -> Result<Response, Response> {
    let Some(group) = form.value("group").and_then(Group::named) else {
        return page(&member, None, Outcome::Wrong("choose-row".into())).await;
    };
    let change = match group.read(&form) {
        Ok(change) => change,
        Err(problems) => return page(&member, Some((group, &form, problems)), Outcome::Nothing).await,
    };
    let before = member.fetch(operations::load_settings).await?;
    // Otherwise a change of others in between could take the question away.
    if !is_seen(&form, &before) {
        return page(&member, None, Outcome::Wrong("settings-stale".into())).await;
    }
    // Checked before the question, so that settings that are confirmed can be saved.
    if let Err(Error::Settings(SettingsError::OutOfRange { setting, .. })) = change.apply(&before) {
        return page(&member, Some((group, &form, vec![(setting, range(setting).into())])), Outcome::Nothing).await;
    }
    let weakened = change.weakens(&before);
    if !weakened.is_empty() && form.value(CONFIRMED).is_none() {
        return Ok(question(&member, &form, &weakened));
    }
    let seen = form.value(REVISION).unwrap_or_default().to_owned();
    match member.write(move |act| run(act, &change, &seen)).await {
        Ok(Answer::Done) => page(&member, None, Outcome::Done(Message::new("settings-saved"))).await,
        Ok(Answer::Stale) => page(&member, None, Outcome::Wrong("settings-stale".into())).await,
        Ok(Answer::Wrong(setting)) => {
            page(&member, Some((group, &form, vec![(setting, range(setting).into())])), Outcome::Nothing).await
        }
        Err(refused) => {
            let text = refused.text()?;
            page(&member, Some((group, &form, Vec::new())), Outcome::Wrong(text)).await
        }
    }
}

fn run(act: &Act<'_>, change: &SettingsChange, seen: &str) -> Result<Answer, Error> {
    match operations::change_settings(act, change, |before| revision(before) == seen) {
        Ok(_) => Ok(Answer::Done),
        Err(Error::PreconditionFailed) => Ok(Answer::Stale),
        Err(Error::Settings(SettingsError::OutOfRange { setting, .. })) => Ok(Answer::Wrong(setting)),
        Err(error) => Err(error),
    }
}

fn question(member: &SignedInMember, form: &Form, weakened: &[&'static str]) -> Response {
    let names: Vec<String> = weakened.iter().map(|name| member.site().text(label(name)).to_string()).collect();
    let consequence = Message::new("settings-weaken-consequence").with("settings", names.join(", "));
    let settings = paths::PORTAL_SETTINGS.to_owned();
    let mut question = ConfirmPage::new(member, Message::new("settings-weaken-title"), consequence);
    for name in form.names().filter(|name| !["csrf", CONFIRMED].contains(name)) {
        question = question.field(name.to_owned(), form.value(name).unwrap_or_default().to_owned());
    }
    respond(&question.field(CONFIRMED, "on".to_owned()).answer(settings.clone(), "save", settings))
}

/// Names the version of the settings: the same values have the same name.
fn revision(settings: &Settings) -> String {
    let mut name = String::new();
    for byte in Sha256::digest(format!("{:?} {:?}", settings.default_validities, settings.policies)).iter().take(12) {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

fn is_seen(form: &Form, settings: &Settings) -> bool {
    form.value(REVISION) == Some(revision(settings).as_str())
}

/// A form that was refused: its group, what was sent, and what is wrong with each setting.
type Refused<'a> = (Group, &'a Form, Vec<(&'static str, Message)>);

async fn page(member: &SignedInMember, refused: Option<Refused<'_>>, outcome: Outcome) -> Result<Response, Response> {
    let settings = member.fetch(operations::load_settings).await?;
    let listing = Listing::new(member, "settings", &COLUMNS, "none");
    let configuration = configuration(&settings, member.service());
    if !member.is_administrator() {
        let rows = values(&settings).into_iter().chain(configuration).map(row).collect();
        return Ok(respond(&listing.intro("settings-intro").rows(rows)));
    }
    let mut outcome = outcome;
    let mut forms = Vec::new();
    for group in Group::ALL {
        let mut form = group.form(&settings);
        let mut seen = revision(&settings);
        if let Some((_, sent, problems)) = refused.as_ref().filter(|(own, ..)| *own == group) {
            // What was sent is still about the version that the member saw.
            sent.value(REVISION).unwrap_or_default().clone_into(&mut seen);
            form = form.filled(Some(sent));
            if let Outcome::Nothing = outcome {
                outcome = Outcome::Wrong("settings-wrong".into());
            }
            for (name, problem) in problems {
                if !form.refuse(name, problem) {
                    outcome = Outcome::Wrong(problem.clone());
                }
            }
        }
        forms.push(form.hidden("group", group.name()).hidden(REVISION, seen));
    }
    let rows = configuration.into_iter().map(row).collect();
    let listing = listing.intro("settings-intro").forms_above(forms, "settings-configuration").rows(rows);
    Ok(respond(&listing.outcome(outcome)))
}

/// A setting: its name, its value, and the message with its meaning.
type Shown = (&'static str, Cell, &'static str);

fn row((name, value, meaning): Shown) -> Row {
    Row::new(vec![Cell::Code(name.to_owned()), value, Cell::Message(Message::new(meaning))])
}

/// What the configuration and the initialisation set, which the portal cannot change.
fn configuration(settings: &Settings, service: &Service) -> Vec<Shown> {
    let options = &service.options;
    let limit = |number: Option<u32>| match number {
        Some(number) if number != 0 && number != u32::MAX => Cell::Text(number.to_string()),
        _ => Cell::Message(Message::new("no-maximum")),
    };
    let time = |duration: std::time::Duration| Cell::Message(lifetime(Some(duration.as_secs())));
    let bounds = service.instance.bounds();
    vec![
        ("issuer", Cell::Text(settings.issuer.as_str().to_owned()), "setting-issuer"),
        ("audience", Cell::Text(settings.audience.as_str().to_owned()), "setting-audience"),
        ("portal.gateway", Cell::text(options.portal.gateway.as_ref()), "configured"),
        (
            "portal.catalogue",
            Cell::Word(if options.portal.is_catalogue_public { "public" } else { "members" }.to_owned()),
            "configured",
        ),
        ("limits.requests_per_second", limit(options.requests_per_second), "configured"),
        ("limits.anonymous_requests_per_minute", limit(options.anonymous_requests_per_minute), "configured"),
        ("limits.token_failures_per_minute", limit(Some(options.failures_per_minute)), "configured"),
        ("limits.sign_in_failures_per_minute", limit(Some(options.guesses.per_minute)), "configured"),
        ("limits.live_tokens", limit(Some(bounds.tokens)), "configured"),
        ("limits.tokens_per_hour", limit(Some(bounds.tokens_per_hour)), "configured"),
        ("limits.pending_device_codes", limit(Some(bounds.device_codes)), "configured"),
        ("housekeeping.keep_expired_tokens", time(options.prune.expired_token_retention), "configured"),
        ("housekeeping.keep_events", time(options.prune.event_retention), "configured"),
        (
            "housekeeping.audit_retention",
            options.prune.audit_retention.map_or_else(|| Cell::Message(Message::new("no-maximum")), time),
            "configured",
        ),
    ]
}

/// Each setting that the portal can change, for readers who cannot.
fn values(settings: &Settings) -> Vec<Shown> {
    let Policies {
        forever_allowed,
        max_application_validity,
        max_user_validity,
        renew_below_percent,
        key_rotation,
        key_publish_ahead,
        refresh_idle,
        refresh_lifetime,
        refresh_grace,
        session_idle,
        session_lifetime,
        developer_registration,
        second_factor,
    } = settings.policies;
    let duration = |seconds: u64| Cell::Message(lifetime(Some(seconds)));
    let maximum = |seconds: Option<u64>| seconds.map_or_else(|| Cell::Message(Message::new("no-maximum")), duration);
    let validities = settings.default_validities;
    vec![
        ("application_validity", Cell::Message(lifetime(validities.application.expires_in())), "setting-default-application"),
        ("user_validity", Cell::Message(lifetime(validities.user.expires_in())), "setting-default-user"),
        ("max_application_validity", maximum(max_application_validity), "setting-max-application"),
        ("max_user_validity", maximum(max_user_validity), "setting-max-user"),
        ("forever_allowed", Cell::Message(Message::new(if forever_allowed { "yes" } else { "no" })), "setting-forever"),
        ("renew_below_percent", Cell::Text(renew_below_percent.to_string()), "setting-renew"),
        (
            "key_rotation",
            key_rotation.map_or_else(|| Cell::Message(Message::new("by-command")), duration),
            "setting-key-rotation",
        ),
        ("key_publish_ahead", duration(key_publish_ahead), "setting-key-publish-ahead"),
        ("refresh_idle", duration(refresh_idle), "setting-refresh-idle"),
        ("refresh_lifetime", duration(refresh_lifetime), "setting-refresh-lifetime"),
        ("refresh_grace", duration(refresh_grace), "setting-refresh-grace"),
        ("session_idle", duration(session_idle), "setting-session-idle"),
        ("session_lifetime", duration(session_lifetime), "setting-session-lifetime"),
        ("developer_registration", Cell::Text(developer_registration.as_str().to_owned()), "setting-developer-registration"),
        ("second_factor", Cell::Text(second_factor.as_str().to_owned()), "setting-second-factor"),
    ]
}
