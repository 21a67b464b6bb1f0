//! The management API on a server.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use axum::http::{Request, Response, header};
use postern_secrets::PlainSecret;
use postern_secrets::{SystemEntropy, random_name};
use rustls::crypto::aws_lc_rs;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};
use zeroize::Zeroizing;

use super::call::Call;
use super::response::{ApiResponse, ErrorResponse};
use super::server_address::ServerAddress;

/// The time limits for the connection, and for the whole call.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_mins(1);

/// The largest response that is read, in bytes. The largest response of an issuer is a bundle with all of its status lists.
const MAX_RESPONSE_LEN: u64 = 64 * 1024 * 1024;

/// A server, and the personal access token for it.
pub(in crate::cli) struct Remote {
    agent: Agent,
    server: String,
    authorization: Zeroizing<String>,
}

impl Remote {
    /// The API on `server`. Sends nothing.
    pub(in crate::cli) fn new(server: &ServerAddress, token: &PlainSecret) -> anyhow::Result<Self> {
        let authorization = Zeroizing::new(format!("Bearer {}", token.expose().trim()));
        if !authorization.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
            bail!("the personal access token has characters that are not allowed: check that it was copied correctly");
        }
        let mut configuration = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect could send the token to another server.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_global(Some(TIMEOUT))
            .user_agent(concat!("postern/", env!("CARGO_PKG_VERSION")));
        if server.is_encrypted() {
            configuration = configuration.https_only(true).tls_config(encryption());
        } else {
            // A proxy could read the token.
            configuration = configuration.proxy(None);
        }
        Ok(Self { agent: configuration.build().new_agent(), server: server.to_string(), authorization })
    }

    /// The server's address.
    pub(in crate::cli) fn server(&self) -> &str {
        &self.server
    }

    /// Sends a call. If the connection breaks, a call that may be repeated is sent once more.
    pub(super) fn send(&self, call: &Call) -> anyhow::Result<ApiResponse> {
        let idempotency_key =
            if call.repeatable && call.content.is_some() { Some(random_name(&SystemEntropy, 32)?) } else { None };
        let sent = match self.send_once(call, idempotency_key.as_deref()) {
            // The server may have carried out the call already. With the same idempotency key it carries the call out only once.
            Err(error) if call.repeatable && is_broken(&error) => self.send_once(call, idempotency_key.as_deref()),
            sent => sent,
        };
        let response = sent.map_err(|error| self.not_reached(call, &error))?;
        self.read(response)
    }

    fn send_once(&self, call: &Call, idempotency_key: Option<&str>) -> Result<Response<Body>, ureq::Error> {
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(format!("{}{}", self.server, call.target))
            .header(header::AUTHORIZATION, self.authorization.as_str());
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key", key);
        }
        if let Some(tag) = &call.if_match {
            request = request.header(header::IF_MATCH, tag);
        }
        match &call.content {
            None => self.agent.run(request.body(())?),
            Some(content) => {
                let request = request.header(header::CONTENT_TYPE, content.media_type);
                self.agent.run(request.body(content.bytes.as_slice())?)
            }
        }
    }

    fn read(&self, mut response: Response<Body>) -> anyhow::Result<ApiResponse> {
        let status = response.status();
        let tag = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let body = response.body_mut().with_config().limit(MAX_RESPONSE_LEN).read_to_vec();
        let body = Zeroizing::new(body.with_context(|| format!("the response of `{}` is incomplete", self.server))?);
        if status.is_success() {
            return Ok(ApiResponse { body, tag });
        }
        let mut error = ErrorResponse::read(status, &body);
        error.message = format!("`{}`: {}", self.server, error.message);
        Err(error.into())
    }

    fn not_reached(&self, call: &Call, error: &ureq::Error) -> anyhow::Error {
        let description = describe(error);
        if description.contains("InvalidContentType") {
            return self.not_encrypted();
        }
        let hint = if description.contains("certificate") {
            "; for certificates of your own authority set `SSL_CERT_FILE`"
        } else if is_broken(error) && !call.method.is_safe() && !call.repeatable {
            "; the change may have been made: check before you retry"
        } else {
            ""
        };
        anyhow!("cannot reach `{}`: {description}{hint}", self.server)
    }

    /// The first bytes of the response are no TLS: they are probably those of the issuer itself, which speaks plain HTTP.
    fn not_encrypted(&self) -> anyhow::Error {
        let plain = self.server.replacen("https://", "http://", 1);
        let advice = match ServerAddress::parse(&plain, false) {
            Ok(plain) => format!("use `{plain}`"),
            Err(_) => format!(
                "use the address of the proxy with TLS before it; or `{plain}` with --dangerous-plain-http, on a network that you trust"
            ),
        };
        anyhow!("cannot reach `{}`: the server answers in plain HTTP, without TLS: {advice}", self.server)
    }
}

fn encryption() -> TlsConfig {
    let roots = rustls_native_certs::load_native_certs().certs;
    let roots = roots.iter().map(|certificate| Certificate::from_der(certificate.as_ref()).to_owned()).collect();
    TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .build()
}

/// Whether the connection was established and then broke.
fn is_broken(error: &ureq::Error) -> bool {
    let broken = [ErrorKind::ConnectionReset, ErrorKind::ConnectionAborted, ErrorKind::BrokenPipe, ErrorKind::UnexpectedEof];
    matches!(error, ureq::Error::Io(error) if broken.contains(&error.kind()))
}

/// Describes the error without anything that was sent.
fn describe(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::Timeout(_) => "timed out".into(),
        ureq::Error::HostNotFound => "host not found".into(),
        ureq::Error::Rustls(error) => error.to_string(),
        ureq::Error::Tls(words) => (*words).into(),
        ureq::Error::ConnectionFailed => "the connection failed".into(),
        _ => "the response is not valid HTTP".into(),
    }
}
