//! Fastly's clocks, backends and cache, for following the issuer.

use std::io::Write as _;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fastly::cache::core::{self, CacheKey};
use fastly::http::Url;
use fastly::{Backend, Body, Request};
use postern_gate::sync::{Answer, IssuerLink, IssuerRequest, Server, StoredAnswer};
use postern_token::UnixSeconds;

use super::log;

/// For how long Fastly has to keep an answer: as long as the longest `max_staleness_seconds`.
const KEPT: Duration = Duration::from_hours(24);

/// How long the cache may take for a body.
const CACHE_PATIENCE: Duration = Duration::from_millis(500);

/// The most bytes that are read at once.
const CHUNK: usize = 64 * 1024;

/// The host of this program.
pub(super) struct ComputeLink {
    /// When the instance started.
    pub(super) begin: Instant,
}

impl IssuerLink for ComputeLink {
    fn monotonic(&self) -> u64 {
        u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// If the clock cannot be read, this is the end of time, so that every token with an expiry has expired.
    fn unix_time(&self) -> UnixSeconds {
        #[expect(clippy::disallowed_methods, reason = "this is the clock of this host")]
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        UnixSeconds(since.map_or(u64::MAX, |since| since.as_secs()))
    }

    fn ask(&mut self, server: &Server, request: &IssuerRequest, limit: usize) -> Answer {
        answer(server, request, limit).unwrap_or_else(|reason| {
            log(&format!("the backend `{}` gives no answer: {reason}", server.cluster));
            Answer::default()
        })
    }

    fn log(&mut self, _is_error: bool, message: &str) {
        log(message);
    }

    fn stored(&mut self, name: &str, limit: usize) -> Option<StoredAnswer> {
        let found = core::lookup(key(name)).execute().ok().flatten()?;
        let age = u64::try_from(found.age().as_millis()).ok()?;
        let body = within(found.to_stream().ok()?, limit, Instant::now() + CACHE_PATIENCE).ok().flatten()?;
        Some(StoredAnswer { body, age })
    }

    fn store(&mut self, name: &str, body: &[u8]) {
        let length = u64::try_from(body.len()).unwrap_or_default();
        let stored = core::insert(key(name), KEPT).known_length(length).sensitive_data(true).execute();
        let stored = stored.map_err(|error| error.to_string()).and_then(|mut stream| {
            let written = stream.write_all(body).map_err(|error| error.to_string());
            written.and_then(|()| stream.finish().map_err(|error| error.to_string()))
        });
        if let Err(error) = stored {
            log(&format!("an answer of the issuer cannot be put into Fastly's cache: {error}"));
        }
    }
}

fn key(name: &str) -> CacheKey {
    CacheKey::copy_from_slice(name.as_bytes())
}

/// The backend's answer. Fastly follows no redirect.
fn answer(server: &Server, request: &IssuerRequest, limit: usize) -> Result<Answer, String> {
    let deadline = Instant::now() + Duration::from_millis(request.timeout);
    let backend = Backend::from_name(&server.cluster).map_err(|error| error.to_string())?;
    let url = Url::parse(&format!("https://{}{}", server.authority, request.path));
    let url = url.map_err(|error| format!("`{}` is not an authority: {error}", server.authority))?;
    let mut outgoing = Request::get(url).with_pass(true);
    for (name, value) in &request.headers {
        outgoing.set_header(*name, value);
    }
    // Until the head has come, the timeouts of the backend apply.
    let mut response = outgoing.send(backend).map_err(|error| error.root_cause().to_string())?;
    let body = within(response.take_body(), limit, deadline).map_err(|error| error.to_string())?;
    Ok(Answer { status: response.get_status().as_u16(), body, age: 0 })
}

/// The body; `None` when it has more than `limit` bytes.
fn within(mut body: Body, limit: usize, deadline: Instant) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    for chunk in body.read_chunks(CHUNK) {
        bytes.extend(chunk?);
        if bytes.len() > limit {
            return Ok(None);
        }
        if Instant::now() > deadline {
            return Err(std::io::ErrorKind::TimedOut.into());
        }
    }
    Ok(Some(bytes))
}
