//! Fastly's clocks, backends and cache, for following the issuer.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fastly::cache::core::{self, CacheKey};
use fastly::{Body, Request};
use postern_gate::sync::{Answer, IssuerLink, IssuerRequest, Server, StoredAnswer};
use postern_token::UnixSeconds;

use super::log;

/// For how long Fastly has to keep an answer.
const KEPT: Duration = Duration::from_mins(5);

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
        let mut outgoing = Request::get(format!("https://{}{}", server.authority, request.path)).with_pass(true);
        for (name, value) in &request.headers {
            outgoing.set_header(*name, value);
        }
        match outgoing.send(server.cluster.as_str()) {
            Ok(mut response) => {
                let status = response.get_status().as_u16();
                match within(response.take_body(), limit) {
                    Ok(body) => Answer { status, body, age: 0 },
                    Err(_) => Answer::default(),
                }
            }
            Err(error) => {
                log(&format!("the backend `{}` gives no answer: {}", server.cluster, error.root_cause()));
                Answer::default()
            }
        }
    }

    fn log(&mut self, _is_error: bool, message: &str) {
        log(message);
    }

    fn stored(&mut self, name: &str, limit: usize) -> Option<StoredAnswer> {
        let found = core::lookup(key(name)).execute().ok().flatten()?;
        let age = u64::try_from(found.age().as_millis()).ok()?;
        let body = within(found.to_stream().ok()?, limit).ok().flatten()?;
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

/// The body; `None` when it has more than `limit` bytes.
fn within(body: Body, limit: usize) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    body.take(most).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= limit).then_some(bytes))
}
