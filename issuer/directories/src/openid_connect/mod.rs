//! Signs people in with an identity provider: the authorization code flow of `OpenID` Connect Core 1.0, section 3.1, with PKCE (RFC 7636).
//!
//! This is the part of the client that needs no browser: [`OpenIdConnect::authorization_url`] is where a browser is sent, and
//! [`OpenIdConnect::redeem`] asks the provider who came back. The caller binds the two to one browser.

mod error;
mod id_token;
mod person;
mod provider;
mod requests;
mod settings;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postern_secrets::PlainSecret;
use postern_token::UnixSeconds;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use url::Url;
use zeroize::Zeroizing;

pub use error::{Endpoint, ProviderError};
pub use id_token::IdTokenError;
pub use person::{Person, PersonError};
pub use settings::{
    DEFAULT_GROUPS_CLAIM, DEFAULT_SCOPES, DEFAULT_USER_NAME_CLAIM, EMAIL_CLAIM, OpenIdSettings, ProviderUrl, ProviderUrlError,
};

use crate::AuthoritiesError;
use crate::concurrency_limit::ConcurrencyLimit;
use id_token::{Expected, IdToken, verify};
use person::PersonClaims;
use provider::{Metadata, Provider};
use requests::{Deadline, Requests};

/// The maximum number of concurrent sign-ins with a provider.
const MAX_CONCURRENT_SIGN_INS: usize = 8;

/// An identity provider.
#[derive(Debug)]
pub struct OpenIdConnect {
    settings: OpenIdSettings,
    requests: Requests,
    provider: Provider,
    limit: ConcurrencyLimit,
}

/// The secrets of one sign-in.
#[derive(Debug, Clone)]
pub struct SignInSecrets {
    /// Comes back with the browser.
    pub state: PlainSecret,
    /// Comes back in the ID token.
    pub nonce: PlainSecret,
    /// Proves at the token endpoint who has begun the sign-in (RFC 7636).
    pub verifier: PlainSecret,
}

/// The token response (RFC 6749 section 5.1; `OpenID` Connect Core 1.0, section 3.1.3.3).
#[derive(Deserialize)]
struct TokenResponse {
    id_token: Zeroizing<String>,
    access_token: Option<Zeroizing<String>>,
}

/// The error response (RFC 6749 section 5.2).
#[derive(Deserialize)]
struct ErrorResponse {
    error: String,
}

impl OpenIdConnect {
    /// Loads the root certificates. Sends nothing: the provider need not be there when the issuer starts.
    pub fn new(settings: OpenIdSettings) -> Result<Self, AuthoritiesError> {
        let requests = Requests::new(&settings)?;
        Ok(Self { settings, requests, provider: Provider::default(), limit: ConcurrencyLimit::new(MAX_CONCURRENT_SIGN_INS) })
    }

    /// The provider's name for people.
    pub fn title(&self) -> &str {
        &self.settings.title
    }

