//! The one credential of a request, from the one place where it may stand.

use crate::request::{Field, Request};
use crate::settings::CredentialSettings;

/// What a request brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential<'a> {
    /// Nothing, or something that is not for us.
    None,
    /// A token, which nobody has looked at yet. Who does asks [`is_joined`] first, unless the very same was looked at before.
    Token(&'a [u8]),
    /// More than one, so that two readers could disagree on which counts.
    Several,
}

impl<'a> Credential<'a> {
    /// Reads the credential (RFC 6750 section 2.1). A token in the query or in a body is never looked at.
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

/// Whether a host joined repeated fields with a comma (RFC 9110 section 5.2), which no credential of ours holds. One in JSON
/// serialization (RFC 7515 section 7.2) has commas of its own, and is refused for what it is.
pub(crate) fn is_joined(value: &[u8]) -> bool {
    value.contains(&b',') && !value.contains(&b'{')
}

/// `1*SP` is all that stands between a scheme and its credential (RFC 9110 section 11.4).
fn trim_spaces(value: &[u8]) -> &[u8] {
    let start = value.iter().position(|byte| *byte != b' ').unwrap_or(value.len());
    value.get(start..).unwrap_or_default()
}
