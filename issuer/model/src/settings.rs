//! The issuer's settings: its identifier, the audience of its tokens, default validities, policies.

use std::fmt;
use std::str::FromStr;

use postern_token::{Identifier, Kind};
use serde::Serialize;
use thiserror::Error;
use url::Url;

use super::{Validities, Validity};

/// The settings of the whole issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The issuer's identifier.
    pub issuer: Issuer,
    /// The audience, the `aud` of every token.
    pub audience: Audience,
    /// The validities that a new application starts with.
    pub default_validities: Validities,
    /// The policies.
    pub policies: Policies,
}

/// Rules for all tokens, signing keys, grants and sessions, which administrators set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Policies {
    /// Whether tokens that never expire may be minted. Only for a kind of token without a maximum validity.
    pub forever_allowed: bool,
    /// The longest validity of an application token in seconds; `None` means no maximum. A token that never expires is longer than any
    /// maximum.
    pub max_application_validity: Option<u64>,
    /// The longest validity of a user token in seconds; `None` means no maximum.
    pub max_user_validity: Option<u64>,
    /// A percentage of a token's validity, 0 to 100. If no more than that remains, a grant mints a new token; otherwise it returns the live
    /// token. At 100 every grant mints.
    pub renew_below_percent: u8,
    /// The number of seconds after which a signing key is rotated; `None` means that keys are rotated only on command.
    pub key_rotation: Option<u64>,
    /// The number of seconds for which a new signing key is published before it signs.
    pub key_publish_ahead: u64,
    /// The number of seconds after which an unused refresh token expires.
    pub refresh_idle: u64,
    /// The maximum lifetime of a user's grant in seconds, however often it is renewed.
    pub refresh_lifetime: u64,
    /// The number of seconds after its use in which a refresh token may be used again, as long as its successor has not been used, because
    /// the answer may have been lost. 0 means never.
    pub refresh_grace: u64,
    /// The number of seconds without activity after which a session expires.
    pub session_idle: u64,
    /// The maximum lifetime of a session in seconds.
    pub session_lifetime: u64,
    /// Whether users may become developers by themselves.
    pub developer_registration: DeveloperRegistration,
    /// Whether users of local stores sign in with a second factor.
    pub second_factor: SecondFactorPolicy,
}

/// Whether users of local stores sign in with a second factor.
///
/// The values are ordered by how much they ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SecondFactorPolicy {
    /// No one is asked for a code, and no one can set up a second factor. Those that exist are kept.
    Off,
    /// Each user decides.
    #[default]
    Optional,
    /// A user without a second factor sets one up while signing in.
    Required,
}

impl SecondFactorPolicy {
    /// Every value.
    pub const ALL: [Self; 3] = [Self::Off, Self::Optional, Self::Required];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Optional => "optional",
            Self::Required => "required",
        }
    }
}

impl FromStr for SecondFactorPolicy {
    type Err = SecondFactorPolicyError;

    fn from_str(text: &str) -> Result<Self, SecondFactorPolicyError> {
        Self::ALL.into_iter().find(|value| value.as_str() == text).ok_or(SecondFactorPolicyError)
    }
}

/// The text says nothing about second factors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the policy on second factors is `off`, `optional` or `required`")]
pub struct SecondFactorPolicyError;

/// Whether users may become members with the role `developer` by themselves.
///
/// The values are ordered by how much they allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DeveloperRegistration {
    /// They may not: an administrator adds members.
    #[default]
    Off,
    /// They ask, and an administrator approves.
    Approval,
    /// They become developers at once.
    Open,
}

impl DeveloperRegistration {
    /// Every value.
    pub const ALL: [Self; 3] = [Self::Off, Self::Approval, Self::Open];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Approval => "approval",
            Self::Open => "open",
        }
    }
}

impl FromStr for DeveloperRegistration {
    type Err = DeveloperRegistrationError;

    fn from_str(text: &str) -> Result<Self, DeveloperRegistrationError> {
        Self::ALL.into_iter().find(|value| value.as_str() == text).ok_or(DeveloperRegistrationError)
    }
}

/// The text says nothing about the registration of developers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the registration of developers is `off`, `approval` or `open`")]
pub struct DeveloperRegistrationError;