    /// Where a browser is sent to sign in. With `again`, the provider asks for a new sign-in. Blocks until the provider's metadata are known.
    pub fn authorization_url(&self, secrets: &SignInSecrets, redirect_uri: &str, again: bool) -> Result<Url, ProviderError> {
        let _permit = self.limit.acquire(self.settings.timeout)?;
        let metadata = self.metadata(Deadline::after(self.settings.timeout))?;
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(secrets.verifier.expose()));
        let mut url = metadata.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", &self.settings.scopes.join(" "))
            .append_pair("state", secrets.state.expose())
            .append_pair("nonce", secrets.nonce.expose())
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if again {
            url.query_pairs_mut().append_pair("prompt", "login");
        }
        Ok(url)
    }

    /// Checks that an authorization response, also one with an error, is of this provider (RFC 9207 section 2.4).
    pub fn check_issuer(&self, iss: Option<&str>) -> Result<(), ProviderError> {
        let metadata = self.metadata(Deadline::after(self.settings.timeout))?;
        match iss {
            Some(iss) if iss == self.settings.issuer.as_str() => Ok(()),
            None if !metadata.names_issuer => Ok(()),
            _ => Err(ProviderError::OtherIssuer),
        }
    }

    /// Exchanges the code of an authorization response for the person who has signed in. Blocks until the provider answers or the timeout
    /// ends.
    pub fn redeem(
        &self,
        code: &PlainSecret,
        secrets: &SignInSecrets,
        redirect_uri: &str,
        now: UnixSeconds,
    ) -> Result<Person, ProviderError> {
        let _permit = self.limit.acquire(self.settings.timeout)?;
        let deadline = Deadline::after(self.settings.timeout);
        let metadata = self.metadata(deadline)?;
        let tokens = self.exchange(&metadata, code, secrets, redirect_uri, deadline)?;
        let IdToken { subject, claims } = self.verify(&metadata, &tokens.id_token, secrets, now, deadline)?;
        let mut claims = PersonClaims { id_token: claims, user_info: Map::new() };
        if !claims.are_complete(&self.settings)
            && let (Some(url), Some(token)) = (&metadata.user_info_endpoint, &tokens.access_token)
        {
            claims.user_info = self.user_info(url, token, &subject, deadline)?;
        }
        Ok(claims.person(subject, &self.settings)?)
    }

    fn metadata(&self, deadline: Deadline) -> Result<std::sync::Arc<Metadata>, ProviderError> {
        self.provider.metadata(&self.requests, &self.settings.issuer, deadline)
    }

    fn exchange(
        &self,
        metadata: &Metadata,
        code: &PlainSecret,
        secrets: &SignInSecrets,
        redirect_uri: &str,
        deadline: Deadline,
    ) -> Result<TokenResponse, ProviderError> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("redirect_uri", redirect_uri),
            ("code_verifier", secrets.verifier.expose()),
        ];
        let (url, authentication) = (&metadata.token_endpoint, metadata.authentication);
        let (status, body) = self.requests.token(url, &form, &self.settings, authentication, deadline)?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|_| ProviderError::Malformed(Endpoint::Token));
        }
        let is_code = |error: &String| error.len() <= 40 && error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let refused = serde_json::from_slice(&body).ok().map(|ErrorResponse { error }| error).filter(is_code);
        Err(match refused {
            Some(error) if status.is_client_error() => ProviderError::Refused(error),
            _ => ProviderError::Status { endpoint: Endpoint::Token, status: status.as_u16() },
        })
    }

    /// Verifies an ID token. If it names an unknown key, the keys are fetched again, but not often.
    fn verify(
        &self,
        metadata: &Metadata,
        token: &str,
        secrets: &SignInSecrets,
        now: UnixSeconds,
        deadline: Deadline,
    ) -> Result<IdToken, ProviderError> {
        let OpenIdSettings { issuer, client_id, .. } = &self.settings;
        let expected = Expected { issuer: issuer.as_str(), client_id, nonce: secrets.nonce.expose(), now };
        let keys = self.provider.keys(&self.requests, metadata, None, deadline)?;
        match verify(token, &keys, expected) {
            Err(IdTokenError::UnknownKey) => {
                let keys = self.provider.keys(&self.requests, metadata, Some(&keys), deadline)?;
                Ok(verify(token, &keys, expected)?)
            }
            result => Ok(result?),
        }
    }

    /// The user information, which must be about the person of the ID token.
    fn user_info(&self, url: &Url, token: &str, subject: &str, deadline: Deadline) -> Result<Map<String, Value>, ProviderError> {
        let json = self.requests.user_info(url, token, deadline)?;
        let claims: Map<String, Value> =
            serde_json::from_slice(&json).map_err(|_| ProviderError::Malformed(Endpoint::UserInfo))?;
        if claims.get("sub").and_then(Value::as_str) == Some(subject) { Ok(claims) } else { Err(ProviderError::OtherSubject) }
    }
}

#[cfg(test)]
mod tests;
