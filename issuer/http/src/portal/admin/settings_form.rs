//! The groups of settings as forms: the fields of each, and reading what was sent.

use std::time::Duration;

use crate::messages::Message;
use crate::paths;
use crate::portal::choices::lifetime;
use crate::portal::{EntryForm, Field, refusal};
use postern_http_types::Form;
use postern_model::{DeveloperRegistration, Policies, SecondFactorPolicy, Settings, Validities, Validity};
use postern_operations::{PolicyChange, SettingsChange};
use postern_time::{format_duration, parse_lifetime};

/// Settings that one form changes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Tokens,
    SigningKeys,
    Sessions,
    People,
}

/// What is wrong with each setting of a form.
type Problems = Vec<(&'static str, Message)>;

impl Group {
    pub(super) const ALL: [Self; 4] = [Self::Tokens, Self::SigningKeys, Self::Sessions, Self::People];

    /// The name in a form.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::SigningKeys => "signing_keys",
            Self::Sessions => "sessions",
            Self::People => "people",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|group| group.name() == name)
    }

    /// The form with the current values.
    pub(super) fn form(self, settings: &Settings) -> EntryForm {
        let (heading, fields) = match self {
            Self::Tokens => ("settings-tokens", tokens(settings)),
            Self::SigningKeys => ("signing-keys", signing_keys(&settings.policies)),
            Self::Sessions => ("settings-sessions", sessions(&settings.policies)),
            Self::People => ("settings-people", people(&settings.policies)),
        };
        let form = EntryForm::new(paths::PORTAL_SETTINGS.to_owned(), "save").heading(heading);
        fields.into_iter().fold(form, EntryForm::field)
    }

    /// The change that was sent, or what is wrong with each field.
    pub(super) fn read(self, form: &Form) -> Result<SettingsChange, Problems> {
        let mut sent = Reader { form, problems: Vec::new() };
        let mut change = SettingsChange::default();
        let policies = &mut change.policies;
        match self {
            Self::Tokens => {
                change.application_validity = sent.validity("application_validity");
                change.user_validity = sent.validity("user_validity");
                policies.max_application_validity = sent.time_or_never("max_application_validity");
                policies.max_user_validity = sent.time_or_never("max_user_validity");
                policies.forever_allowed = Some(form.value("forever_allowed").is_some());
                policies.renew_below_percent = sent.percent("renew_below_percent");
            }
            Self::SigningKeys => {
                policies.key_rotation = sent.time_or_never("key_rotation");
                policies.key_publish_ahead = sent.time("key_publish_ahead");
            }
            Self::Sessions => {
                *policies = PolicyChange {
                    refresh_idle: sent.time("refresh_idle"),
                    refresh_lifetime: sent.time("refresh_lifetime"),
                    refresh_grace: sent.time("refresh_grace"),
                    session_idle: sent.time("session_idle"),
                    session_lifetime: sent.time("session_lifetime"),
                    ..PolicyChange::default()
                };
            }
            Self::People => {
                policies.developer_registration = sent.choice("developer_registration");
                policies.second_factor = sent.choice("second_factor");
            }
        }
        if sent.problems.is_empty() { Ok(change) } else { Err(sent.problems) }
    }
}

/// The message with the name of a setting for people.
pub(super) fn label(name: &str) -> &'static str {
    match name {
        "application_validity" => "setting-name-application",
        "user_validity" => "setting-name-user",
        "max_application_validity" => "setting-name-max-application",
        "max_user_validity" => "setting-name-max-user",
        "forever_allowed" => "setting-name-forever",
        "renew_below_percent" => "setting-name-renew",
        "key_rotation" => "setting-name-key-rotation",
        "key_publish_ahead" => "setting-name-key-publish-ahead",
        "refresh_idle" => "setting-name-refresh-idle",
        "refresh_lifetime" => "setting-name-refresh-lifetime",
        "refresh_grace" => "setting-name-refresh-grace",
        "session_idle" => "setting-name-session-idle",
        "session_lifetime" => "setting-name-session-lifetime",
        "developer_registration" => "setting-name-developers",
        "second_factor" => "setting-name-second-factor",
        _ => "setting",
    }
}

/// The message with the values that a setting can have.
pub(super) fn range(name: &str) -> &'static str {
    match name {
        "application_validity" | "user_validity" => "setting-range-default",
        "max_application_validity" | "max_user_validity" => "setting-range-maximum",
        "forever_allowed" => "setting-range-forever",
        "renew_below_percent" => "setting-range-percent",
        "key_rotation" => "setting-range-rotation",
        "key_publish_ahead" => "setting-range-ahead",
        "refresh_grace" => "setting-range-grace",
        _ => "setting-range-lifetime",
    }
}

