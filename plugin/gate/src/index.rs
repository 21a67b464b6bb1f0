//! Finds the API and the operation of a request, in time that does not grow with the number of APIs.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use postern_token::bundle::{Api, Match, Operation, WHOLE_API};

/// The APIs of a bundle by their context.
#[derive(Debug)]
pub(crate) struct ApiIndex {
    apis: Vec<Api>,
    /// Positions in `apis` by context in lower case: APIs with hosts first, the one for every host last.
    by_context: ByContext,
    /// The largest number of segments in a context. A longer prefix of a path is never looked up.
    deepest: usize,
}

type ByContext = HashMap<String, Vec<usize>, BuildHasherDefault<Fnv>>;

/// FNV-1a (Fowler, Noll, Vo), for tables whose entries the operator chooses. A client chooses only the looked-up keys and cannot make
/// entries collide, so the standard hasher's protection would only cost time on every request.
#[derive(Debug)]
pub struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The result of a search for an API.
pub(crate) enum Found<'a> {
    /// An API, and where its context ends in the path.
    Api(&'a Api, usize),
    /// An upstream might see an API where the gate sees none: the context differs only in the case of a letter, which some servers
    /// ignore, or the authority is not a valid host.
    Almost,
    /// No API.
    Nothing,
}

impl ApiIndex {
    pub(crate) fn new(apis: Vec<Api>) -> Self {
        let mut by_context = ByContext::with_capacity_and_hasher(apis.len(), BuildHasherDefault::default());
        let mut deepest = 0;
        for (at, api) in apis.iter().enumerate() {
            deepest = deepest.max(api.context.matches('/').count());
            let positions = by_context.entry(api.context.to_ascii_lowercase()).or_default();
            if api.hosts.is_empty() { positions.push(at) } else { positions.insert(0, at) }
        }
        Self { apis, by_context, deepest }
    }

    /// The API with the longest context that `path`, in normal form, begins with, among those that answer for `authority`.
    pub(crate) fn find(&self, path: &str, authority: &[u8]) -> Found<'_> {
        let lower = to_lower(path);
        let mut longest = Some(longest_prefix(path, self.deepest));
        let mut host = None;
        while let Some(end) = longest {
            longest = path.as_bytes().get(..end).and_then(|prefix| prefix.iter().rposition(|byte| *byte == b'/'));
            let Some(positions) = lower.get(..end).and_then(|prefix| self.by_context.get(prefix)) else { continue };
            for api in positions.iter().filter_map(|at| self.apis.get(*at)) {
                // An authority that equals a host of the bundle needs no parsing.
                let mut answers = api.hosts.iter().any(|own| own.as_bytes() == authority);
                if !answers {
                    let Some(host) = host.get_or_insert_with(|| host_of(authority)) else { return Found::Almost };
                    answers = api.hosts.is_empty() || api.hosts.iter().any(|own| own.as_bytes() == &**host);
                }
                if answers {
                    let exact = path.get(..end) == Some(api.context.as_str());
                    return if exact { Found::Api(api, end) } else { Found::Almost };
                }
            }
        }
        if host.unwrap_or_else(|| host_of(authority)).is_some() { Found::Nothing } else { Found::Almost }
    }
}

/// The operation of `api` for `method` at `rest`, the path below its context. The most specific pattern decides
/// alone: a request that it refuses does not fall through to a more general pattern.
pub(crate) fn operation<'a>(api: &'a Api, rest: &str, method: &[u8]) -> Option<&'a Operation> {
    if api.routes.is_empty() {
        return Some(&WHOLE_API);
    }
    for route in &api.routes {
        match route.pattern.matches(rest) {
            Match::No => {}
            Match::Almost => return None,
            Match::Exact => return route.operations.iter().find(|operation| operation.takes(method)),
        }
    }
    None
}

/// The end of the longest prefix of `path` that stops before a slash or at its end and is at most `deepest` segments long.
fn longest_prefix(path: &str, deepest: usize) -> usize {
    let mut slashes = 0;
    for (at, byte) in path.bytes().enumerate() {
        if byte == b'/' {
            if slashes == deepest {
                return at;
            }
            slashes += 1;
        }
    }
    path.len()
}

fn to_lower(path: &str) -> Cow<'_, str> {
    if path.bytes().any(|byte| byte.is_ascii_uppercase()) { Cow::Owned(path.to_ascii_lowercase()) } else { Cow::Borrowed(path) }
}

/// The host of an authority (`host[:port]`) as a bundle writes it: in lower case, without the port and without one dot at its
/// end. `None` when it is no host.
fn host_of(authority: &[u8]) -> Option<Cow<'_, [u8]>> {
    let (host, port) = match authority.iter().rposition(|byte| *byte == b':') {
        Some(colon) if !authority.ends_with(b"]") => (authority.get(..colon)?, authority.get(colon + 1..)?),
        _ => (authority, &b""[..]),
    };
    let host = host.strip_suffix(b".").unwrap_or(host);
    let host = if host.iter().any(u8::is_ascii_uppercase) { Cow::Owned(host.to_ascii_lowercase()) } else { Cow::Borrowed(host) };
    let is_host = std::str::from_utf8(&host).is_ok_and(postern_token::bundle::is_host);
    (is_host && port.iter().all(u8::is_ascii_digit)).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_found_however_it_is_written() {
        for text in ["api.example", "API.Example", "api.example:8443", "api.example.", "api.example.:443", "api.example:"] {
            assert_eq!(host_of(text.as_bytes()).as_deref(), Some(&b"api.example"[..]), "`{text}`");
        }
        assert_eq!(host_of(b"[::1]:8080").as_deref(), Some(&b"[::1]"[..]));
        assert_eq!(host_of(b"[::1]").as_deref(), Some(&b"[::1]"[..]));
        for bad in [
            "",
            ".",
            "api.example..",
            "api.example:1:2",
            "api.example:x",
            "api.example%2e",
            "api.example, x",
            "user@api.example",
            "\u{e9}.example",
        ] {
            assert_eq!(host_of(bad.as_bytes()), None, "`{bad}`");
        }
    }

    #[test]
    fn prefixes_are_bounded_by_the_deepest_context() {
        assert_eq!(longest_prefix("/a/b/c", 2), 4);
        assert_eq!(longest_prefix("/a/b/c", 0), 0);
        assert_eq!(longest_prefix("/a", 5), 2);
        assert_eq!(longest_prefix("/", 1), 1);
        assert_eq!(longest_prefix(&"/a".repeat(100_000), 3), 6);
    }
}
