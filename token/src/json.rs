//! JSON read strictly (RFC 8259): one document in valid UTF-8, and no object with a name twice, at any depth.
//!
//! This is our own reader because every request with a new token goes through it: it borrows text, keeps nothing but the tree, and makes
//! the plugin smaller. A test ensures that it accepts nothing that `serde_json` refuses.

use std::borrow::Cow;

use thiserror::Error;

use crate::repeated::repeated;

/// The names of objects with more members than this are compared with another algorithm, so that no input takes quadratic time.
const FEW_MEMBERS: usize = 16;

/// The maximum nesting of lists and objects.
const MAX_DEPTH: usize = 128;

/// The longest number in characters. The largest integer that is accepted has 20.
const MAX_NUMBER_LEN: usize = 40;

/// The largest exponent: most readers do not accept a number beyond it.
const MAX_EXPONENT: usize = 308;

/// A JSON value. Text without an escape is borrowed from the document.
#[derive(Debug, Clone, PartialEq)]
pub enum Node<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number from 0 to 2^64 − 1, written without fraction and exponent.
    Whole(u64),
    /// A whole number from −2^63 to −1, written without fraction and exponent.
    Negative(i64),
    /// Any other number. Our documents use none, so its value is not kept.
    OtherNumber,
    /// A string.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Node<'a>>),
    /// An object; its names are all different.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

/// Why a text is not one strict JSON document, and where. It contains nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{problem} at line {line}, column {column}")]
pub struct JsonError {
    problem: &'static str,
    /// From 1.
    line: usize,
    /// In characters, from 1.
    column: usize,
}

impl JsonError {
    fn at(at: usize, json: &[u8], problem: &'static str) -> Self {
        let before = json.get(..at).unwrap_or(json);
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        let line = before.split(|byte| *byte == b'\n').count();
        // A byte that continues a character of UTF-8 begins with the bits 10.
        let characters = before.get(start..).unwrap_or_default().iter().filter(|byte| **byte & 0xc0 != 0x80);
        Self { problem, line, column: characters.count() + 1 }
    }
}

impl<'a> Node<'a> {
    /// Reads one document, at most 128 levels deep, with nothing after it.
    pub fn parse(json: &'a [u8]) -> Result<Self, JsonError> {
        let text = std::str::from_utf8(json).map_err(|error| JsonError::at(error.valid_up_to(), json, "not UTF-8"))?;
        let mut reader = Reader { text, at: 0 };
        reader.document().map_err(|Problem(problem)| JsonError::at(reader.at, json, problem))
    }
}