fn tokens(settings: &Settings) -> Vec<Field> {
    let (default, policies) = (Policies::default(), &settings.policies);
    let (own, usual) = (settings.default_validities, Validities::default());
    let validity = |name, value: Validity, usual: Validity, meaning| {
        time_or_never(name, value.expires_in(), lifetime(usual.expires_in()), meaning)
    };
    let percent = Message::new("setting-hint-percent")
        .with("meaning", Message::new("setting-renew"))
        .with("default", u64::from(default.renew_below_percent));
    vec![
        validity("application_validity", own.application, usual.application, "setting-default-application"),
        validity("user_validity", own.user, usual.user, "setting-default-user"),
        maximum("max_application_validity", policies.max_application_validity, default.max_application_validity)
            .caution("setting-caution-longer"),
        maximum("max_user_validity", policies.max_user_validity, default.max_user_validity).caution("setting-caution-longer"),
        Field::check("forever_allowed", label("forever_allowed"))
            .value(if policies.forever_allowed { "on" } else { "" })
            .hint(with_default("setting-hint-choice", "setting-forever", Message::new("no")))
            .caution("setting-caution-forever"),
        Field::text("renew_below_percent", label("renew_below_percent"))
            .required()
            .value(policies.renew_below_percent.to_string())
            .hint(percent),
    ]
}

fn signing_keys(policies: &Policies) -> Vec<Field> {
    let default = Policies::default();
    vec![
        time_or_never("key_rotation", policies.key_rotation, Message::new("by-command"), "setting-key-rotation")
            .caution("setting-caution-rotation"),
        time("key_publish_ahead", policies.key_publish_ahead, default.key_publish_ahead, "setting-key-publish-ahead"),
    ]
}

fn sessions(policies: &Policies) -> Vec<Field> {
    let default = Policies::default();
    vec![
        time("refresh_idle", policies.refresh_idle, default.refresh_idle, "setting-refresh-idle")
            .caution("setting-caution-longer"),
        time("refresh_lifetime", policies.refresh_lifetime, default.refresh_lifetime, "setting-refresh-lifetime")
            .caution("setting-caution-longer"),
        time("refresh_grace", policies.refresh_grace, default.refresh_grace, "setting-refresh-grace")
            .caution("setting-caution-grace"),
        time("session_idle", policies.session_idle, default.session_idle, "setting-session-idle")
            .caution("setting-caution-session"),
        time("session_lifetime", policies.session_lifetime, default.session_lifetime, "setting-session-lifetime")
            .caution("setting-caution-session"),
    ]
}

fn people(policies: &Policies) -> Vec<Field> {
    let default = Policies::default();
    let registration = |value: DeveloperRegistration| match value {
        DeveloperRegistration::Off => "setting-developers-off",
        DeveloperRegistration::Approval => "setting-developers-approval",
        DeveloperRegistration::Open => "setting-developers-open",
    };
    let factor = |value: SecondFactorPolicy| match value {
        SecondFactorPolicy::Off => "setting-factor-off",
        SecondFactorPolicy::Optional => "setting-factor-optional",
        SecondFactorPolicy::Required => "setting-factor-required",
    };
    let registrations =
        DeveloperRegistration::ALL.map(|value| (value.as_str().to_owned(), Message::from(registration(value)))).into();
    let factors = SecondFactorPolicy::ALL.map(|value| (value.as_str().to_owned(), Message::from(factor(value)))).into();
    let hint = |meaning, default: &'static str| with_default("setting-hint-choice", meaning, Message::from(default));
    vec![
        Field::choice("developer_registration", label("developer_registration"), registrations)
            .value(policies.developer_registration.as_str())
            .hint(hint("setting-developers", registration(default.developer_registration)))
            .caution("setting-caution-developers"),
        Field::choice("second_factor", label("second_factor"), factors)
            .value(policies.second_factor.as_str())
            .hint(hint("setting-factor", factor(default.second_factor)))
            .caution("setting-caution-factor"),
    ]
}

fn with_default(hint: &'static str, meaning: &'static str, default: Message) -> Message {
    Message::from(hint).with("meaning", Message::from(meaning)).with("default", default)
}

/// A time, as people write it.
fn written(seconds: u64) -> String {
    format_duration(Duration::from_secs(seconds))
}

fn time(name: &'static str, value: u64, default: u64, meaning: &'static str) -> Field {
    let hint = with_default("setting-hint-time", meaning, lifetime(Some(default)));
    Field::text(name, label(name)).required().value(written(value)).hint(hint)
}

fn time_or_never(name: &'static str, value: Option<u64>, default: Message, meaning: &'static str) -> Field {
    let value = value.map_or_else(|| "never".to_owned(), written);
    let hint = with_default("setting-hint-time-or-never", meaning, default);
    Field::text(name, label(name)).required().value(value).hint(hint)
}

