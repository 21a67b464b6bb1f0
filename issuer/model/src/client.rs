//! How a client proves who it is, what it may ask for, and where its users are sent back to.

use std::fmt;
use std::str::FromStr;

use postern_token::{Identifier, UnixSeconds};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use super::{IdError, check_id};
use postern_secrets::HashedSecret;
use postern_secrets::{Entropy, EntropyError, random_name};

/// One of a key set's consumer secrets, of which only the hash is kept.
#[derive(Debug, Clone)]
pub struct ConsumerSecret {
    /// Its id, which is no secret.
    pub id: ConsumerSecretId,
    /// The secret's hash.
    pub hash: HashedSecret,
    /// When it was made.
    pub created_at: UnixSeconds,
    /// When it stops to count; `None` means never.
    pub expires_at: Option<UnixSeconds>,
}

impl ConsumerSecret {
    /// How many of a key set's secrets may count at once: one, and the one that is to follow it.
    pub const MAX_LIVE: usize = 2;

    /// Whether it counts at `now`.
    pub fn is_live(&self, now: UnixSeconds) -> bool {
        self.expires_at.is_none_or(|expires_at| expires_at > now)
    }
}

/// The id of a consumer secret: `cs_` and 16 random characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ConsumerSecretId(Identifier<'static>);

impl ConsumerSecretId {
    const PREFIX: &str = "cs_";

    /// A new random id.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let text = format!("{}{}", Self::PREFIX, random_name(entropy, 16)?);
        Identifier::parse(text).map(Self).map_err(|_| EntropyError)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for ConsumerSecretId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        check_id(text, Self::PREFIX)?;
        super::owned_identifier(text).map(Self).map_err(|_| IdError::Character)
    }
}

/// A grant type by the name that OAuth has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// RFC 6749 section 4.4.
    ClientCredentials,
    /// RFC 6749 section 4.1, with a proof key (RFC 7636).
    AuthorizationCode,
    /// RFC 6749 section 6.
    RefreshToken,
    /// RFC 8628.
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
    /// RFC 6749 section 4.3, for applications to which an administrator allows it.
    Password,
}

impl GrantType {
    /// Every grant type that there is here.
    pub const ALL: [Self; 5] =
        [Self::ClientCredentials, Self::AuthorizationCode, Self::RefreshToken, Self::DeviceCode, Self::Password];

    /// The name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::Password => "password",
        }
    }
}

/// A text is no grant type of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "a grant type is `client_credentials`, `authorization_code`, `refresh_token`, `urn:ietf:params:oauth:grant-type:device_code` or `password`"
)]
pub struct GrantTypeError;

impl FromStr for GrantType {
    type Err = GrantTypeError;

    fn from_str(text: &str) -> Result<Self, GrantTypeError> {
        Self::ALL.into_iter().find(|grant_type| grant_type.as_str() == text).ok_or(GrantTypeError)
    }
}

/// A place that users may be sent back to (RFC 6749 section 3.1.2): an absolute URI without a fragment, `https`, or `http` at the own machine
/// (RFC 8252 section 7.3), or of a scheme of the application's own with a point in it (section 7.1). Compared byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RedirectUri(String);

/// Why a text is not a redirect URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RedirectUriError {
    /// It is no absolute URI, or holds what a URI does not.
    #[error("a redirect URI is an absolute URI of at most 2000 characters, such as `https://app.example/callback`")]
    Form,
    /// It has a fragment.
    #[error("a redirect URI has no fragment (RFC 6749 section 3.1.2)")]
    Fragment,
    /// Its scheme is not safe.
    #[error(
        "a redirect URI begins with `https://`, with `http://localhost`, or with a scheme of its own that holds a point, such as `com.example.app:`"
    )]
    Scheme,
}

impl RedirectUri {
    /// The URI as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// This URI, where it is the one that a client asks for: byte by byte, but for the port where it is the user's own machine by its address, because what
    /// listens there takes the port that is free (RFC 8252 section 7.3).
    pub fn asked(&self, text: &str) -> Option<Self> {
        if self.0 == text {
            return Some(self.clone());
        }
        let (own, asked) = (without_own_port(&self.0)?, without_own_port(text)?);
        if own == asked { text.parse().ok() } else { None }
    }
}

/// What stands before and after the port of a URI on the user's own machine.
fn without_own_port(text: &str) -> Option<(&'static str, &str)> {
    let starts = ["http://127.0.0.1", "http://[::1]"];
    let (start, rest) = starts.into_iter().find_map(|start| Some((start, text.strip_prefix(start)?)))?;
    let rest = match rest.strip_prefix(':') {
        Some(rest) => {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            rest.get(digits..).filter(|_| digits > 0)?
        }
        None => rest,
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((start, rest))
}

impl FromStr for RedirectUri {
    type Err = RedirectUriError;

    fn from_str(text: &str) -> Result<Self, RedirectUriError> {
        if text.len() > 2000 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(RedirectUriError::Form);
        }
        let url = Url::parse(text).map_err(|_| RedirectUriError::Form)?;
        if url.fragment().is_some() {
            return Err(RedirectUriError::Fragment);
        }
        let own_machine = || matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let safe = match url.scheme() {
            "https" => url.host_str().is_some_and(|host| !host.is_empty()),
            "http" => own_machine(),
            scheme => scheme.contains('.'),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(RedirectUriError::Form);
        }
        if safe { Ok(Self(text.to_owned())) } else { Err(RedirectUriError::Scheme) }
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_is_not_the_same_but_for_a_port_of_the_own_machine() {
        let registered: RedirectUri = "https://app.example/cb".parse().unwrap();
        for near in [
            "https://app.example/cb/",
            "https://app.example/cb?x=1",
            "https://app.example/cb#",
            "https://app.example:443/cb",
            "https://APP.example/cb",
            "https://app.example/%63b",
            "https://app.example.evil.test/cb",
            "http://app.example/cb",
            "",
        ] {
            assert_eq!(registered.asked(near), None, "`{near}`");
        }
        let own: RedirectUri = "http://127.0.0.1/cb".parse().unwrap();
        assert_eq!(own.asked("http://127.0.0.1:51234/cb").unwrap().as_str(), "http://127.0.0.1:51234/cb");
        for near in [
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:80x/cb",
            "http://127.0.0.1:80@evil.test/cb",
            "http://127.0.0.1.evil.test/cb",
            "http://127.0.0.1:1/other",
            "http://localhost:1/cb",
        ] {
            assert_eq!(own.asked(near), None, "`{near}`");
        }
    }

    #[test]
    fn a_redirect_uri_sends_nobody_to_an_unsafe_place() {
        for good in [
            "https://app.example/callback?x=1",
            "http://localhost:8080/cb",
            "http://127.0.0.1/cb",
            "http://[::1]:9/",
            "com.example.app:/oauth",
        ] {
            assert!(good.parse::<RedirectUri>().is_ok(), "`{good}`");
        }
        for (bad, error) in [
            ("", RedirectUriError::Form),
            ("/callback", RedirectUriError::Form),
            ("https://app.example/#x", RedirectUriError::Fragment),
            ("http://app.example/", RedirectUriError::Scheme),
            ("javascript:alert(1)", RedirectUriError::Scheme),
            ("data:text/html,x", RedirectUriError::Scheme),
            ("https://user@app.example/", RedirectUriError::Form),
            ("https://app.example/\u{e9}", RedirectUriError::Form),
            ("https://app.example/a b", RedirectUriError::Form),
        ] {
            assert_eq!(bad.parse::<RedirectUri>(), Err(error), "`{bad}`");
        }
    }
}
