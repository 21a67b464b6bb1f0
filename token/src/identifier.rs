//! Short names that travel in claims, in keys and, once verified, in header values.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};
use thiserror::Error;

/// The longest identifier in bytes; `OpenID` Connect Core 1.0 section 2 sets the same bound for `sub`.
const MAX_LEN: usize = 255;

/// A name of 1 to 255 printable ASCII characters (`VSCHAR`, RFC 6749 appendix A) without a space at either end.
///
/// So every identifier is safe as a header value: it has no control characters, no line breaks, and no spaces to trim.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier<'a>(Cow<'a, str>);

/// The name of a key: an [`Identifier`] in a key set or in a token's header.
pub type Kid<'a> = Identifier<'a>;

/// Why a text is not an [`Identifier`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum IdentifierError {
    /// An empty text, or more than 255 bytes.
    #[error("must be 1 to 255 characters long")]
    Length,
    /// A character outside `0x20..=0x7e`, or a space at an end.
    #[error("may hold printable ASCII characters only, with no space at either end")]
    Character,
}

impl<'a> Identifier<'a> {
    /// Parses an identifier.
    pub fn parse(text: impl Into<Cow<'a, str>>) -> Result<Self, IdentifierError> {
        let text = text.into();
        check(&text)?;
        Ok(Self(text))
    }

    /// The identifier as text.
    #[inline]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same identifier, owning its text.
    pub fn into_owned(self) -> Identifier<'static> {
        Identifier(Cow::Owned(self.0.into_owned()))
    }
}

fn check(text: &str) -> Result<(), IdentifierError> {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) if bytes.len() <= MAX_LEN => {
            let printable = bytes.iter().all(|byte| matches!(byte, 0x20..=0x7e));
            if printable && *first != b' ' && *last != b' ' { Ok(()) } else { Err(IdentifierError::Character) }
        }
        _ => Err(IdentifierError::Length),
    }
}

impl fmt::Display for Identifier<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Serialize for Identifier<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_only_text_that_a_header_value_can_carry() {
        for good in ["a", "alice@partners", "two words", &"x".repeat(255)] {
            assert_eq!(Identifier::parse(good).map(|name| name.to_string()).as_deref(), Ok(good));
        }
        assert_eq!(Identifier::parse(""), Err(IdentifierError::Length));
        assert_eq!(Identifier::parse("x".repeat(256)), Err(IdentifierError::Length));
        for bad in ["a\r\nb", "a\0", " a", "a ", "\u{e9}", "\u{7f}"] {
            assert_eq!(Identifier::parse(bad), Err(IdentifierError::Character), "{bad:?}");
        }
    }
}
