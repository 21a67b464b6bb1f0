//! Statement parameters, for both databases.

use postern_token::UnixSeconds;

/// A parameter. Statements name them `?1`, `?2` and so on.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Null,
    Number(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
    /// A column of values, for statements on many rows at once, which only `PostgreSQL` runs.
    Texts(&'a [Option<&'a str>]),
    /// The same for numbers.
    Numbers(&'a [Option<i64>]),
    /// The same for bytes.
    ByteStrings(&'a [Option<&'a [u8]>]),
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Number(flag.into())
    }
}

/// A time as a number. One beyond the column's range becomes the largest number.
pub(super) fn number(time: UnixSeconds) -> i64 {
    i64::try_from(time.0).unwrap_or(i64::MAX)
}

impl From<UnixSeconds> for Value<'_> {
    fn from(time: UnixSeconds) -> Self {
        Self::Number(number(time))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [Option<&'a str>]> for Value<'a> {
    fn from(texts: &'a [Option<&'a str>]) -> Self {
        Self::Texts(texts)
    }
}

impl<'a> From<&'a [Option<i64>]> for Value<'a> {
    fn from(numbers: &'a [Option<i64>]) -> Self {
        Self::Numbers(numbers)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value<'_> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The parameters of a statement, in order.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::value::Value::from($value)),*][..] };
}

pub(super) use values;