impl Default for Policies {
    fn default() -> Self {
        const DAY: u64 = 86400;
        Self {
            forever_allowed: false,
            max_application_validity: Some(90 * DAY),
            max_user_validity: Some(DAY),
            renew_below_percent: 10,
            key_rotation: None,
            key_publish_ahead: DAY,
            refresh_idle: 14 * DAY,
            refresh_lifetime: 90 * DAY,
            refresh_grace: 60,
            session_idle: 1800,
            session_lifetime: DAY / 2,
            developer_registration: DeveloperRegistration::Off,
            second_factor: SecondFactorPolicy::Optional,
        }
    }
}

impl Policies {
    /// The longest validity of a token of this kind in seconds; `None` means no maximum.
    pub const fn max_validity(&self, kind: Kind) -> Option<u64> {
        match kind {
            Kind::Application => self.max_application_validity,
            Kind::User => self.max_user_validity,
        }
    }

    /// The settings whose change from `before` weakens security, by name: those that allow more, and times that became longer than both
    /// before and the default.
    pub fn weakened_since(&self, before: &Self) -> Vec<&'static str> {
        // No maximum is longer than any.
        let long = |seconds: Option<u64>| seconds.unwrap_or(u64::MAX);
        let times = |policies: &Self| {
            [
                ("max_application_validity", long(policies.max_application_validity)),
                ("max_user_validity", long(policies.max_user_validity)),
                ("refresh_idle", policies.refresh_idle),
                ("refresh_lifetime", policies.refresh_lifetime),
                ("refresh_grace", policies.refresh_grace),
                ("session_idle", policies.session_idle),
                ("session_lifetime", policies.session_lifetime),
            ]
        };
        let compared = times(self).into_iter().zip(times(before)).zip(times(&Self::default()));
        let longer = compared
            .filter(|(((_, now), (_, before)), (_, default))| now > before && now > default)
            .map(|(((name, _), _), _)| name);
        let others = [
            ("forever_allowed", self.forever_allowed && !before.forever_allowed),
            ("key_rotation", long(self.key_rotation) > long(before.key_rotation)),
            ("developer_registration", self.developer_registration > before.developer_registration),
            ("second_factor", self.second_factor < before.second_factor),
        ];
        longer.chain(others.into_iter().filter(|(_, is_weaker)| *is_weaker).map(|(name, _)| name)).collect()
    }

    /// Whether a token of this kind may have this validity.
    pub fn allows(&self, kind: Kind, validity: Validity) -> bool {
        match validity {
            Validity::Forever => self.forever_allowed && self.max_validity(kind).is_none(),
            Validity::Seconds(seconds) => self.max_validity(kind).is_none_or(|maximum| seconds <= maximum),
        }
    }
}

/// The reason why a text is not a valid issuer or audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// The issuer is not a plain `http` or `https` URL in normal form.
    #[error(
        "must be an `https` or `http` URL in normal form, such as `https://issuer.example`, without a user name, a query, a fragment or a slash at the end"
    )]
    Issuer,
    /// The audience is not an absolute URI, or has a fragment.
    #[error("must be an absolute URI such as `https://api.example`, without a fragment")]
    Audience,
    /// The text is longer than an identifier or holds characters other than printable ASCII.
    #[error("must be at most 255 printable ASCII characters")]
    Identifier,
    /// The issuer is so long that the URI of a status list would not fit into an identifier.
    #[error(
        "must be at most {} characters, because the addresses that begin with it are at most 255 characters long",
        Issuer::MAX_LEN
    )]
    Long,
}

/// The issuer's identifier (RFC 8414 section 2): the `iss` of its tokens and the prefix of its endpoints' URLs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Issuer(String);

impl Issuer {
    /// The maximum length in bytes. It ensures that the URI of a status list, which begins with the issuer, is a valid
    /// identifier.
    const MAX_LEN: usize = 200;

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL of the endpoint at `path`, which begins with `/`.
    pub fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// The origin of the identifier: scheme and authority.
    pub fn origin(&self) -> &str {
        self.as_str().strip_suffix(self.path()).unwrap_or(self.as_str())
    }

    /// The path of the identifier; empty if the identifier has none.
    pub fn path(&self) -> &str {
        let authority = self.0.split_once("://").map_or("", |(_, rest)| rest);
        authority.find('/').and_then(|at| authority.get(at..)).unwrap_or_default()
    }
}

