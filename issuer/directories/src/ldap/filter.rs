//! Search filters (RFC 4515) with placeholders.
//!
//! A filter is parsed before values are substituted, so a value cannot change the structure of the filter (LDAP injection).

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use super::ber::{self, BOOLEAN, OCTETS, SEQUENCE};

/// The maximum nesting depth of a filter.
const MAX_DEPTH: usize = 16;

/// A filter with the placeholders `{user}` (the user's name) and `{dn}` (the DN of the user's entry).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    text: String,
    node: Node,
    user: bool,
    dn: bool,
}

/// The values of the placeholders.
#[derive(Debug, Clone, Copy)]
pub(super) struct Values<'v> {
    pub(super) user: &'v str,
    pub(super) dn: &'v str,
}

/// The reason why a text is not a valid filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum FilterError {
    /// The parentheses do not match, or there is text outside of them.
    #[error("must be a filter in parentheses, such as `(uid={{user}})`, and every parenthesis must be closed")]
    Parentheses,
    /// The filter is nested too deeply.
    #[error("has more than {MAX_DEPTH} levels of parentheses")]
    Depth,
    /// A comparison is invalid, for example because its left side is not an attribute.
    #[error("must compare attributes, each as `(attribute=value)`")]
    Comparison,
    /// A `\` is not followed by two hexadecimal digits.
    #[error("has a `\\` that is not followed by two hexadecimal digits")]
    Escape,
    /// A brace does not belong to a known placeholder.
    #[error("may use braces only for `{{user}}` and `{{dn}}`; write a literal brace as `\\7b` or `\\7d`")]
    Placeholder,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Present(String),
    /// An equality, order or approximate match, according to the tag.
    Compare(u8, String, Text),
    /// The parts of the value, in this order, each with its tag: initial, any or final.
    Substrings(String, Vec<(u8, Text)>),
    /// An extensible match, with a matching rule. `dn_attributes` also matches the attributes of the DN.
    Extensible {
        attribute: Option<String>,
        rule: Option<String>,
        dn_attributes: bool,
        value: Text,
    },
}

type Text = Vec<Part>;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Bytes(Vec<u8>),
    User,
    Dn,
}

const AND: u8 = 0xa0;
const OR: u8 = 0xa1;
const NOT: u8 = 0xa2;
const EQUAL: u8 = 0xa3;
const SUBSTRINGS: u8 = 0xa4;
const GREATER: u8 = 0xa5;
const LESS: u8 = 0xa6;
const PRESENT: u8 = 0x87;
const APPROXIMATE: u8 = 0xa8;
const EXTENSIBLE: u8 = 0xa9;
const INITIAL: u8 = 0x80;
const ANY: u8 = 0x81;
const FINAL: u8 = 0x82;

impl Filter {
    /// Parses a filter.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let mut parser = Parser { rest: text.trim(), user: false, dn: false };
        let node = parser.node(MAX_DEPTH)?;
        if parser.rest.is_empty() {
            Ok(Self { text: text.trim().to_owned(), node, user: parser.user, dn: parser.dn })
        } else {
            Err(FilterError::Parentheses)
        }
    }

    /// Whether the filter holds the placeholder `{user}`.
    pub const fn uses_user(&self) -> bool {
        self.user
    }

    /// Whether the filter holds the placeholder `{dn}`.
    pub const fn uses_dn(&self) -> bool {
        self.dn
    }

    /// Substitutes the placeholders and encodes the filter for a search request.
    pub(super) fn encode(&self, values: Values<'_>) -> Zeroizing<Vec<u8>> {
        self.node.encode(values)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(formatter)
    }
}

impl Node {
    fn encode(&self, values: Values<'_>) -> Zeroizing<Vec<u8>> {
        let all =
            |nodes: &[Self]| Zeroizing::new(nodes.iter().flat_map(|node| node.encode(values).to_vec()).collect::<Vec<u8>>());
        match self {
            Self::And(nodes) => ber::element(AND, &[&all(nodes)]),
            Self::Or(nodes) => ber::element(OR, &[&all(nodes)]),
            Self::Not(node) => ber::element(NOT, &[&node.encode(values)]),
            Self::Present(attribute) => ber::element(PRESENT, &[attribute.as_bytes()]),
            Self::Compare(tag, attribute, value) => {
                ber::element(*tag, &[&octets(attribute), &ber::element(OCTETS, &[&substitute(value, values)])])
            }
            Self::Substrings(attribute, pieces) => {
                let pieces: Vec<u8> =
                    pieces.iter().flat_map(|(tag, text)| ber::element(*tag, &[&substitute(text, values)]).to_vec()).collect();
                ber::element(SUBSTRINGS, &[&octets(attribute), &ber::element(SEQUENCE, &[&pieces])])
            }
            Self::Extensible { attribute, rule, dn_attributes, value } => {
                let optional = |tag: u8, text: &Option<String>| {
                    text.as_ref().map(|text| ber::element(tag, &[text.as_bytes()])).unwrap_or_default()
                };
                let dn_attributes = if *dn_attributes { ber::element(0x84, &[&[0xff]]) } else { Zeroizing::default() };
                let value = ber::element(0x83, &[&substitute(value, values)]);
                ber::element(EXTENSIBLE, &[&optional(0x81, rule), &optional(0x82, attribute), &value, &dn_attributes])
            }
        }
    }
}

fn octets(text: &str) -> Zeroizing<Vec<u8>> {
    ber::element(OCTETS, &[text.as_bytes()])
}

fn substitute(text: &Text, values: Values<'_>) -> Vec<u8> {
    let part = |part: &Part| match part {
        Part::Bytes(bytes) => bytes.clone(),
        Part::User => values.user.as_bytes().to_vec(),
        Part::Dn => values.dn.as_bytes().to_vec(),
    };
    text.iter().flat_map(part).collect()
}

