//! Entity tags (RFC 9110 section 8.8.3), and clients that already have the version of a tag.

use axum::http::{HeaderMap, HeaderValue, header};

/// A strong tag of our own: letters, digits, `-` and `_` between quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityTag(HeaderValue);

impl EntityTag {
    /// The tag for content that is called `name`; `None` when that cannot be in a header.
    pub fn new(name: &str) -> Option<Self> {
        HeaderValue::from_str(&format!("\"{name}\"")).ok().map(Self)
    }

    /// The tag, as in a header.
    pub fn value(&self) -> HeaderValue {
        self.0.clone()
    }

    /// Whether the client has the version of this tag (RFC 9110 section 13.1.2). `*` is ignored: it would be the answer to any version, and
    /// a client that was made to send it would never get another one.
    pub fn is_known(&self, headers: &HeaderMap) -> bool {
        lists(headers).any(|list| self.is_in(list))
    }

    fn is_in(&self, list: &str) -> bool {
        // A tag of ours holds no comma, so splitting there cannot make one out of another's.
        list.split(',').map(str::trim).any(|known| self.0 == known.strip_prefix("W/").unwrap_or(known))
    }
}

fn lists(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok())
}

/// The versions that a client has, for a request that waits long: it keeps neither the other headers nor the buffer in which they came.
#[derive(Debug, Clone)]
pub struct KnownVersions(Box<str>);

impl KnownVersions {
    /// Those that the headers name.
    pub fn of(headers: &HeaderMap) -> Self {
        Self(lists(headers).collect::<Vec<_>>().join(",").into())
    }

    /// Like [`EntityTag::is_known`].
    pub fn has(&self, tag: &EntityTag) -> bool {
        tag.is_in(&self.0)
    }
}