impl FromStr for Issuer {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        let url = Url::parse(text).map_err(|_| SettingsError::Issuer)?;
        let web = matches!(url.scheme(), "https" | "http");
        let bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
        // Edges compare `iss` byte by byte, so the text must be in normal form. The parser adds `/` to a URL without a path.
        let normal = url.as_str() == text || url.as_str().strip_suffix('/') == Some(text);
        if !web || !bare || !normal || text.ends_with('/') {
            return Err(SettingsError::Issuer);
        }
        Identifier::parse(text).map_err(|_| SettingsError::Identifier)?;
        if text.len() > Self::MAX_LEN {
            return Err(SettingsError::Long);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The audience of the issuer's tokens, an absolute URI without a fragment (RFC 8707 section 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Audience(String);

impl Audience {
    /// The audience as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Audience {
    type Err = SettingsError;

    fn from_str(text: &str) -> Result<Self, SettingsError> {
        let url = Url::parse(text).map_err(|_| SettingsError::Audience)?;
        if url.fragment().is_some() {
            return Err(SettingsError::Audience);
        }
        Identifier::parse(text).map_err(|_| SettingsError::Identifier)?;
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_never_expires_is_longer_than_any_maximum() {
        let none = Policies { forever_allowed: true, max_application_validity: None, ..Policies::default() };
        assert!(none.allows(Kind::Application, Validity::Forever) && none.allows(Kind::Application, Validity::Seconds(u64::MAX)));
        let some = Policies { max_application_validity: Some(60), ..none };
        for (validity, allowed) in [(Validity::Seconds(60), true), (Validity::Seconds(61), false), (Validity::Forever, false)] {
            assert_eq!(some.allows(Kind::Application, validity), allowed, "{validity:?}");
        }
        // By default, no token of either kind lasts forever, and each kind has its own maximum.
        let policies = Policies::default();
        assert!(!policies.allows(Kind::Application, Validity::Forever) && !policies.allows(Kind::User, Validity::Forever));
        let week = Validity::Seconds(7 * 86400);
        assert_eq!((policies.allows(Kind::Application, week), policies.allows(Kind::User, week)), (true, false));
    }

    #[test]
    fn a_change_that_allows_more_weakens_and_one_that_allows_less_does_not() {
        let default = Policies::default();
        let weaker = [
            ("max_user_validity", Policies { max_user_validity: None, ..default }),
            ("session_idle", Policies { session_idle: 7200, ..default }),
            ("key_rotation", default),
            ("second_factor", Policies { second_factor: SecondFactorPolicy::Off, ..default }),
            ("developer_registration", Policies { developer_registration: DeveloperRegistration::Approval, ..default }),
            ("forever_allowed", Policies { forever_allowed: true, ..default }),
        ];
        let before = Policies { key_rotation: Some(86400), ..default };
        for (name, after) in weaker {
            let before = if name == "key_rotation" { before } else { default };
            assert_eq!(after.weakened_since(&before), [name]);
            assert_eq!(before.weakened_since(&after), [""; 0], "{name}: back");
        }
        // Below the default, a longer time is no weakness.
        let short = Policies { session_lifetime: 3600, ..default };
        assert_eq!(default.weakened_since(&short), [""; 0]);
    }

    #[test]
    fn an_issuer_is_a_plain_url_in_normal_form() {
        for (good, path) in [("https://issuer.example", ""), ("http://localhost:8080", ""), ("https://example.com/auth", "/auth")]
        {
            assert_eq!(good.parse::<Issuer>().map(|issuer| issuer.path().to_owned()), Ok(path.into()), "`{good}`");
        }
        let long = |len: usize| format!("https://issuer.example/{}", "x".repeat(len - 23)).parse::<Issuer>();
        assert!(long(200).is_ok_and(|issuer| Identifier::parse(crate::StatusListId::MAX.uri(&issuer)).is_ok()));
        assert_eq!((long(201), long(256)), (Err(SettingsError::Long), Err(SettingsError::Identifier)));
        for bad in [
            "",
            "issuer.example",
            "https://issuer.example/",
            "https://a.example/b/",
            "https://a.example?b",
            "https://a.example#b",
            "https://u@a.example",
            "https://u:p@a.example",
            "ftp://a.example",
            "HTTPS://a.example",
            "https://A.example",
            "https://a.example:443",
            "https://a.example/b/../c",
            "https://bücher.example",
            " https://a.example",
        ] {
            assert!(bad.parse::<Issuer>().is_err(), "`{bad}`");
        }
    }

    #[test]
    fn an_audience_is_an_absolute_uri() {
        assert!("https://api.example".parse::<Audience>().is_ok());
        assert!("urn:example:api".parse::<Audience>().is_ok());
        for bad in ["", "api", "https://api.example#x", "https://api.example/\u{e9}", "https://api.example\n"] {
            assert!(bad.parse::<Audience>().is_err(), "`{bad}`");
        }
    }
}