fn maximum(name: &'static str, value: Option<u64>, default: Option<u64>) -> Field {
    let meaning = if name == "max_user_validity" { "setting-max-user" } else { "setting-max-application" };
    let value = value.map_or_else(|| "never".to_owned(), written);
    let hint = with_default("setting-hint-maximum", meaning, lifetime(default));
    Field::text(name, label(name)).required().value(value).hint(hint)
}

/// The fields of a form that was sent.
struct Reader<'a> {
    form: &'a Form,
    problems: Problems,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> &str {
        self.form.value(name).unwrap_or_default().trim()
    }

    fn note<T>(&mut self, name: &'static str, result: Result<T, Message>) -> Option<T> {
        result.map_err(|problem| self.problems.push((name, problem))).ok()
    }

    /// A number of seconds.
    fn time(&mut self, name: &'static str) -> Option<u64> {
        let read = seconds(self.text(name));
        self.note(name, read)
    }

    #[allow(clippy::option_option, reason = "a wrong time and no time differ")]
    fn time_or_never(&mut self, name: &'static str) -> Option<Option<u64>> {
        if self.text(name) == "never" { Some(None) } else { self.time(name).map(Some) }
    }

    fn validity(&mut self, name: &'static str) -> Option<Validity> {
        let validity = self.time_or_never(name)?.map_or(Ok(Validity::Forever), |seconds| {
            let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
            Validity::from_seconds(seconds).map_err(|error| refusal("wrong_lifetime", &error.to_string()))
        });
        self.note(name, validity)
    }

    fn percent(&mut self, name: &'static str) -> Option<u8> {
        let percent = self.text(name).parse().map_err(|_| Message::new("setting-wrong-percent"));
        self.note(name, percent)
    }

    fn choice<T: std::str::FromStr<Err: std::fmt::Display>>(&mut self, name: &'static str) -> Option<T> {
        let choice = self.text(name).parse::<T>().map_err(|error| refusal("policy_out_of_range", &error.to_string()));
        self.note(name, choice)
    }
}

/// A duration such as `30d`, or a number of seconds; also none at all.
fn seconds(text: &str) -> Result<u64, Message> {
    if ["0", "0s"].contains(&text) {
        return Ok(0);
    }
    let duration = parse_lifetime(text).map_err(|error| refusal("setting_wrong_time", &format!("the time {error}")))?;
    Ok(duration.as_secs())
}

#[cfg(test)]
mod tests {
    use postern_model::{Audience, Issuer};

    use super::*;

    fn settings() -> Settings {
        Settings {
            issuer: "https://issuer.example".parse::<Issuer>().unwrap(),
            audience: "https://api.example".parse::<Audience>().unwrap(),
            default_validities: Validities::default(),
            policies: Policies::default(),
        }
    }

    /// A form as a browser sends it.
    fn sent(form: &EntryForm) -> String {
        let checked = |field: &&Field| !(field.name == "forever_allowed" && field.value.is_empty());
        form.fields.iter().filter(checked).map(|field| format!("{}={}", field.name, field.value)).collect::<Vec<_>>().join("&")
    }

    #[test]
    fn a_form_that_is_sent_unchanged_changes_nothing() {
        let before = settings();
        for group in Group::ALL {
            let form = Form::parse(sent(&group.form(&before)).as_bytes()).unwrap();
            let change = group.read(&form).unwrap_or_else(|problems| panic!("{group:?}: {problems:?}"));
            assert_eq!(change.weakens(&before), [""; 0], "{group:?}");
            assert_eq!(Group::named(group.name()), Some(group));
        }
        let form = Form::parse(sent(&Group::Tokens.form(&before)).as_bytes()).unwrap();
        let change = Group::Tokens.read(&form).unwrap();
        assert_eq!(change.application_validity, Some(Validity::DEFAULT));
        assert_eq!(change.policies.max_user_validity, Some(Some(86_400)));
        assert_eq!(change.policies.session_idle, None, "another group");
    }

    #[test]
    fn each_wrong_field_is_named() {
        for (group, text, wrong) in [
            (
                Group::Sessions,
                "refresh_idle=soon&refresh_lifetime=90d&refresh_grace=0&session_idle=30m",
                vec!["refresh_idle", "session_lifetime"],
            ),
            (Group::SigningKeys, "key_rotation=never&key_publish_ahead=-1", vec!["key_publish_ahead"]),
            (Group::People, "developer_registration=yes&second_factor=off", vec!["developer_registration"]),
            (
                Group::Tokens,
                "application_validity=1h&user_validity=0&max_application_validity=never&max_user_validity=1d&renew_below_percent=300",
                vec!["user_validity", "renew_below_percent"],
            ),
        ] {
            let problems = group.read(&Form::parse(text.as_bytes()).unwrap()).unwrap_err();
            assert_eq!(problems.iter().map(|(name, _)| *name).collect::<Vec<_>>(), wrong, "{text}");
        }
    }
}
