//! Consumer secrets, grant types and redirect URIs of a client.

use std::fmt;
use std::str::FromStr;

use postern_token::{Identifier, UnixSeconds};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use super::{IdError, check_id};
use postern_secrets::HashedSecret;
use postern_secrets::{Entropy, EntropyError, random_name};

/// The record of a consumer secret. The database holds only the hash of the secret.
#[derive(Debug, Clone)]
pub struct ConsumerSecret {
    /// The id, which is not secret.
    pub id: ConsumerSecretId,
    /// The secret's hash.
    pub hash: HashedSecret,
    /// What the secret is for, for people.
    pub description: Option<String>,
    /// When the secret was created.
    pub created_at: UnixSeconds,
    /// When the secret expires; `None` means never.
    pub expires_at: Option<UnixSeconds>,
}

impl ConsumerSecret {
    /// The maximum number of live secrets of a key set: the current one and its successor.
    pub const MAX_LIVE: usize = 2;

    /// Whether the secret has not expired at `now`.
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

    /// Generates a random id.
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

/// An OAuth grant type that the issuer supports.
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
    /// RFC 6749 section 4.3, for applications that an administrator has allowed to use it.
    Password,
}

impl GrantType {
    /// Every grant type.
    pub const ALL: [Self; 5] =
        [Self::ClientCredentials, Self::AuthorizationCode, Self::RefreshToken, Self::DeviceCode, Self::Password];

    /// The grant type's name, the value of `grant_type`.
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

/// The text is not a supported grant type.
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

/// A redirect URI (RFC 6749 section 3.1.2): an absolute URI without a fragment.
///
/// The scheme is `https`, `http` on a loopback host (RFC 8252 section 7.3), or a private-use scheme that contains a dot (section 7.1).
/// Redirect URIs are compared byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RedirectUri(String);

/// The reason why a text is not a valid redirect URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RedirectUriError {
    /// The text is not an absolute URI, is too long, or has user information or characters that a URI must not hold.
    #[error("a redirect URI is an absolute URI of at most 2000 characters, such as `https://app.example/callback`")]
    Form,
    /// The URI has a fragment.
    #[error("a redirect URI has no fragment (RFC 6749 section 3.1.2)")]
    Fragment,
    /// The URI has a `*` in its host or its path.
    #[error("a redirect URI is compared byte by byte, so `*` stands for no other text: register each URI")]
    Wildcard,
    /// The URI's scheme is not allowed.
    #[error(
        "a redirect URI begins with `https://`, with `http://localhost`, or with a private-use scheme that contains a dot, such as `com.example.app:`"
    )]
    Scheme,
}

impl RedirectUri {
    /// A URI that was registered, perhaps before the rules for new ones became stricter.
    pub const fn registered(text: String) -> Self {
        Self(text)
    }

    /// The URI as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the requested redirect URI if it matches this registered one.
    ///
    /// They must be equal byte by byte. Only on a loopback address may the port differ, because a native application listens on
    /// whichever port is free (RFC 8252 section 7.3).
    pub fn matching(&self, requested: &str) -> Option<Self> {
        if self.0 == requested {
            return Some(self.clone());
        }
        let same = without_loopback_port(&self.0)? == without_loopback_port(requested)?;
        if same { requested.parse().ok() } else { None }
    }
}

/// The parts of a URI before and after its port; `None` unless the host is a loopback address.
fn without_loopback_port(text: &str) -> Option<(&'static str, &str)> {
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
        // Browsers read `\` as `/`, and other programs do not.
        if text.len() > 2000 || !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
            return Err(RedirectUriError::Form);
        }
        let url = Url::parse(text).map_err(|_| RedirectUriError::Form)?;
        if url.fragment().is_some() {
            return Err(RedirectUriError::Fragment);
        }
        let before_query = text.split_once('?').map_or(text, |(before, _)| before);
        if before_query.contains('*') {
            return Err(RedirectUriError::Wildcard);
        }
        // The parser skips superfluous slashes; other programs find no host behind them.
        let after_scheme = text.get(url.scheme().len()..).unwrap_or_default();
        let has_host = || after_scheme.strip_prefix("://").is_some_and(|rest| !rest.starts_with('/'));
        if matches!(url.scheme(), "https" | "http") && !has_host() {
            return Err(RedirectUriError::Form);
        }
        let is_loopback = || matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        let scheme_allowed = match url.scheme() {
            "https" => url.host_str().is_some_and(|host| !host.is_empty()),
            "http" => is_loopback(),
            scheme => scheme.contains('.'),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(RedirectUriError::Form);
        }
        if scheme_allowed { Ok(Self(text.to_owned())) } else { Err(RedirectUriError::Scheme) }
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
    fn a_redirect_uri_matches_only_itself_or_another_loopback_port() {
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
            assert_eq!(registered.matching(near), None, "`{near}`");
        }
        let loopback: RedirectUri = "http://127.0.0.1/cb".parse().unwrap();
        assert_eq!(loopback.matching("http://127.0.0.1:51234/cb").unwrap().as_str(), "http://127.0.0.1:51234/cb");
        for near in [
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:80x/cb",
            "http://127.0.0.1:80@evil.test/cb",
            "http://127.0.0.1.evil.test/cb",
            "http://127.0.0.1:1/other",
            "http://localhost:1/cb",
        ] {
            assert_eq!(loopback.matching(near), None, "`{near}`");
        }
    }

    #[test]
    fn a_redirect_uri_with_an_unsafe_scheme_or_form_is_refused() {
        for good in [
            "https://app.example/callback?x=1",
            "http://localhost:8080/cb",
            "http://127.0.0.1/cb",
            "http://[::1]:9/",
            "com.example.app:/oauth",
            "https://app.example/callback?x=*",
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
            ("https://*.app.example/", RedirectUriError::Wildcard),
            ("https://app.example/*", RedirectUriError::Wildcard),
            ("com.example.app:/*", RedirectUriError::Wildcard),
            ("https:///evil.example", RedirectUriError::Form),
            ("https:evil.example", RedirectUriError::Form),
            ("https:/evil.example", RedirectUriError::Form),
            ("https:evil.example?x=://a", RedirectUriError::Form),
            ("https://a\\@b.example/", RedirectUriError::Form),
            ("https:\\\\a.example/", RedirectUriError::Form),
        ] {
            assert_eq!(bad.parse::<RedirectUri>(), Err(error), "`{bad}`");
        }
    }
}