/// A problem at the current position of the reader.
struct Problem(&'static str);

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

fn fail<T>(problem: &'static str) -> Result<T, Problem> {
    Err(Problem(problem))
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Node<'a>, Problem> {
        let node = self.value(MAX_DEPTH)?;
        match self.next_visible() {
            None => Ok(node),
            Some(_) => fail("more after the end"),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is not white space. It is not consumed.
    fn next_visible(&mut self) -> Option<u8> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                other => return other,
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node<'a>, Problem> {
        match self.next_visible() {
            Some(b'"') => Ok(Node::Text(self.string()?)),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Node::Bool(true)),
            Some(b'f') => self.word("false", Node::Bool(false)),
            Some(b'n') => self.word("null", Node::Null),
            Some(_) => fail("no value"),
            None => fail("an end where a value should be"),
        }
    }

    fn word(&mut self, word: &str, node: Node<'a>) -> Result<Node<'a>, Problem> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return fail("no value");
        }
        self.at += word.len();
        Ok(node)
    }

    /// After an item: whether another item follows, or `end` ends the list or object.
    fn goes_on(&mut self, end: u8) -> Result<bool, Problem> {
        match self.next_visible() {
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            Some(byte) if byte == end => {
                self.at += 1;
                Ok(false)
            }
            _ => fail("no comma and no end"),
        }
    }

    /// Whether a list or an object, whose first byte is the next one, is empty.
    fn is_empty(&mut self, end: u8) -> bool {
        self.at += 1;
        let empty = self.next_visible() == Some(end);
        self.at += usize::from(empty);
        empty
    }

    fn list(&mut self, depth: usize) -> Result<Node<'a>, Problem> {
        let Some(below) = depth.checked_sub(1) else { return fail("too many nested levels") };
        let mut items = Vec::new();
        if !self.is_empty(b']') {
            loop {
                items.push(self.value(below)?);
                if !self.goes_on(b']')? {
                    break;
                }
            }
        }
        Ok(Node::List(items))
    }

    fn object(&mut self, depth: usize) -> Result<Node<'a>, Problem> {
        let Some(below) = depth.checked_sub(1) else { return fail("too many nested levels") };
        // Room for the claims of a token, which is what most documents are.
        let mut members: Vec<(Cow<'a, str>, Node<'a>)> = Vec::with_capacity(if depth == MAX_DEPTH { FEW_MEMBERS } else { 0 });
        let mut seen = 0_u64;
        if !self.is_empty(b'}') {
            loop {
                if self.next_visible() != Some(b'"') {
                    return fail("no name in double quotes (perhaps a comma too many)");
                }
                let name = self.string()?;
                // Names are compared only where they could be the same by their length and their ends.
                let mark = 1_u64.rotate_left(mark(name.as_bytes()));
                if seen & mark != 0 && members.len() < FEW_MEMBERS && members.iter().any(|(other, _)| same(other, &name)) {
                    return fail("a repeated name");
                }
                seen |= mark;
                if self.next_visible() != Some(b':') {
                    return fail("no colon");
                }
                self.at += 1;
                members.push((name, self.value(below)?));
                if !self.goes_on(b'}')? {
                    break;
                }
            }
        }
        if members.len() > FEW_MEMBERS && !repeated(&mut members.iter().map(|(name, _)| &**name)).is_empty() {
            return fail("a repeated name");
        }
        Ok(Node::Object(members))
    }

    /// A string, borrowed where it holds no escape. Its first quotation mark is the next byte.
    fn string(&mut self) -> Result<Cow<'a, str>, Problem> {
        self.at += 1;
        let plain = self.plain()?;
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = plain.to_owned();
        loop {
            // A backslash.
            self.at += 1;
            let escaped = self.escaped()?;
            text.push(escaped);
            text.push_str(self.plain()?);
            if self.peek() == Some(b'"') {
                self.at += 1;
                return Ok(Cow::Owned(text));
            }
        }
    }

    /// The text up to the next quotation mark or backslash.
    fn plain(&mut self) -> Result<&'a str, Problem> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        while let Some(chunk) = bytes.get(self.at..).and_then(<[u8]>::first_chunk) {
            let special = special_bytes(*chunk);
            // Eight if there is none.
            self.at += special.trailing_zeros() as usize / 8;
            if special != 0 {
                break;
            }
        }
        loop {
            match self.peek() {
                Some(b'"' | b'\\') => break,
                Some(0..0x20) => return fail("a control character in a string"),
                Some(_) => self.at += 1,
                None => return fail("an end inside of a string"),
            }
        }
        // Both ends are beside ASCII characters, so that no character is cut.
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }

    fn escaped(&mut self) -> Result<char, Problem> {
        let character = match self.peek() {
            Some(character @ (b'"' | b'\\' | b'/')) => char::from(character),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.escaped_unicode(),
            _ => return fail("no escape"),
        };
        self.at += 1;
        Ok(character)
    }

    /// `uXXXX`, or two of them that are a surrogate pair (RFC 8259 section 7). A surrogate by itself is no character.
    fn escaped_unicode(&mut self) -> Result<char, Problem> {
        let first = self.code_unit()?;
        if let Some(character) = char::from_u32(first) {
            return Ok(character);
        }
        if self.peek() == Some(b'\\') {
            self.at += 1;
            if self.peek() == Some(b'u') {
                let second = self.code_unit()?;
                if (0xd800..0xdc00).contains(&first) && (0xdc00..0xe000).contains(&second) {
                    let code_point = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                    return char::from_u32(code_point).map_or_else(|| fail("no character"), Ok);
                }
            }
        }
        fail("a surrogate by itself")
    }

    fn code_unit(&mut self) -> Result<u32, Problem> {
        self.at += 1;
        let digits = self.text.as_bytes().get(self.at..).and_then(<[u8]>::first_chunk::<4>);
        let mut unit = 0;
        for digit in digits.copied().unwrap_or_default() {
            let Some(value) = char::from(digit).to_digit(16) else { return fail("no four hexadecimal digits") };
            unit = unit << 4 | value;
        }
        self.at += 4;
        Ok(unit)
    }

    fn number(&mut self) -> Result<Node<'a>, Problem> {
        let start = self.at;
        let negative = self.skip(b"-");
        let (digits, whole) = self.digits();
        let first = self.text.as_bytes().get(self.at - digits);
        if digits == 0 || (digits > 1 && first == Some(&b'0')) {
            return fail("no number");
        }
        let mut is_whole = true;
        if self.skip(b".") {
            is_whole = false;
            if self.digits().0 == 0 {
                return fail("no number");
            }
        }
        if self.skip(b"eE") {
            is_whole = false;
            self.skip(b"+-");
            let (digits, exponent) = self.digits();
            if digits == 0 || exponent.is_none_or(|exponent| exponent > MAX_EXPONENT as u64) {
                return fail("no number");
            }
        }
        if self.at - start > MAX_NUMBER_LEN {
            return fail("a number that is too long");
        }
        let whole = whole.filter(|_| is_whole);
        Ok(if negative {
            let number = whole.filter(|number| *number > 0).and_then(|number| 0_i64.checked_sub_unsigned(number));
            number.map_or(Node::OtherNumber, Node::Negative)
        } else {
            whole.map_or(Node::OtherNumber, Node::Whole)
        })
    }

    fn skip(&mut self, any: &[u8]) -> bool {
        let there = self.peek().is_some_and(|byte| any.contains(&byte));
        self.at += usize::from(there);
        there
    }

    /// The number of digits that follow, and their value if it fits.
    fn digits(&mut self) -> (usize, Option<u64>) {
        let start = self.at;
        let mut value = Some(0_u64);
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            value = value.and_then(|value| value.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
            self.at += 1;
        }
        (self.at - start, value)
    }
}

/// The highest bit of each byte that is a quotation mark, a backslash or a control character, in little-endian order. Eight at a time (Warren,
/// Hacker's Delight, section 6-1); bytes after the first match may be reported wrongly, but no match is missed.
const fn special_bytes(bytes: [u8; 8]) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH: u64 = ONES << 7;
    const fn below(word: u64, limit: u64) -> u64 {
        word.wrapping_sub(ONES * limit) & !word
    }
    let word = u64::from_le_bytes(bytes);
    let quotation_mark = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    (below(word, 0x20) | below(quotation_mark, 1) | below(backslash, 1)) & HIGH
}

/// A hash of a name: equal names have equal hashes, and different names mostly have different ones.
fn mark(name: &[u8]) -> u32 {
    let byte = |byte: Option<&u8>| u32::from(byte.copied().unwrap_or_default());
    byte(name.first()) * 5 + byte(name.get(2)) + byte(name.last()) * 11
}

/// Whether two names are the same; most differ in length.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one == other
}

#[cfg(test)]
mod tests;
