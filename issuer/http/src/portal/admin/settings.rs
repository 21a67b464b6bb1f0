//! The settings that every token, grant, session and signing key follows.

use axum::response::Response;

use crate::messages::Message;
use crate::pages::respond;
use crate::portal::choices::lifetime;
use crate::portal::{Cell, Listing, Opened, Row};
use postern_model::{Policies, Settings};
use postern_operations as operations;

const COLUMNS: [&str; 3] = ["setting", "setting-value", "setting-meaning"];

/// `GET /portal/settings`
pub(in crate::portal) async fn show(Opened { member, .. }: Opened) -> Result<Response, Response> {
    let found = member.fetch(operations::load_settings).await?;
    let row = |(name, value, meaning): (&str, Cell, &'static str)| {
        Row::new(vec![Cell::Code(name.to_owned()), value, Cell::Message(Message::new(meaning))])
    };
    let rows = values(&found).into_iter().map(row).collect();
    Ok(respond(&Listing::new(&member, "settings", &COLUMNS, "none").intro("settings-intro").rows(rows)))
}

/// Each setting: its name in the management API, its value, and the message with its meaning.
fn values(settings: &Settings) -> Vec<(&'static str, Cell, &'static str)> {
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
    vec![
        ("issuer", Cell::Text(settings.issuer.as_str().to_owned()), "setting-issuer"),
        ("audience", Cell::Text(settings.audience.as_str().to_owned()), "setting-audience"),
        (
            "default_validity.application",
            Cell::Message(lifetime(settings.default_validities.application.expires_in())),
            "setting-default-application",
        ),
        ("default_validity.user", Cell::Message(lifetime(settings.default_validities.user.expires_in())), "setting-default-user"),
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
