//! The credential of a request, from the one header that may hold it.

use crate::request::{Field, Request};
use crate::settings::CredentialSettings;

/// What the request holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential<'a> {
    /// Nothing, or a credential of another scheme.
    None,
    /// A token, not yet parsed. When it cannot be verified, [`is_joined`] tells whether it is more than one.
    Token(&'a [u8]),
    /// More than one: the gate and a server behind it could disagree about which one to use.
    Several,
}

impl<'a> Credential<'a> {
    /// Reads the credential (RFC 6750 section 2.1). A token in the query or the body is never read.
    pub(crate) fn of(request: &Request<'a>, settings: &CredentialSettings) -> Self {
        let value = match request.field(&settings.header) {
            Field::Absent => return Self::None,
            Field::Repeated => return Self::Several,
            Field::Once(value) => value.trim_ascii(),
        };
        let token = match &settings.scheme {
            None => value,
            Some(scheme) => match value.split_at_checked(scheme.len()) {
                Some((head, rest)) if head.eq_ignore_ascii_case(scheme.as_bytes()) && rest.starts_with(b" ") => trim_spaces(rest),
                _ if is_joined(value) => return Self::Several,
                _ => return Self::None,
            },
        };
        if token.is_empty() { Self::None } else { Self::Token(token) }
    }
}

/// Whether the value is several fields that a host joined with commas (RFC 9110 section 5.2). No token holds a comma, except one in
/// JSON serialization (RFC 7515 section 7.2), which is refused as a malformed token.
pub(crate) fn is_joined(value: &[u8]) -> bool {
    value.contains(&b',') && !value.contains(&b'{')
}

/// Removes the `1*SP` between a scheme and its credential (RFC 9110 section 11.4).
fn trim_spaces(value: &[u8]) -> &[u8] {
    let start = value.iter().position(|byte| *byte != b' ').unwrap_or(value.len());
    value.get(start..).unwrap_or_default()
}
