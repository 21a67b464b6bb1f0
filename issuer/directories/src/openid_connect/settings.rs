//! Settings of an identity provider.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;
use url::{Host, Url};
use zeroize::Zeroizing;

/// The default scopes.
pub const DEFAULT_SCOPES: [&str; 3] = ["openid", "profile", "email"];

/// The default claim of the user name.
pub const DEFAULT_USER_NAME_CLAIM: &str = "preferred_username";

/// The default claim of the groups.
pub const DEFAULT_GROUPS_CLAIM: &str = "groups";

/// The claim of the email address.
pub const EMAIL_CLAIM: &str = "email";

/// The settings of a provider.
#[derive(Clone)]
pub struct OpenIdSettings {
    /// The provider's issuer identifier.
    pub issuer: ProviderUrl,
    /// The client id that the provider has given.
    pub client_id: String,
    /// The client's secret.
    pub client_secret: Zeroizing<String>,
    /// The scopes to request, `openid` among them.
    pub scopes: Vec<String>,
    /// The claim whose value is the user's name.
    pub user_name_claim: String,
    /// The claim whose values are the user's groups.
    pub groups_claim: String,
    /// The provider's name for people, on the button of the sign-in page.
    pub title: String,
    /// A PEM file of root certificates for TLS; `None` for those of the system.
    pub authorities_file: Option<PathBuf>,
    /// The timeout of one sign-in, including all requests to the provider.
    pub timeout: Duration,
}

impl fmt::Debug for OpenIdSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { issuer, client_id, .. } = self;
        formatter.debug_struct("OpenIdSettings").field("issuer", issuer).field("client_id", client_id).finish_non_exhaustive()
    }
}

/// The issuer identifier of a provider (`OpenID` Connect Discovery 1.0, section 3): an `https` URL without query and fragment. `http` is
/// accepted for a provider on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderUrl(String);

/// The text is not an issuer identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "must be the provider's issuer identifier, an `https://` URL without a query, exactly as the provider writes it (`http://` only for a provider on this machine)"
)]
pub struct ProviderUrlError;

impl ProviderUrl {
    /// The identifier, as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URL of the metadata (`OpenID` Connect Discovery 1.0, section 4).
    pub(super) fn metadata(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.0.strip_suffix('/').unwrap_or(&self.0))
    }

    /// Whether requests to the provider are encrypted.
    pub fn has_tls(&self) -> bool {
        self.0.starts_with("https:")
    }

    /// The URL of an endpoint, if a provider with this identifier may have it: it must not be less protected than the provider.
    pub(super) fn endpoint(&self, text: &str) -> Option<Url> {
        let url = Url::parse(text).ok()?;
        let permitted = is_secure(&url) && (url.scheme() == "https" || !self.has_tls());
        let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        Some(url).filter(|_| permitted && bare)
    }
}

impl FromStr for ProviderUrl {
    type Err = ProviderUrlError;

    fn from_str(text: &str) -> Result<Self, ProviderUrlError> {
        let url = Url::parse(text).map_err(|_| ProviderUrlError)?;
        let bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
        // The identifier is compared byte by byte, so it must be in normal form. The parser adds `/` to a URL without a path.
        let normal = url.as_str() == text || url.as_str().strip_suffix('/') == Some(text);
        if is_secure(&url) && bare && normal { Ok(Self(text.to_owned())) } else { Err(ProviderUrlError) }
    }
}

/// Whether nobody on the network can read what is sent to the URL.
fn is_secure(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    url.scheme() == "https" || url.scheme() == "http" && is_loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_reached_over_https_or_on_this_machine() {
        for good in [
            "https://login.example",
            "https://login.example/",
            "https://login.example/realms/staff",
            "http://127.0.0.1:9000",
            "http://[::1]:9000",
            "http://localhost:9000/a",
        ] {
            assert!(good.parse::<ProviderUrl>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "login.example",
            "http://login.example",
            "http://localhost.example",
            "http://10.0.0.1",
            "ftp://login.example",
            "https://login.example?x",
            "https://login.example#x",
            "https://me@login.example",
            "https://LOGIN.example",
            "https://login.example:443",
        ] {
            assert!(bad.parse::<ProviderUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_endpoint_is_not_less_protected_than_its_provider() {
        let provider: ProviderUrl = "https://login.example/staff/".parse().unwrap();
        assert_eq!(provider.metadata(), "https://login.example/staff/.well-known/openid-configuration");
        assert!(provider.endpoint("https://tokens.example/token?tenant=1").is_some());
        for bad in ["http://127.0.0.1/token", "http://login.example/token", "/token", "https://u:p@login.example/", "file:///x"] {
            assert!(provider.endpoint(bad).is_none(), "{bad}");
        }
        let local: ProviderUrl = "http://127.0.0.1:9000".parse().unwrap();
        assert!(local.endpoint("http://127.0.0.1:9001/token").is_some());
        assert!(local.endpoint("http://10.0.0.1/token").is_none());
    }
}
