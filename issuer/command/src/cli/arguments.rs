//! Arguments that several commands share.

use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use postern_model::{GrantType, RedirectUri, Validity, parse_client_domain};
use postern_secrets::{Clock as _, SystemClock};
use postern_time::{DurationError, TimeFilter, parse_duration, parse_lifetime};
use postern_token::{AddressBlock, Algorithm, DomainPattern, KeyType, Scopes, UnixSeconds};
use serde::Serialize;
use serde_json::{Map, Value};

use super::output;

/// An environment.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Environment {
    /// Live traffic
    Production,
    /// Tests and trials
    Sandbox,
}

impl From<Environment> for KeyType {
    fn from(argument: Environment) -> Self {
        match argument {
            Environment::Production => Self::Production,
            Environment::Sandbox => Self::Sandbox,
        }
    }
}

/// Restrictions of tokens.
#[derive(Debug, Args)]
pub(super) struct TokenRestrictions {
    /// Client domain that may use the tokens, such as `app.example.com` or `*.example.com`; may be repeated
    #[arg(long = "domain", value_name = "DOMAIN", value_parser = parse_client_domain)]
    pub(super) domains: Vec<DomainPattern<'static>>,
    /// Client address block that may use the tokens, such as `192.0.2.0/24`; may be repeated
    #[arg(long = "ip", value_name = "CIDR", value_parser = str::parse::<AddressBlock>)]
    pub(super) ips: Vec<AddressBlock>,
    /// Scope that the tokens may have; may be repeated
    #[arg(long = "scope", value_name = "SCOPE", value_parser = one_scope)]
    scopes: Vec<String>,
    /// Validity of application tokens, such as `3600` (seconds), `12h` or `30d`; negative: they never expire
    #[arg(long, value_name = "DURATION", allow_negative_numbers = true, value_parser = validity)]
    pub(super) validity: Option<Validity>,
}

impl TokenRestrictions {
    /// Adds a field for each given option.
    pub(super) fn write(&self, fields: &mut BodyFields) -> anyhow::Result<()> {
        fields.set_list("domains", self.domains.iter().map(DomainPattern::as_str));
        fields.set_list("ips", self.ips.iter().map(AddressBlock::to_string));
        if !self.scopes.is_empty() {
            fields.set("scope", Some(Scopes::parse(self.scopes.join(" "))?));
        }
        fields.set("validity", self.validity);
        Ok(())
    }
}

/// Restrictions to remove.
#[derive(Debug, Args)]
pub(super) struct LiftedRestrictions {
    /// Remove the restriction to client domains
    #[arg(long, conflicts_with = "domains")]
    any_domain: bool,
    /// Remove the restriction to client addresses
    #[arg(long, conflicts_with = "ips")]
    any_ip: bool,
    /// Allow no scope
    #[arg(long, conflicts_with = "scopes")]
    no_scope: bool,
}

impl LiftedRestrictions {
    /// Adds the fields of the restrictions to remove.
    pub(super) fn write(&self, fields: &mut BodyFields) {
        fields.set("domains", self.any_domain.then_some([""; 0]));
        fields.set("ips", self.any_ip.then_some([""; 0]));
        fields.set_or_clear("scope", None::<&str>, self.no_scope);
    }
}

/// Settings of an OAuth client.
#[derive(Debug, Args)]
pub(super) struct ClientSettings {
    /// OAuth grant type that the client may use, such as `client_credentials`; may be repeated
    #[arg(long = "grant-type", value_name = "GRANT")]
    pub(super) grant_types: Vec<GrantType>,
    /// Redirect URI that the client may use; may be repeated
    #[arg(long = "redirect-uri", value_name = "URI")]
    pub(super) redirect_uris: Vec<RedirectUri>,
    /// Whether this is a public client, which cannot keep a secret: a page in a browser or an app on a phone
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    public: Option<bool>,
    /// Validity of user tokens, such as `3600` (seconds), `12h` or `30d`; negative: they never expire
    #[arg(long, value_name = "DURATION", allow_negative_numbers = true, value_parser = validity)]
    pub(super) user_validity: Option<Validity>,
    /// Whether a user can have only one grant to this client, so that a new sign-in ends the earlier grant
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    one_grant: Option<bool>,
}

impl ClientSettings {
    /// Adds a field for each given option.
    pub(super) fn write(&self, fields: &mut BodyFields) {
        fields.set_list("grant_types", self.grant_types.iter().copied().map(GrantType::as_str));
        fields.set_list("redirect_uris", self.redirect_uris.iter().map(RedirectUri::as_str));
        fields.set("public", self.public);
        fields.set("user_validity", self.user_validity);
        fields.set("one_grant", self.one_grant);
    }
}

/// The fields of a JSON body. A field that is absent keeps its value.
#[derive(Debug, Default)]
pub(super) struct BodyFields(Map<String, Value>);

impl BodyFields {
    /// Sets a field, if there is a value.
    pub(super) fn set(&mut self, name: &str, value: Option<impl Serialize>) {
        if let Some(value) = value.and_then(|value| serde_json::to_value(value).ok()) {
            self.0.insert(name.to_owned(), value);
        }
    }

