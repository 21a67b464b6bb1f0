//! Who this issuer is, and for whom it mints.

use std::fmt;
use std::str::FromStr;

use postern_token::Identifier;
use serde::Serialize;
use thiserror::Error;
use url::Url;

use super::Validities;

/// What holds for the whole issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The issuer's identifier.
    pub issuer: Issuer,
    /// What stands in every token's `aud`.
    pub audience: Audience,
    /// How long the tokens of applications that are yet to be created last.
    pub default_validities: Validities,
    /// What an administrator has decided for all.
    pub policies: Policies,
}

/// What an administrator decides for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Policies {
    /// Whether a token may never expire.
    pub forever_allowed: bool,
    /// The share of a token's validity in percent, 0 to 100: when no more than that remains, a grant mints a new token instead of
    /// answering with the live one. At 100 every grant mints.
    pub renew_below_percent: u8,
    /// After how many seconds a signing key is followed by the next; `None` means on command alone.
    pub key_rotation: Option<u64>,
    /// For how many seconds a new signing key is published before it signs.
    pub key_publish_ahead: u64,
    /// For how many seconds a refresh token counts that is not used.
    pub refresh_idle: u64,
    /// For how many seconds a user's grant lasts at most, however often it is renewed.
    pub refresh_lifetime: u64,
    /// For how many seconds a user stays signed in who does nothing.
    pub session_idle: u64,
    /// For how many seconds a user stays signed in at most.
    pub session_lifetime: u64,
}

impl Default for Policies {
    fn default() -> Self {
        const DAY: u64 = 86400;
        Self {
            forever_allowed: true,
            renew_below_percent: 10,
            key_rotation: None,
            key_publish_ahead: DAY,
            refresh_idle: 14 * DAY,
            refresh_lifetime: 90 * DAY,
            session_idle: 1800,
            session_lifetime: DAY / 2,
        }
    }
}

/// Why a URL cannot stand in a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// The issuer is no plain `http` or `https` URL.
    #[error(
        "must be an `https` or `http` URL in normal form, such as `https://issuer.example`, without user, query, fragment and slash at the end"
    )]
    Issuer,
    /// The audience is no absolute URI.
    #[error("must be an absolute URI such as `https://api.example`, without a fragment")]
    Audience,
    /// More than an identifier can hold.
    #[error("must be at most 255 printable ASCII characters")]
    Identifier,
    /// An issuer that leaves too little room.
    #[error(
        "must be at most {} characters, so that there is room for what follows in the addresses that begin with it",
        Issuer::MAX_LEN
    )]
    Long,
}

/// The issuer's identifier (RFC 8414 section 2): the `iss` of its tokens, and what its endpoints' addresses begin with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Issuer(String);

impl Issuer {
    /// How long an identifier may be in bytes: the address of a status list must fit in another.
    const MAX_LEN: usize = 200;

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address of one of its endpoints.
    pub fn endpoint(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// The origin of the identifier: its scheme and its authority.
    pub fn origin(&self) -> &str {
        self.as_str().strip_suffix(self.path()).unwrap_or(self.as_str())
    }

    /// The path of the identifier; empty when it has none.
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
        // A URL without a path is given one by the parser; otherwise the text must be its own normal form, because edges
        // compare `iss` byte by byte.
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

/// For whom tokens are minted (RFC 8707 section 2).
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
    fn an_issuer_is_a_plain_url_in_its_normal_form() {
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
