//! The one normal form of a request's path, or the reason why it has none.

use std::borrow::Cow;

use crate::near_miss::try_fold;
use crate::path_problem::PathProblem;

/// A path that every server behind the edge interprets in the same way: it starts with `/`, has no empty, `.` or `..` segment, and
/// percent-encodes (RFC 3986 section 2.1) only characters that must be encoded, in upper-case hexadecimal. It also has the same segments for
/// a lenient server, which drops dots, spaces and invisible characters, or replaces characters by ASCII that looks like them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NormalPath<'a> {
    text: Cow<'a, str>,
    /// The folded form, if it could differ in more than the case of ASCII letters; see [`fold`](crate::fold).
    folded: Option<String>,
    /// Whether the path that was read holds an upper-case letter of ASCII.
    upper: bool,
}

impl<'a> NormalPath<'a> {
    /// Normalises the path of a request target in origin form (RFC 9112 section 3.2.1); a query is cut off.
    pub fn of_target(target: &'a [u8]) -> Result<Self, PathProblem> {
        let end = target.iter().position(|byte| *byte == b'?').unwrap_or(target.len());
        Self::parse(target.get(..end).unwrap_or_default())
    }

    /// Normalises `path`, which has no query.
    pub fn parse(path: &'a [u8]) -> Result<Self, PathProblem> {
        if path.first() != Some(&b'/') {
            return Err(PathProblem::Relative);
        }
        // One pass over every byte; rare characters are checked again afterwards.
        let (mut encoded, mut empty, mut unusual, mut upper, mut previous) = (false, false, false, false, 0);
        for byte in path {
            match byte {
                b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {}
                b'A'..=b'Z' => upper = true,
                b'/' => {
                    empty |= previous == b'/';
                    unusual |= previous == b'.';
                }
                b'%' => encoded = true,
                b'$' => unusual |= previous == b':',
                byte => check_plain(*byte)?,
            }
            previous = *byte;
        }
        // ASCII was just checked, so this cannot fail; if it did, the path would be refused.
        let text = std::str::from_utf8(path).map_err(|_| PathProblem::Unencoded)?;
        let normal = if encoded { Cow::Owned(normalize(path)?) } else { Cow::Borrowed(text) };
        if empty {
            return Err(PathProblem::EmptySegment);
        }
        // A segment `.` or `..` ends with a dot or was encoded, so it is found here.
        let folded = if unusual || encoded || previous == b'.' { Some(try_fold(&normal)?) } else { None };
        Ok(Self { text: normal, folded, upper })
    }

    /// The normal form as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The folded form, which is equal for paths that a lenient server treats as equal; see [`fold`](crate::fold).
    pub fn folded(&self) -> Cow<'_, str> {
        match (&self.folded, &*self.text) {
            (Some(folded), _) => Cow::Borrowed(folded),
            (None, text) if self.upper => Cow::Owned(text.to_ascii_lowercase()),
            (None, text) => Cow::Borrowed(text),
        }
    }

    /// Whether the folded form may differ from the path in more than the case of ASCII letters.
    pub const fn is_unusual(&self) -> bool {
        self.folded.is_some()
    }
}

fn check_plain(byte: u8) -> Result<(), PathProblem> {
    match byte {
        b'\\' => Err(PathProblem::Backslash),
        b';' => Err(PathProblem::Parameter),
        0..=0x1f | 0x7f => Err(PathProblem::Control),
        b' ' | b'?' | b'#' | 0x80.. => Err(PathProblem::Unencoded),
        _ => Ok(()),
    }
}

/// Decodes the escapes that are not needed. The others (a space, `%`, `?`, `#` and bytes beyond ASCII) get upper-case digits.
fn normalize(path: &[u8]) -> Result<String, PathProblem> {
    let decoded = decode(path)?;
    let decoded = std::str::from_utf8(&decoded).map_err(|_| PathProblem::NotUtf8)?;
    let mut normal = String::with_capacity(path.len());
    let mut rest = decoded.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match *byte {
            b'%' if is_escape(after) => return Err(PathProblem::DoublyEncoded),
            byte @ (b' ' | b'%' | b'?' | b'#' | 0x80..) => push_encoded(byte, &mut normal),
            byte => {
                check_plain(byte)?;
                normal.push(char::from(byte));
            }
        }
    }
    Ok(normal)
}

