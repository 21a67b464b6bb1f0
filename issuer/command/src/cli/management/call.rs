//! One call of the management API, before anybody knows where it goes.

use axum::http::Method;
use url::form_urlencoded;
use zeroize::Zeroizing;

/// What every path of the API begins with.
const ROOT: &str = "/api/v1";

/// A call.
#[derive(Debug)]
pub(in crate::cli) struct Call {
    pub(super) method: Method,
    /// The path and the query.
    pub(super) target: String,
    pub(super) content: Option<Content>,
    pub(super) if_match: Option<String>,
    /// Whether the same call may come twice without being done twice, given a name of its own.
    pub(super) repeatable: bool,
}

/// A body, which may hold a secret.
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

    /// Looks at something; `path` are the segments below the API's root, each as it is.
    pub(in crate::cli) fn get(path: &[&str]) -> Self {
        Self { repeatable: true, ..Self::new(Method::GET, path) }
    }

    /// Does something that does no harm when it is done twice.
    pub(in crate::cli) fn post(path: &[&str]) -> Self {
        Self::new(Method::POST, path).json(&serde_json::json!({}))
    }

    /// Creates something. It is created once, even when the call has to be sent again.
    pub(in crate::cli) fn create(path: &[&str]) -> Self {
        Self { repeatable: true, ..Self::post(path) }
    }

    /// Changes what is given of something.
    pub(in crate::cli) fn patch(path: &[&str]) -> Self {
        Self::new(Method::PATCH, path)
    }

    /// Replaces something.
    pub(in crate::cli) fn put(path: &[&str]) -> Self {
        Self::new(Method::PUT, path)
    }

    /// Removes something.
    pub(in crate::cli) fn delete(path: &[&str]) -> Self {
        Self::new(Method::DELETE, path)
    }

    /// The same call with a JSON body.
    #[must_use]
    pub(in crate::cli) fn json(self, body: &serde_json::Value) -> Self {
        self.content("application/json", body.to_string().into_bytes())
    }

    /// The same call with a body as it is.
    #[must_use]
    pub(in crate::cli) fn content(self, media_type: &'static str, bytes: Vec<u8>) -> Self {
        Self { content: Some(Content { media_type, bytes: bytes.into() }), ..self }
    }

    /// The same call with a parameter in its query, where there is a value for it.
    #[must_use]
    pub(in crate::cli) fn query(mut self, name: &str, value: Option<impl AsRef<str>>) -> Self {
        if let Some(value) = value {
            self.target.push(if self.target.contains('?') { '&' } else { '?' });
            let pair = form_urlencoded::Serializer::new(String::new()).append_pair(name, value.as_ref()).finish();
            self.target.push_str(&pair);
        }
        self
    }

    /// The same call, to be done only while the thing has that entity tag.
    #[must_use]
    pub(in crate::cli) fn if_match(self, tag: Option<String>) -> Self {
        Self { if_match: tag, ..self }
    }
}

/// Writes one segment of a path so that it stays one segment.
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
    fn what_stands_in_a_path_or_a_query_cannot_leave_its_place() {
        let call = Call::get(&["edge-keys", "a/b ?#%é+", "keys"]).query("after", Some("x&y=z +")).query("limit", None::<&str>);
        assert_eq!(call.target, "/api/v1/edge-keys/a%2Fb%20%3F%23%25%C3%A9%2B/keys?after=x%26y%3Dz+%2B");
    }
}
