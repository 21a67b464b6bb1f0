//! Requests to a provider, limited in time and size. Redirects are not followed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::crypto::aws_lc_rs;
use ureq::http::{Request, Response, StatusCode, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, AsSendBody, Body};
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::error::{Endpoint, ProviderError};
use super::settings::OpenIdSettings;
use crate::authorities::{AuthoritiesError, certificates};

/// The largest answer that is read, in bytes. The signing keys of large providers take some 20 KiB.
const MAX_ANSWER_LEN: u64 = 512 * 1024;

/// How long a connection is kept that nothing is sent on. The requests of one sign-in follow each other faster, and servers close connections
/// after some seconds: a request that is sent then is lost.
const IDLE: Duration = Duration::from_secs(2);

/// An HTTP client for one provider.
#[derive(Debug)]
pub(super) struct Requests {
    agent: Agent,
}

/// When the requests of a sign-in must have been answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline(Instant);

impl Deadline {
    pub(super) fn after(timeout: Duration) -> Self {
        Self(Instant::now() + timeout)
    }

    fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

/// How the client authenticates at the token endpoint (`OpenID` Connect Core 1.0, section 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClientAuthentication {
    /// `client_secret_basic`
    Basic,
    /// `client_secret_post`
    Post,
}

impl Requests {
    /// Loads the root certificates. Sends nothing.
    pub(super) fn new(settings: &OpenIdSettings) -> Result<Self, AuthoritiesError> {
        let mut configuration = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect could lead to a host that only this machine can reach, or take a credential to another one.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_age(IDLE)
            .user_agent(concat!("postern/", env!("CARGO_PKG_VERSION")));
        if settings.issuer.has_tls() {
            let roots = certificates(settings.authorities_file.as_deref())?;
            let roots = roots.iter().map(|certificate| Certificate::from_der(certificate.as_ref()).to_owned()).collect();
            let tls = TlsConfig::builder()
                .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
                .root_certs(RootCerts::Specific(Arc::new(roots)))
                .build();
            configuration = configuration.https_only(true).tls_config(tls);
        } else {
            // A proxy could read what is sent.
            configuration = configuration.proxy(None);
        }
        Ok(Self { agent: configuration.build().new_agent() })
    }

    /// The JSON document at `url`.
    pub(super) fn fetch(&self, endpoint: Endpoint, url: &str, deadline: Deadline) -> Result<Zeroizing<Vec<u8>>, ProviderError> {
        let request = Request::get(url).header(header::ACCEPT, "application/json");
        require_success(endpoint, self.send(endpoint, request.body(()), deadline)?)
    }

    /// The user information for an access token (`OpenID` Connect Core 1.0, section 5.3).
    pub(super) fn user_info(&self, url: &Url, token: &str, deadline: Deadline) -> Result<Zeroizing<Vec<u8>>, ProviderError> {
        let request = Request::get(url.as_str())
            .header(header::ACCEPT, "application/json")
            .header(header::AUTHORIZATION, Zeroizing::new(format!("Bearer {token}")).as_str());
        require_success(Endpoint::UserInfo, self.send(Endpoint::UserInfo, request.body(()), deadline)?)
    }

    /// Sends a form to the token endpoint, and returns the answer of any status.
    pub(super) fn token(
        &self,
        url: &Url,
        form: &[(&str, &str)],
        settings: &OpenIdSettings,
        authentication: ClientAuthentication,
        deadline: Deadline,
    ) -> Result<(StatusCode, Zeroizing<Vec<u8>>), ProviderError> {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form);
        let mut request = Request::post(url.as_str())
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let OpenIdSettings { client_id, client_secret, .. } = settings;
        match authentication {
            ClientAuthentication::Basic => {
                request = request.header(header::AUTHORIZATION, basic(client_id, client_secret).as_str());
            }
            ClientAuthentication::Post => {
                body.append_pair("client_id", client_id).append_pair("client_secret", client_secret);
            }
        }
        let body = Zeroizing::new(body.finish());
        self.send(Endpoint::Token, request.body(body.as_bytes()), deadline)
    }

    fn send(
        &self,
        endpoint: Endpoint,
        request: Result<Request<impl AsSendBody>, ureq::http::Error>,
        deadline: Deadline,
    ) -> Result<(StatusCode, Zeroizing<Vec<u8>>), ProviderError> {
        let unavailable = |reason: &str| ProviderError::Unavailable { endpoint, reason: reason.to_owned() };
        let request = request.map_err(|_| unavailable("its URL cannot be requested"))?;
        let left = deadline.left();
        if left.is_zero() {
            return Err(unavailable("it did not answer in time"));
        }
        let request = self.agent.configure_request(request).timeout_global(Some(left)).build();
        let failed = |error: &ureq::Error| match error {
            ureq::Error::BodyExceedsLimit(_) => ProviderError::Malformed(endpoint),
            error => unavailable(&describe(error)),
        };
        let mut response: Response<Body> = self.agent.run(request).map_err(|error| failed(&error))?;
        let body = response.body_mut().with_config().limit(MAX_ANSWER_LEN).read_to_vec();
        let body = Zeroizing::new(body.map_err(|error| failed(&error))?);
        Ok((response.status(), body))
    }
}

fn require_success(
    endpoint: Endpoint,
    (status, body): (StatusCode, Zeroizing<Vec<u8>>),
) -> Result<Zeroizing<Vec<u8>>, ProviderError> {
    if status == StatusCode::OK { Ok(body) } else { Err(ProviderError::Status { endpoint, status: status.as_u16() }) }
}

/// The credentials of RFC 6749 section 2.3.1, which are encoded as in a form first.
fn basic(id: &str, secret: &str) -> Zeroizing<String> {
    let encoded =
        |text: &str| -> Zeroizing<String> { Zeroizing::new(form_urlencoded::byte_serialize(text.as_bytes()).collect()) };
    let pair = Zeroizing::new(format!("{}:{}", *encoded(id), *encoded(secret)));
    Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
}

/// Describes the error without anything that was sent.
fn describe(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::Timeout(_) => "it did not answer in time".to_owned(),
        ureq::Error::HostNotFound => "its host name cannot be resolved".to_owned(),
        ureq::Error::Rustls(error) => format!("the TLS handshake failed: {error}"),
        ureq::Error::Tls(words) => format!("the TLS handshake failed: {words}"),
        ureq::Error::ConnectionFailed => "the connection failed".to_owned(),
        _ => "its response is not valid HTTP".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_encoded_as_in_a_form_first() {
        assert_eq!(*basic("a:b", "c d%"), format!("Basic {}", STANDARD.encode("a%3Ab:c+d%25")));
    }
}
