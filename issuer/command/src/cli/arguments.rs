//! Arguments that several commands take.

use clap::{Args, ValueEnum};
use postern_model::{ApplicationId, GrantType, RedirectUri, Validity, parse_client_domain};
use postern_secrets::{Clock as _, SystemClock};
use postern_token::{AddressBlock, Algorithm, ApiReference, DomainPattern, KeyType, Scopes};
use serde::Serialize;
use serde_json::{Map, Value};

/// The key type as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum KeyTypeArgument {
    /// Live traffic
    Production,
    /// Tests and trials
    Sandbox,
}

impl From<KeyTypeArgument> for KeyType {
    fn from(argument: KeyTypeArgument) -> Self {
        match argument {
            KeyTypeArgument::Production => Self::Production,
            KeyTypeArgument::Sandbox => Self::Sandbox,
        }
    }
}

/// An application's keys of one type.
#[derive(Debug, Args)]
pub(super) struct KeySet {
    /// Id of the application
    #[arg(long, value_name = "ID")]
    application: ApplicationId,
    /// Environment of the client keys
    #[arg(long, value_name = "ENVIRONMENT")]
    key_type: KeyTypeArgument,
}

impl KeySet {
    /// The segments of their path.
    pub(super) fn path(&self) -> [&str; 4] {
        ["applications", self.application.as_str(), "keys", KeyType::from(self.key_type).as_str()]
    }
}

/// What limits the use of tokens.
#[derive(Debug, Args)]
pub(super) struct Limits {
    /// Client domain that may use the tokens, such as `app.example.com` or `*.example.com`; may be repeated
    #[arg(long = "domain", value_name = "DOMAIN", value_parser = parse_client_domain)]
    pub(super) domains: Vec<DomainPattern<'static>>,
    /// Client address block that may use the tokens, such as `192.0.2.0/24`; may be repeated
    #[arg(long = "ip", value_name = "CIDR", value_parser = str::parse::<AddressBlock>)]
    pub(super) ips: Vec<AddressBlock>,
    /// Scope that the tokens may have; may be repeated
    #[arg(long = "scope", value_name = "SCOPE", value_parser = one_scope)]
    scopes: Vec<String>,
    /// Lifetime of application tokens in seconds; a negative number means that they never expire
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(super) validity: Option<Validity>,
}

impl Limits {
    /// Writes down those that are given.
    pub(super) fn write(&self, fields: &mut Changes) -> anyhow::Result<()> {
        fields.set_list("domains", self.domains.iter().map(DomainPattern::as_str));
        fields.set_list("ips", self.ips.iter().map(AddressBlock::to_string));
        if !self.scopes.is_empty() {
            fields.set("scope", Some(Scopes::parse(self.scopes.join(" "))?));
        }
        fields.set("validity", self.validity);
        Ok(())
    }
}

/// Which limits are lifted.
#[derive(Debug, Args)]
pub(super) struct Unlimited {
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

impl Unlimited {
    /// Writes down those that are lifted.
    pub(super) fn write(&self, fields: &mut Changes) {
        fields.set("domains", self.any_domain.then_some([""; 0]));
        fields.set("ips", self.any_ip.then_some([""; 0]));
        fields.set_or_clear("scope", None::<&str>, self.no_scope);
    }
}

/// What a client may do for users.
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
    /// Lifetime of user tokens in seconds; a negative number means that they never expire
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(super) user_validity: Option<Validity>,
    /// Whether a user can have only one grant to this client, so that a new sign-in ends the earlier grant
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    one_grant: Option<bool>,
}

impl ClientSettings {
    /// Writes down those that are given.
    pub(super) fn write(&self, fields: &mut Changes) {
        fields.set_list("grant_types", self.grant_types.iter().copied().map(GrantType::as_str));
        fields.set_list("redirect_uris", self.redirect_uris.iter().map(RedirectUri::as_str));
        fields.set("public", self.public);
        fields.set("user_validity", self.user_validity);
        fields.set("one_grant", self.one_grant);
    }
}

/// The fields of a body that are given; all others are absent, which leaves what they mean as it is.
#[derive(Debug, Default)]
pub(super) struct Changes(Map<String, Value>);

impl Changes {
    /// A field, where it is given.
    pub(super) fn set(&mut self, name: &str, value: Option<impl Serialize>) {
        if let Some(value) = value.and_then(|value| serde_json::to_value(value).ok()) {
            self.0.insert(name.to_owned(), value);
        }
    }

    /// A field that holds what is given, where anything is.
    pub(super) fn set_list(&mut self, name: &str, values: impl Iterator<Item = impl Serialize>) {
        let values: Vec<_> = values.collect();
        self.set(name, Some(values).filter(|values| !values.is_empty()));
    }

    /// A field, where it is given, or that it holds nothing from now on.
    pub(super) fn set_or_clear(&mut self, name: &str, value: Option<impl Serialize>, clear: bool) {
        if clear {
            self.0.insert(name.to_owned(), Value::Null);
        }
        self.set(name, value);
    }

    /// All of them.
    pub(super) fn into_body(self) -> Value {
        Value::Object(self.0)
    }
}

/// When that is over which begins now and lasts so many seconds, in seconds since 1970.
pub(super) fn expiry(seconds: u64) -> u64 {
    SystemClock.now().plus(seconds).0
}

/// Reads how long something lasts, in seconds: a whole number with a unit, or of seconds.
pub(super) fn span(text: &str) -> Result<u64, String> {
    const UNITS: [(char, u64); 5] = [('s', 1), ('m', 60), ('h', 60 * 60), ('d', 24 * 60 * 60), ('w', 7 * 24 * 60 * 60)];
    /// A hundred years; more is a mistake, or for ever.
    const MAX: u64 = 100 * 365 * 24 * 60 * 60;
    let unit = UNITS.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(*unit)?, *seconds)));
    let (digits, unit) = unit.unwrap_or((text, 1));
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: Option<u64> = digits.parse().ok().filter(|_| plain);
    let seconds = number.and_then(|number| number.checked_mul(unit)).filter(|seconds| (1..=MAX).contains(seconds));
    seconds.ok_or_else(|| "must be a whole number with a unit, such as `30s`, `5m`, `12h`, `30d` or `2w`".into())
}

/// Reads one scope.
pub(super) fn one_scope(text: &str) -> Result<String, String> {
    match Scopes::parse(text) {
        Ok(scopes) if scopes.iter().count() == 1 => Ok(text.to_owned()),
        Ok(_) => Err("must be one scope: for several, repeat --scope".into()),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads `name/version`.
pub(super) fn api_reference(text: &str) -> Result<ApiReference<'static>, &'static str> {
    ApiReference::parse(text.to_owned())
}

/// Reads the name of an algorithm that can sign.
pub(super) fn signing_algorithm(text: &str) -> Result<Algorithm, String> {
    match Algorithm::ALL.into_iter().find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(text)) {
        Some(algorithm) => Ok(algorithm),
        None => Err("must be HS256, ES256, EdDSA or RS256".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_one_number_and_one_unit() {
        for (text, seconds) in [("1", 1), ("90s", 90), ("5m", 300), ("12h", 43200), ("30d", 2_592_000), ("2w", 1_209_600)] {
            assert_eq!(span(text), Ok(seconds), "{text}");
        }
        for bad in ["", "d", "0", "0d", "-1d", "+1d", "1.5h", "1h30m", "30 s", "30S", "30ms", "36501d", "99999999999999999999s"] {
            assert!(span(bad).is_err(), "{bad}");
        }
    }
}