struct Parser<'t> {
    rest: &'t str,
    user: bool,
    dn: bool,
}

impl<'t> Parser<'t> {
    fn skip(&mut self, text: char) -> Result<(), FilterError> {
        self.rest = self.rest.strip_prefix(text).ok_or(FilterError::Parentheses)?;
        Ok(())
    }

    fn node(&mut self, depth: usize) -> Result<Node, FilterError> {
        let depth = depth.checked_sub(1).ok_or(FilterError::Depth)?;
        self.skip('(')?;
        let node = match self.rest.chars().next() {
            Some('&') => Node::And(self.nodes(depth)?),
            Some('|') => Node::Or(self.nodes(depth)?),
            Some('!') => {
                self.skip('!')?;
                Node::Not(Box::new(self.node(depth)?))
            }
            _ => {
                let end = self.rest.find(['(', ')']).ok_or(FilterError::Parentheses)?;
                let (item, rest) = self.rest.split_at(end);
                self.rest = rest;
                self.item(item)?
            }
        };
        self.skip(')')?;
        Ok(node)
    }

    /// Parses the operator character and at least one filter after it.
    fn nodes(&mut self, depth: usize) -> Result<Vec<Node>, FilterError> {
        self.rest = self.rest.get(1..).unwrap_or_default();
        let mut nodes = vec![self.node(depth)?];
        while self.rest.starts_with('(') {
            nodes.push(self.node(depth)?);
        }
        Ok(nodes)
    }

    fn item(&mut self, item: &'t str) -> Result<Node, FilterError> {
        let (left, right) = item.split_once('=').ok_or(FilterError::Comparison)?;
        if let Some(left) = left.strip_suffix(':') {
            return self.extensible(left, right);
        }
        for (suffix, tag) in [('>', GREATER), ('<', LESS), ('~', APPROXIMATE)] {
            if let Some(left) = left.strip_suffix(suffix) {
                return Ok(Node::Compare(tag, attribute(left)?, self.value_without_wildcard(right)?));
            }
        }
        let attribute = attribute(left)?;
        if right == "*" {
            return Ok(Node::Present(attribute));
        }
        if !right.contains('*') {
            return Ok(Node::Compare(EQUAL, attribute, self.text(right)?));
        }
        let last = right.split('*').count() - 1;
        let mut pieces = Vec::new();
        for (index, piece) in right.split('*').enumerate() {
            let end = index == 0 || index == last;
            match (piece.is_empty(), end) {
                (true, true) => {}
                (true, false) => return Err(FilterError::Comparison),
                _ => pieces.push((
                    if index == 0 {
                        INITIAL
                    } else if end {
                        FINAL
                    } else {
                        ANY
                    },
                    self.text(piece)?,
                )),
            }
        }
        Ok(Node::Substrings(attribute, pieces))
    }

    /// Parses `attribute:dn:rule`. Each part may be missing, but not both attribute and rule.
    fn extensible(&mut self, left: &str, right: &str) -> Result<Node, FilterError> {
        let mut parts = left.split(':');
        let of = parts.next().filter(|name| !name.is_empty()).map(attribute).transpose()?;
        let mut parts = parts.peekable();
        let dn_attributes = parts.next_if_eq(&"dn").is_some();
        let rule = parts.next().map(attribute).transpose()?;
        if parts.next().is_some() || (of.is_none() && rule.is_none()) {
            return Err(FilterError::Comparison);
        }
        Ok(Node::Extensible { attribute: of, rule, dn_attributes, value: self.value_without_wildcard(right)? })
    }

    /// Parses a value that must not hold the wildcard `*`.
    fn value_without_wildcard(&mut self, text: &str) -> Result<Text, FilterError> {
        if text.contains('*') { Err(FilterError::Comparison) } else { self.text(text) }
    }

    fn text(&mut self, text: &str) -> Result<Text, FilterError> {
        let mut parts = Vec::new();
        let mut bytes = Vec::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let placeholder = [("{user}", Part::User), ("{dn}", Part::Dn)].into_iter().find(|(name, _)| rest.starts_with(name));
            if let Some((name, part)) = placeholder {
                self.user |= part == Part::User;
                self.dn |= part == Part::Dn;
                parts.push(Part::Bytes(std::mem::take(&mut bytes)));
                parts.push(part);
                rest = rest.get(name.len()..).unwrap_or_default();
            } else if let Some(escape) = rest.strip_prefix('\\') {
                let digits = escape.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
                let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).ok_or(FilterError::Escape)?;
                bytes.push(byte);
                rest = escape.get(2..).unwrap_or_default();
            } else if matches!(character, '{' | '}') {
                return Err(FilterError::Placeholder);
            } else {
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                rest = rest.get(character.len_utf8()..).unwrap_or_default();
            }
        }
        parts.push(Part::Bytes(bytes));
        Ok(parts)
    }
}

/// Parses the name or OID of an attribute or matching rule, with options.
fn attribute(text: &str) -> Result<String, FilterError> {
    if is_attribute(text) { Ok(text.to_owned()) } else { Err(FilterError::Comparison) }
}

/// Whether a text can be an attribute description (RFC 4512, section 2.5): name or OID, with options. Underscores are
/// accepted too.
pub fn is_attribute(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.;_".contains(&byte);
    text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric()) && text.len() <= 200 && text.bytes().all(plain)
}

/// Encodes `FALSE`, for `typesOnly` in a search request.
pub(super) fn boolean_false() -> Zeroizing<Vec<u8>> {
    ber::element(BOOLEAN, &[&[0]])
}

#[cfg(test)]
mod tests;
