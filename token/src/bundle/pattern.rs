//! The paths that a resource covers.

use std::cmp::Ordering;
use std::fmt;

use thiserror::Error;

use crate::near_miss::fold;
use crate::path::NormalPath;

/// A path below an API's context: `/menu`, `/orders/{id}/items`, `/orders/*`.
///
/// `{name}` is any one segment. A `*` at the end is everything from there on: `/orders/*` covers `/orders`, `/orders/`
/// and all below. Patterns are equal when they cover the same paths to a lenient server, whatever their names and their case; the
/// smaller of two is the more specific one.
#[derive(Debug, Clone)]
pub struct PathPattern {
    segments: Vec<Segment>,
    /// How the pattern ends: a difference for people, which some servers ignore.
    end: End,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal {
        text: String,
        /// `text` in the form in which near misses coincide.
        folded: String,
    },
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Plain,
    Slash,
    Tail,
}

/// The result of matching a path with a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// The pattern does not match the path.
    No,
    /// The path is a near miss: it would match except for the case of a letter, a slash at the end, or another difference that [`fold`]
    /// removes. Some servers see no such difference, so the path must not fall through to a pattern that requires less.
    Almost,
    /// The pattern matches the path.
    Exact,
}

/// Why a text is not a [`PathPattern`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PatternError {
    /// Not a path in normal form.
    #[error("must be a path in normal form that starts with `/`")]
    Path,
    /// `*` or a brace in a place where it has no meaning.
    #[error("`*` may only be the last segment, and `{{name}}` must be a whole segment")]
    Wildcard,
}

impl PathPattern {
    /// Parses a pattern.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if !NormalPath::parse(text.as_bytes()).is_ok_and(|normal| normal.as_str() == text) {
            return Err(PatternError::Path);
        }
        let (body, end) = match (text.strip_suffix("/*"), text.strip_suffix('/')) {
            (Some(body), _) => (body, End::Tail),
            (_, Some("")) => ("", End::Plain),
            (_, Some(body)) => (body, End::Slash),
            _ => (text, End::Plain),
        };
        let mut segments = Vec::new();
        for segment in segments_of(body) {
            segments.push(Segment::parse(segment)?);
        }
        Ok(Self { segments, end })
    }

    /// Whether `other` is the same pattern in the same spelling, except for the names in braces.
    pub(super) fn is_spelled_like(&self, other: &Self) -> bool {
        self.segments == other.segments && self.end == other.end
    }

    /// Matches `path`, which follows the context, with the pattern. An empty path is the context itself, `/`.
    ///
    /// For a path that [is unusual](NormalPath::is_unusual), [`Match::No`] leaves open whether it is a near miss: ask again with its
    /// folded form.
    pub fn matches(&self, path: &str) -> Match {
        // Bytes, as paths in normal form are mostly ASCII and segments end at a slash, which is.
        let path = path.as_bytes();
        if self.begins_otherwise(path) {
            return Match::No;
        }
        let slash = path.len() > 1 && path.ends_with(b"/");
        let trimmed = path.strip_suffix(b"/").unwrap_or(path);
        let mut actual = trimmed.split(|byte| *byte == b'/');
        actual.next();
        let mut result = Match::Exact;
        for segment in &self.segments {
            match (segment, actual.next()) {
                (Segment::Literal { text, .. }, Some(other)) if text.as_bytes() == other => {}
                (Segment::Literal { folded, .. }, Some(other)) if folded.as_bytes().eq_ignore_ascii_case(other) => {
                    result = Match::Almost;
                }
                (Segment::Any, Some(_)) => {}
                (Segment::Literal { .. }, Some(_)) | (_, None) => return Match::No,
            }
        }
        match self.end {
            End::Tail => result,
            _ if actual.next().is_some() => Match::No,
            end if (end == End::Slash) == slash => result,
            _ => Match::Almost,
        }
    }

    /// Whether the first letters alone show that the pattern does not match. Most patterns of an API differ from a path in them.
    fn begins_otherwise(&self, path: &[u8]) -> bool {
        let (Some(Segment::Literal { text, folded }), [_, first, ..]) = (self.segments.first(), path) else { return false };
        let is_other = |own: &String| own.as_bytes().first().is_some_and(|own| !own.eq_ignore_ascii_case(first));
        is_other(text) && is_other(folded)
    }
}

/// The segments: the text after each slash.
fn segments_of(path: &str) -> std::str::Split<'_, char> {
    let mut segments = path.split('/');
    segments.next();
    segments
}

impl Segment {
    fn parse(text: &str) -> Result<Self, PatternError> {
        match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if !name.is_empty() && !name.contains(['{', '}', '*']) => Ok(Self::Any),
            None if !text.contains(['{', '}', '*']) => {
                let folded = fold(text);
                Ok(Self::Literal { text: text.to_owned(), folded })
            }
            _ => Err(PatternError::Wildcard),
        }
    }
}

