//! The reasons why a path has no normal form.

use thiserror::Error;

/// Why a path has no normal form. Servers interpret each of these in different ways, so none of them passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PathProblem {
    /// Not an absolute path: empty, `*`, or without a leading slash.
    #[error("the path does not start with `/`")]
    Relative,
    /// An empty segment.
    #[error("the path contains `//`")]
    EmptySegment,
    /// A `.` or `..` segment, plain or percent-encoded, or another segment that has only dots, spaces and characters that some servers
    /// ignore.
    #[error("the path contains a segment that has only dots, spaces or invisible characters")]
    DotSegment,
    /// A path parameter, plain or percent-encoded.
    #[error("the path contains `;`")]
    Parameter,
    /// A backslash, plain or percent-encoded, or a character that looks like one.
    #[error("the path contains a backslash, or a character that looks like one")]
    Backslash,
    /// A percent-encoded slash, or a character that looks like a slash.
    #[error("the path contains an encoded slash, or a character that looks like a slash")]
    EncodedSlash,
    /// A control character, plain or percent-encoded; NUL is one of them.
    #[error("the path contains a control character")]
    Control,
    /// A `%` that is not followed by two hexadecimal digits.
    #[error("the path contains a `%` that is not followed by two hexadecimal digits")]
    PercentEncoding,
    /// An encoded `%` before two hexadecimal digits: an escape for a server that decodes twice.
    #[error("the path contains a doubly encoded byte")]
    DoublyEncoded,
    /// Percent-encoded bytes that are not UTF-8; some servers read an overlong form as the character it stands for.
    #[error("the path contains percent-encoded bytes that are not UTF-8")]
    NotUtf8,
    /// A byte that a URI must encode: a space, a `?`, a `#`, or anything beyond ASCII.
    #[error("the path contains a byte that must be percent-encoded")]
    Unencoded,
}
