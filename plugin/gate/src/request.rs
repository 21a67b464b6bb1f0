//! A request as the gate sees it: what a host gathered, as bytes.

use std::net::IpAddr;

/// One HTTP request. Nothing in it is validated, and every value may hold any byte.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a [u8],
    /// The request target in origin form, query included (`:path`).
    pub path: &'a [u8],
    /// The authority, `host[:port]` (`:authority` or `Host`); empty when the request has none.
    pub authority: &'a [u8],
    /// All header fields in their order, a repeated field each time. Names may be in upper or lower case; pseudo-headers may be included.
    pub headers: &'a [(&'a [u8], &'a [u8])],
    /// The client's address as the host trusts it. Called at most once, and only for a token that is bound to addresses, because
    /// a call to the host is expensive.
    pub client_address: &'a dyn Fn() -> Option<IpAddr>,
}

/// A header field that a request may have at most once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field<'a> {
    Absent,
    Once(&'a [u8]),
    Repeated,
}

/// Whether `bytes` are a token (RFC 9110 section 5.6.2): the form of a method, a field name and a scheme.
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    let is_token_byte = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !bytes.is_empty() && bytes.iter().all(is_token_byte)
}

/// Whether a field's name is `name`, which is in lower case, as nearly all names are: HTTP/2 allows no others, and Envoy changes those of
/// HTTP/1.
#[inline]
pub(crate) fn is_named(own: &[u8], name: &[u8]) -> bool {
    // The length first, because most names differ in it.
    own.len() == name.len() && (own == name || own.eq_ignore_ascii_case(name))
}

impl<'a> Request<'a> {
    /// The field called `name`, which is in lower case.
    pub(crate) fn field(&self, name: &str) -> Field<'a> {
        let mut found = Field::Absent;
        for (own, value) in self.headers {
            if is_named(own, name.as_bytes()) {
                found = match found {
                    Field::Absent => Field::Once(value),
                    Field::Once(_) | Field::Repeated => return Field::Repeated,
                };
            }
        }
        found
    }

    /// Whether this is a gRPC request, which gets the reply in the form of gRPC. This must be a content type that Envoy treats as gRPC
    /// (`application/grpc` or `application/grpc+…`, in lower case): Envoy would send a gRPC reply to any other request as status 200.
    pub(crate) fn is_grpc(&self) -> bool {
        let Field::Once(value) = self.field("content-type") else { return false };
        value.strip_prefix(b"application/grpc").is_some_and(|rest| matches!(rest.first(), None | Some(b'+')))
    }
}
