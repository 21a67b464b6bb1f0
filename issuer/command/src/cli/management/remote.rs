//! The management API on a server.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use axum::http::{Request, Response, StatusCode, header};
use postern_secrets::PlainSecret;
use postern_secrets::{SystemEntropy, random_name};
use rustls::crypto::aws_lc_rs;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};
use zeroize::Zeroizing;

use super::call::Call;
use super::response::{ApiResponse, ErrorResponse};
use super::server_address::ServerAddress;

/// How long it may take to reach the server, and to have its whole answer.
const CONNECT: Duration = Duration::from_secs(10);
const WHOLE: Duration = Duration::from_mins(1);

/// More than the longest answer, a bundle with all of its status lists.
const MAX_ANSWER: u64 = 64 * 1024 * 1024;

/// A server, and the token that it knows somebody by.
pub(in crate::cli) struct Remote {
    agent: Agent,
    server: String,
    authorization: Zeroizing<String>,
}

impl Remote {
    /// The API on `server`. Nothing is sent yet.
    pub(in crate::cli) fn new(server: &ServerAddress, token: &PlainSecret) -> anyhow::Result<Self> {
        let authorization = Zeroizing::new(format!("Bearer {}", token.expose().trim()));
        if !authorization.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
            bail!("the personal access token has characters that are not allowed: check that it was copied correctly");
        }
        let mut configuration = Agent::config_builder()
            .http_status_as_error(false)
            // The token goes nowhere else.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(WHOLE))
            .user_agent(concat!("postern/", env!("CARGO_PKG_VERSION")));
        if server.is_encrypted() {
            configuration = configuration.https_only(true).tls_config(encryption());
        } else {
            // A proxy would read it.
            configuration = configuration.proxy(None);
        }
        Ok(Self { agent: configuration.build().new_agent(), server: server.to_string(), authorization })
    }

    /// The server's address.
    pub(in crate::cli) fn server(&self) -> &str {
        &self.server
    }

    pub(super) fn send(&self, call: &Call) -> anyhow::Result<ApiResponse> {
        let key = if call.repeatable && call.content.is_some() { Some(random_name(&SystemEntropy, 32)?) } else { None };
        let sent = match self.send_once(call, key.as_deref()) {
            // It may have been done or not; under the same key it is done once.
            Err(error) if call.repeatable && is_broken(&error) => self.send_once(call, key.as_deref()),
            sent => sent,
        };
        let response = sent.map_err(|error| self.unreached(call, &error))?;
        self.read(response)
    }

    fn send_once(&self, call: &Call, key: Option<&str>) -> Result<Response<Body>, ureq::Error> {
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(format!("{}{}", self.server, call.target))
            .header(header::AUTHORIZATION, self.authorization.as_str());
        if let Some(key) = key {
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
        let body = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        let body = Zeroizing::new(body.with_context(|| format!("the response of `{}` is incomplete", self.server))?);
        if status.is_success() {
            return Ok(ApiResponse { body, tag });
        }
        let mut refusal = ErrorResponse::read(status, &body);
        refusal.words = format!("`{}`: {}{}", self.server, refusal.words, advice(refusal.status, &refusal.code));
        Err(refusal.into())
    }

    fn unreached(&self, call: &Call, error: &ureq::Error) -> anyhow::Error {
        let words = describe(error);
        let hint = if words.contains("certificate") {
            "; for certificates of your own authority set `SSL_CERT_FILE`"
        } else if is_broken(error) && !call.method.is_safe() && !call.repeatable {
            "; the change may have been made: check before you retry"
        } else {
            ""
        };
        anyhow!("cannot reach `{}`: {words}{hint}", self.server)
    }
}

/// What to do about a refusal, as what its sentence goes on with.
fn advice(status: StatusCode, code: &str) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "; run `postern login` again, or set `POSTERN_TOKEN` to another token",
        StatusCode::FORBIDDEN => "; `postern whoami` shows your role, which an administrator can change",
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => "; try again later",
        _ if code.is_empty() => "; check that this is the address of a Postern issuer",
        _ => "",
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

/// Whether the connection was there and broke.
fn is_broken(error: &ureq::Error) -> bool {
    let broken = [ErrorKind::ConnectionReset, ErrorKind::ConnectionAborted, ErrorKind::BrokenPipe, ErrorKind::UnexpectedEof];
    matches!(error, ureq::Error::Io(error) if broken.contains(&error.kind()))
}

/// The error in words of ours; none of them says what was sent.
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