fn decode(path: &[u8]) -> Result<Vec<u8>, PathProblem> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut bytes = path.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        match (bytes.next().and_then(hex_digit), bytes.next().and_then(hex_digit)) {
            (Some(high), Some(low)) => match high << 4 | low {
                b'/' => return Err(PathProblem::EncodedSlash),
                byte => decoded.push(byte),
            },
            _ => return Err(PathProblem::PercentEncoding),
        }
    }
    Ok(decoded)
}

/// Whether two hexadecimal digits come next.
fn is_escape(bytes: &[u8]) -> bool {
    matches!(bytes, [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn push_encoded(byte: u8, text: &mut String) {
    text.push('%');
    for digit in [byte >> 4, byte & 0xf] {
        text.extend(char::from_digit(u32::from(digit), 16).map(|digit| digit.to_ascii_uppercase()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_match_the_vectors() {
        for vector in postern_vectors::paths() {
            let result = NormalPath::of_target(&vector.target);
            match (&vector.normal, result) {
                (Some(expected), Ok(normal)) => assert_eq!(normal.as_str(), expected, "{}", vector.description),
                (None, Err(_)) => {}
                (expected, result) => panic!("{}: expected {expected:?}, got {result:?}", vector.description),
            }
        }
    }

    #[test]
    fn a_normal_form_is_its_own_normal_form() {
        for vector in postern_vectors::paths() {
            if let Some(normal) = vector.normal {
                assert_eq!(NormalPath::parse(normal.as_bytes()).as_ref().map(NormalPath::as_str), Ok(normal.as_str()));
            }
        }
    }

    #[test]
    fn a_plain_path_is_borrowed() {
        assert!(matches!(NormalPath::parse(b"/a/b").unwrap().text, Cow::Borrowed(_)));
    }

    #[test]
    fn only_an_unusual_path_is_folded_beyond_its_case() {
        for (path, unusual) in [
            ("/pizza/1.0.0/menu", false),
            ("/Pizza/.env/a..b", false),
            ("/a:b/$c", false),
            ("/a./b", true),
            ("/a.", true),
            ("/a::$DATA", true),
            ("/%61", true),
            ("/a%20", true),
        ] {
            let path = NormalPath::parse(path.as_bytes()).unwrap();
            assert_eq!(path.is_unusual(), unusual, "{path:?}");
            assert_eq!(path.folded(), crate::fold(path.as_str()), "{path:?}");
        }
        assert!(matches!(NormalPath::parse(b"/a/b").unwrap().folded(), Cow::Borrowed(_)));
    }

    #[test]
    fn a_path_without_a_normal_form_is_refused_for_its_reason() {
        use PathProblem::{DotSegment, DoublyEncoded, EmptySegment};
        for (path, problem) in [
            ("//", EmptySegment),
            ("//a", EmptySegment),
            ("/a//b", EmptySegment),
            ("/a//", EmptySegment),
            ("/.", DotSegment),
            ("/..", DotSegment),
            ("/a/./b", DotSegment),
            ("/a/../b", DotSegment),
            ("/a/%2e%2E/b", DotSegment),
            ("/a%252e", DoublyEncoded),
            ("/a%25aFb", DoublyEncoded),
            // Behind a character that looks like `;`, where a folded path ends a segment.
            ("/a%EF%BC%9B%252e/b", DoublyEncoded),
            ("/.%2e/b", DotSegment),
            ("/a/%2e", DotSegment),
        ] {
            assert_eq!(NormalPath::parse(path.as_bytes()), Err(problem), "{path}");
        }
        for (path, normal) in [("/", "/"), ("/a/", "/a/"), ("/%61%7e", "/a~"), ("/a%25g0", "/a%25g0"), ("/%c3%a9", "/%C3%A9")] {
            assert_eq!(NormalPath::parse(path.as_bytes()).unwrap().as_str(), normal, "{path}");
        }
    }
}
