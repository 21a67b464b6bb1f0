//! Scopes (RFC 6749 section 3.3).

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};
use thiserror::Error;

use crate::repeated::repeated;

/// The longest scope value in bytes.
const MAX_LEN: usize = 2048;

/// One or more scope tokens separated by single spaces; order is kept and carries no meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes<'a>(Cow<'a, str>);

/// Why a text is not a scope value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ScopeError {
    /// An empty text, or more than 2,048 bytes.
    #[error("a scope must be 1 to 2,048 characters long")]
    Length,
    /// A character that RFC 6749 section 3.3 does not allow, or a space where none belongs.
    #[error("a scope holds printable ASCII without `\"` and `\\`, and scopes are separated by one space")]
    Character,
    /// The same scope twice.
    #[error("a scope is named twice")]
    Repeated,
}

impl<'a> Scopes<'a> {
    /// Parses a scope value.
    pub fn parse(text: impl Into<Cow<'a, str>>) -> Result<Self, ScopeError> {
        let text = text.into();
        if text.is_empty() || text.len() > MAX_LEN {
            return Err(ScopeError::Length);
        }
        let mut last = b' ';
        for byte in text.bytes() {
            if !matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e) || (last, byte) == (b' ', b' ') {
                return Err(ScopeError::Character);
            }
            last = byte;
        }
        if last == b' ' {
            return Err(ScopeError::Character);
        }
        if text.contains(' ') && !repeated(&mut text.split(' ')).is_empty() {
            return Err(ScopeError::Repeated);
        }
        Ok(Self(text))
    }

    /// The scope value, as in a claim or a parameter.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The individual scopes.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ')
    }

    /// Whether `scope` is one of them.
    pub fn contains(&self, scope: &str) -> bool {
        self.0.as_bytes().split(|byte| *byte == b' ').any(|held| held.len() == scope.len() && held == scope.as_bytes())
    }

    /// The same scopes, owning their text.
    pub fn into_owned(self) -> Scopes<'static> {
        Scopes(Cow::Owned(self.0.into_owned()))
    }
}

impl fmt::Display for Scopes<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Serialize for Scopes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_rfc_6749_section_3_3() {
        let scopes = Scopes::parse("orders menu:read").unwrap();
        assert!(scopes.contains("orders") && scopes.contains("menu:read"));
        assert!(!scopes.contains("order") && !scopes.contains("Orders") && !scopes.contains(""));
        for (bad, error) in [
            ("", ScopeError::Length),
            (" a", ScopeError::Character),
            ("a  b", ScopeError::Character),
            ("a\"b", ScopeError::Character),
            ("a\\b", ScopeError::Character),
            ("a\tb", ScopeError::Character),
            ("a b a", ScopeError::Repeated),
        ] {
            assert_eq!(Scopes::parse(bad), Err(error), "`{bad}`");
        }
    }

    #[test]
    fn a_scope_value_has_at_most_2048_characters() {
        let value = |len: usize| Scopes::parse("a".repeat(len));
        assert!(value(2048).is_ok_and(|scopes| scopes.to_string().len() == 2048));
        assert_eq!(value(2049), Err(ScopeError::Length));
    }
}
