//! Requests for status lists.

/// The timeout of a request for a status list, in milliseconds.
pub(super) const LIST_TIMEOUT: u64 = 5_000;

/// The header fields of a request for a status list.
pub(super) fn list_headers() -> Vec<(&'static str, String)> {
    vec![("accept", "application/statuslist+jwt".to_owned()), ("cache-control", "no-cache".to_owned())]
}

/// The origin, the authority, and the path with the query of a URL.
pub(super) fn split_url(uri: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = uri.split_once(':').and_then(|(scheme, rest)| Some((scheme, rest.strip_prefix("//")?)))?;
    let slash = rest.find('/')?;
    Some((uri.get(..scheme.len() + 3 + slash)?, rest.get(..slash)?, rest.get(slash..)?))
}
