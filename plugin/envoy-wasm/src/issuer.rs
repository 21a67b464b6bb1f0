//! HTTP calls to the issuer. Nothing that it answers can make this panic.

use std::time::Duration;

use proxy_wasm::hostcalls as sdk;
use proxy_wasm::types::{BufferType, MapType};

use super::hostcalls::HeaderMap;
use postern_gate::sync::SyncSettings;

/// Sends a request, and returns the number under which the answer comes; `None` when the host does not send it.
pub(super) fn ask(sync: &SyncSettings, path: &str, headers: Vec<(&str, &str)>, timeout: u64) -> Option<u32> {
    let mut all = vec![(":method", "GET"), (":path", path), (":authority", sync.authority.as_str())];
    all.extend(headers);
    sdk::dispatch_http_call(&sync.cluster, all, None, Vec::new(), Duration::from_millis(timeout)).ok()
}

/// What came back.
pub(super) struct Answer {
    /// 0 when there is none: the answer was larger than the host takes, or came to nothing.
    pub(super) status: u16,
    /// The entity tag, or nothing.
    pub(super) etag: String,
    /// The body; `None` when it is larger than was allowed.
    pub(super) body: Option<Vec<u8>>,
}

impl Answer {
    /// Reads the answer that the host is handing over now.
    pub(super) fn read(max_len: usize) -> Self {
        let headers = HeaderMap::of(MapType::HttpCallResponseHeaders);
        #[cfg(feature = "dangerous_trap")]
        super::trap_if_told(&headers.as_ref().and_then(HeaderMap::fields).unwrap_or_default());
        let text = |name: &[u8]| headers.as_ref().and_then(|map| map.value(name)).and_then(|value| str::from_utf8(value).ok());
        let status = text(b":status").and_then(|status| status.parse().ok()).unwrap_or(0);
        let etag = text(b"etag").unwrap_or_default().to_owned();
        let body = sdk::get_buffer(BufferType::HttpCallResponseBody, 0, max_len + 1).ok().map(Option::unwrap_or_default);
        Self { status, etag, body: body.filter(|body| body.len() <= max_len) }
    }
}
