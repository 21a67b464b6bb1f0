//! The credential of a request, from the one header that may hold it.

use crate::request::{Field, Request};
use crate::settings::CredentialSettings;

/// The credential that a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential<'a> {
    /// Nothing, or a credential of another scheme.
    None,
    /// A token, not yet parsed. If it cannot be verified, [`is_joined`] tells whether it is several joined tokens.
    Token(&'a [u8]),
    /// More than one credential: the gate and a server behind it could disagree about which one to use.
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
            Some(scheme) => match after_scheme(value, scheme) {
                Some(rest) => rest,
                None if is_joined(value) => return Self::Several,
                None => return Self::None,
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

/// Everything that could be a token in the fields that may hold the credential, however many there are and in whatever scheme or quotes.
pub(crate) fn tokens<'a>(request: &Request<'a>, settings: &CredentialSettings) -> impl Iterator<Item = &'a [u8]> {
    let name = settings.header.as_bytes();
    let fields = request.headers.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(name));
    fields.flat_map(|(_, value)| value.split(|byte| !is_token_byte(*byte))).map(without_dots).filter(|token| !token.is_empty())
}

/// Whether a token (RFC 7515 section 7.1) can hold the byte.
const fn is_token_byte(byte: u8) -> bool {
    matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.')
}

/// Removes the dots at both ends.
fn without_dots(text: &[u8]) -> &[u8] {
    let is_other = |byte: &u8| *byte != b'.';
    let start = text.iter().position(is_other).unwrap_or(text.len());
    let end = text.iter().rposition(is_other).map_or(start, |last| last + 1);
    text.get(start..end).unwrap_or_default()
}

/// What follows `scheme` and at least one space.
fn after_scheme<'a>(value: &'a [u8], scheme: &str) -> Option<&'a [u8]> {
    let (head, rest) = value.split_at_checked(scheme.len())?;
    (head.eq_ignore_ascii_case(scheme.as_bytes()) && rest.starts_with(b" ")).then(|| trim_spaces(rest))
}

/// Removes the `1*SP` between a scheme and its credential (RFC 9110 section 11.4).
fn trim_spaces(value: &[u8]) -> &[u8] {
    let start = value.iter().position(|byte| *byte != b' ').unwrap_or(value.len());
    value.get(start..).unwrap_or_default()
}
