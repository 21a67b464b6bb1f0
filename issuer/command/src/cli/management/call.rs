//! One call of the management API, local or remote.

use axum::http::Method;
use url::form_urlencoded;
use zeroize::Zeroizing;

/// The path prefix of the API.
const ROOT: &str = "/api/v1";

/// A call.
#[derive(Debug)]
pub(in crate::cli) struct Call {
    pub(super) method: Method,
    /// The path and the query.
    pub(super) target: String,
    pub(super) content: Option<Content>,
    pub(super) if_match: Option<String>,
    /// Whether the call may be sent twice: it only reads, or the server recognises it by its idempotency key.
    pub(super) repeatable: bool,
}

/// A body. It may hold a secret.
pub(super) struct Content {
    pub(super) media_type: &'static str,
    pub(super) bytes: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Content({}, …)", self.media_type)
    }
}

impl Call {
    fn new(method: Method, path: &[&str]) -> Self {
        let mut target = ROOT.to_owned();
        for segment in path {
            target.push('/');
            encode(segment, &mut target);
        }
        Self { method, target, content: None, if_match: None, repeatable: false }
    }

    /// Reads a resource. `path` has the segments below the root of the API, not encoded.
    pub(in crate::cli) fn get(path: &[&str]) -> Self {
        Self { repeatable: true, ..Self::new(Method::GET, path) }
    }

    /// Runs an action that is harmless if it runs twice.
    pub(in crate::cli) fn post(path: &[&str]) -> Self {
        Self::new(Method::POST, path).json(&serde_json::json!({}))
    }

    /// Creates a resource. It is created once, even if the call is sent again.
    pub(in crate::cli) fn create(path: &[&str]) -> Self {
        Self { repeatable: true, ..Self::post(path) }
    }

    /// Changes the given fields of a resource.
    pub(in crate::cli) fn patch(path: &[&str]) -> Self {
        Self::new(Method::PATCH, path)
    }

    /// Replaces a resource.
    pub(in crate::cli) fn put(path: &[&str]) -> Self {
        Self::new(Method::PUT, path)
    }

    /// Removes a resource.
    pub(in crate::cli) fn delete(path: &[&str]) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// Adds a JSON body.
    #[must_use]
    pub(in crate::cli) fn json(self, body: &serde_json::Value) -> Self {
        self.content("application/json", body.to_string().into_bytes())
    }

    /// Adds a body.
    #[must_use]
    pub(in crate::cli) fn content(self, media_type: &'static str, bytes: Vec<u8>) -> Self {
        Self { content: Some(Content { media_type, bytes: bytes.into() }), ..self }
    }

    /// Adds a query parameter, if it has a value.
    #[must_use]
    pub(in crate::cli) fn query(mut self, name: &str, value: Option<impl AsRef<str>>) -> Self {
        if let Some(value) = value {
            self.target.push(if self.target.contains('?') { '&' } else { '?' });
            let pair = form_urlencoded::Serializer::new(String::new()).append_pair(name, value.as_ref()).finish();
            self.target.push_str(&pair);
        }
        self
    }

    /// Makes the call conditional: only while the resource has this entity tag.
    #[must_use]
    pub(in crate::cli) fn if_match(self, tag: Option<String>) -> Self {
        Self { if_match: tag, ..self }
    }
}

/// Percent-encodes one segment of a path, so that it stays one segment.
fn encode(segment: &str, into: &mut String) {
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            into.push_str(form_urlencoded::byte_serialize(&[byte]).next().filter(|text| *text != "+").unwrap_or("%20"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_paths_and_queries_are_encoded() {
        let call = Call::get(&["edge-keys", "a/b ?#%é+", "keys"]).query("after", Some("x&y=z +")).query("limit", None::<&str>);
        assert_eq!(call.target, "/api/v1/edge-keys/a%2Fb%20%3F%23%25%C3%A9%2B/keys?after=x%26y%3Dz+%2B");
    }
}