impl Ord for PathPattern {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_segment = |(own, other): (&Segment, &Segment)| match (own, other) {
            (Segment::Literal { folded: own, .. }, Segment::Literal { folded: other, .. }) => own.cmp(other),
            (Segment::Literal { .. }, Segment::Any) => Ordering::Less,
            (Segment::Any, Segment::Literal { .. }) => Ordering::Greater,
            (Segment::Any, Segment::Any) => Ordering::Equal,
        };
        let first_difference = self.segments.iter().zip(&other.segments).map(by_segment).find(|order| order.is_ne());
        // The longer pattern first: where both cover a path, the shorter one does so by its `*`.
        first_difference
            .unwrap_or_else(|| other.segments.len().cmp(&self.segments.len()))
            .then_with(|| (self.end == End::Tail).cmp(&(other.end == End::Tail)))
    }
}

impl fmt::Display for PathPattern {
    /// The pattern; the names in braces are not kept.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            match segment {
                Segment::Literal { text, .. } => write!(formatter, "/{text}")?,
                Segment::Any => formatter.write_str("/{}")?,
            }
        }
        formatter.write_str(match self.end {
            End::Tail => "/*",
            End::Slash => "/",
            End::Plain if self.segments.is_empty() => "/",
            End::Plain => "",
        })
    }
}

impl PartialOrd for PathPattern {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for PathPattern {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for PathPattern {}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> PathPattern {
        PathPattern::parse(text).unwrap_or_else(|error| panic!("`{text}`: {error}"))
    }

    #[test]
    fn matches_the_paths_that_it_describes() {
        for (text, path, expected) in [
            ("/menu", "/menu", Match::Exact),
            ("/menu", "/menu/", Match::Almost),
            ("/menu", "/Menu", Match::Almost),
            ("/menu.", "/menu", Match::Almost),
            ("/men%C3%9C", "/men%C3%9C", Match::Exact),
            ("/men%C3%9C", "/men\u{fc}", Match::Almost),
            ("/menu", "/menus", Match::No),
            ("/menu", "/menu/today", Match::No),
            ("/menu", "", Match::No),
            ("/menu/", "/menu/", Match::Exact),
            ("/menu/", "/menu", Match::Almost),
            ("/", "", Match::Exact),
            ("/", "/", Match::Exact),
            ("/", "/x", Match::No),
            ("/*", "", Match::Exact),
            ("/*", "/", Match::Exact),
            ("/*", "/a/b", Match::Exact),
            ("/orders/*", "/orders", Match::Exact),
            ("/orders/*", "/orders/", Match::Exact),
            ("/orders/*", "/orders/1/2", Match::Exact),
            ("/orders/*", "/ORDERS/1", Match::Almost),
            ("/orders/*", "/ordersx", Match::No),
            ("/orders/{id}", "/orders/1", Match::Exact),
            ("/orders/{id}", "/orders", Match::No),
            ("/orders/{id}", "/orders/", Match::No),
            ("/orders/{id}/items", "/orders/1/items", Match::Exact),
            ("/orders/{id}/items", "/orders/1/2/items", Match::No),
        ] {
            assert_eq!(pattern(text).matches(path), expected, "`{text}` and `{path}`");
        }
    }

    #[test]
    fn patterns_that_a_lenient_server_takes_for_the_same_are_equal() {
        assert_eq!(pattern("/keys"), pattern("/%E2%84%AAEYS."));
        assert!(!pattern("/keys").is_spelled_like(&pattern("/Keys")));
        for other in ["/key", "/keys/x", "/keys/*", "/{x}", "/*"] {
            assert_ne!(pattern("/keys"), pattern(other), "{other}");
        }
        for text in ["/", "/*", "/a/*", "/a/", "/%E2%84%AA"] {
            assert_eq!(pattern(text).to_string(), text);
        }
        assert_eq!(pattern("/a/{id}/b").to_string(), "/a/{}/b");
    }

    #[test]
    fn specific_patterns_come_before_general_ones() {
        let mut patterns = ["/*", "/a/*", "/a/{x}", "/a/b", "/a/{x}/c", "/a/b/*", "/a"].map(pattern);
        patterns.sort();
        let first =
            |path: &str| patterns.iter().position(|pattern| pattern.matches(path) == Match::Exact).map(|at| patterns[at].clone());
        for (path, expected) in [
            ("/a/b", "/a/b"),
            ("/a/b/c", "/a/b/*"),
            ("/a/x/c", "/a/{x}/c"),
            ("/a/x", "/a/{x}"),
            ("/a/x/y", "/a/*"),
            ("/a", "/a"),
            ("/z", "/*"),
        ] {
            assert_eq!(first(path), Some(pattern(expected)), "`{path}`");
        }
    }

    #[test]
    fn refuses_ambiguous_patterns() {
        for text in ["", "menu", "/a//b", "/a/../b", "/a*", "/*/a", "/{}", "/{a", "/a}", "/{a}{b}", "/a;b", "/%61", "/a?b", "/**"]
        {
            assert!(PathPattern::parse(text).is_err(), "`{text}`");
        }
    }
}
