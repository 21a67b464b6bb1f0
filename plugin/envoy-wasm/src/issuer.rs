//! HTTP calls to the issuer. No answer can make this panic.

use postern_gate::sync::{Answer, IssuerRequest};
use proxy_wasm::hostcalls as sdk;
use proxy_wasm::types::{BufferType, MapType};

use super::hostcalls::{HeaderMap, send_request};

/// Sends a request, and returns its call id; `None` when Envoy does not send it.
pub(super) fn send(cluster: &str, authority: &str, request: &IssuerRequest) -> Option<u32> {
    let mut headers = vec![(":method", "GET"), (":path", &*request.path), (":authority", authority)];
    headers.extend(request.headers.iter().map(|(name, value)| (*name, &**value)));
    send_request(cluster, &headers, u32::try_from(request.timeout).unwrap_or(u32::MAX))
}

/// Reads the answer that Envoy provides during the current callback, with at most `max_len` bytes of body.
pub(super) fn read_answer(max_len: usize) -> Answer {
    let headers = HeaderMap::of(MapType::HttpCallResponseHeaders);
    let text = |name: &[u8]| headers.as_ref().and_then(|map| map.value(name)).and_then(|value| str::from_utf8(value).ok());
    let status = text(b":status").and_then(|status| status.parse().ok()).unwrap_or(0);
    let body = sdk::get_buffer(BufferType::HttpCallResponseBody, 0, max_len + 1).ok().map(Option::unwrap_or_default);
    Answer { status, body: body.filter(|body| body.len() <= max_len), age: 0 }
}