    /// Sets a field to a list, if the list is not empty.
    pub(super) fn set_list(&mut self, name: &str, values: impl Iterator<Item = impl Serialize>) {
        let values: Vec<_> = values.collect();
        self.set(name, Some(values).filter(|values| !values.is_empty()));
    }

    /// Sets a field, if there is a value, or sets it to `null`.
    pub(super) fn set_or_clear(&mut self, name: &str, value: Option<impl Serialize>, clear: bool) {
        if clear {
            self.0.insert(name.to_owned(), Value::Null);
        }
        self.set(name, value);
    }

    /// Sets a field to a Unix time, or to `null` for no end. Does nothing without an expiry.
    pub(super) fn set_expiry(&mut self, name: &str, expiry: Option<Expiry>) {
        let Some(expiry) = expiry else { return };
        let at = match expiry {
            Expiry::Never => None,
            Expiry::After(lifetime) => Some(SystemClock.now().plus(lifetime.as_secs()).0),
            Expiry::At(at) => Some(at.0),
        };
        self.set_or_clear(name, at, at.is_none());
    }

    /// Sets a field to the result of `limited`, or to `null` for an unlimited lifetime. Does nothing without a lifetime.
    pub(super) fn set_lifetime(&mut self, name: &str, lifetime: Option<Lifetime>, limited: impl Fn(Duration) -> u64) {
        let Some(lifetime) = lifetime else { return };
        self.set_or_clear(name, lifetime.duration().map(limited), lifetime.duration().is_none());
    }

    /// The body.
    pub(super) fn into_body(self) -> Value {
        Value::Object(self.0)
    }
}

/// When something new expires.
#[derive(Debug, Clone, Copy)]
pub(super) enum Expiry {
    Never,
    After(Duration),
    At(UnixSeconds),
}

impl FromStr for Expiry {
    type Err = &'static str;

    /// Parses a duration, a date (00:00 UTC), a timestamp, or `never`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, parse_lifetime(text), text.parse()) {
            ("never", _, _) => Ok(Self::Never),
            (_, Ok(lifetime), _) => Ok(Self::After(lifetime)),
            (_, Err(_), Ok(TimeFilter::At(at))) if text.contains('-') => Ok(Self::At(at)),
            _ => Err(
                "must be a duration such as `12h` or `30d`, a date such as `2027-03-01`, a timestamp such as `2027-03-01T12:00:00Z`, or `never`",
            ),
        }
    }
}

/// The lifetime of a setting.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lifetime {
    Unlimited,
    Limited(Duration),
}

impl Lifetime {
    /// Parses a duration, or `never`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "never" => Ok(Self::Unlimited),
            _ => parse_lifetime(text).map(Self::Limited).map_err(|error: DurationError| format!("{error}, or `never`")),
        }
    }

    /// The duration; `None` if there is no end.
    pub(super) const fn duration(self) -> Option<Duration> {
        match self {
            Self::Unlimited => None,
            Self::Limited(duration) => Some(duration),
        }
    }
}

/// Parses a validity: a duration, or a number of seconds, which is negative for tokens that never expire.
pub(super) fn validity(text: &str) -> Result<Validity, String> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Validity::from_seconds(seconds).map_err(|error| error.to_string());
    }
    let seconds = parse_duration(text).ok().and_then(|duration| i64::try_from(duration.as_secs()).ok());
    let seconds = seconds.ok_or("must be a number of seconds, or a duration such as `90s`, `15m`, `12h`, `30d` or `2w`")?;
    Validity::from_seconds(seconds).map_err(|error| error.to_string())
}

/// Parses an address and a port. The words are those of the configuration key `listen`.
pub(super) fn listening_address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(
        |_| "must be an address and a port, such as `127.0.0.1:8080` or `[::1]:8080`; not a name, and the port is at most 65535",
    )
}

/// Parses one scope.
pub(super) fn one_scope(text: &str) -> Result<String, String> {
    match Scopes::parse(text) {
        Ok(scopes) if scopes.iter().count() == 1 => Ok(text.to_owned()),
        Ok(_) => Err("must be one scope: for several, repeat --scope".into()),
        Err(error) => Err(error.to_string()),
    }
}

/// Parses the name of a signing algorithm.
pub(super) fn signing_algorithm(text: &str) -> Result<Algorithm, String> {
    match Algorithm::ALL.into_iter().find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(text)) {
        Some(algorithm) => Ok(algorithm),
        None => Err("must be ES256, EdDSA, RS256 or HS256".into()),
    }
}

/// Warns that a symmetric signing key lets every edge mint tokens. An asymmetric signing key needs no warning.
pub(super) fn warn_of_symmetric_key(algorithm: Algorithm) {
    if algorithm == Algorithm::Hs256 {
        output::warn(
            "HS256 is symmetric: the bundle holds the signing key, so every edge that can verify a token can also mint one, and \
             so can everyone who reads the bundle; use ES256, EdDSA or RS256 unless you own and trust every edge",
        );
    }
}
