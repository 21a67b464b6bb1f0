//! The one credential of a request, from the one place where it may stand.

use crate::config::CredentialSettings;
use crate::request::{Field, Request};

/// What a request brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential<'a> {
    /// Nothing, or something that is not for us.
    None,
    /// A token, which nobody has looked at yet.
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
        // A host may join repeated fields with a comma (RFC 9110 section 5.2). No credential of ours holds one.
        if value.contains(&b',') {
            return Self::Several;
        }
        let token = match &settings.scheme {
            None => value,
            Some(scheme) => match value.split_at_checked(scheme.len()) {
                Some((head, rest)) if head.eq_ignore_ascii_case(scheme.as_bytes()) && matches!(rest.first(), Some(b' ')) => {
                    rest.trim_ascii_start()
                }
                _ => return Self::None,
            },
        };
        if token.is_empty() { Self::None } else { Self::Token(token) }
    }
}
