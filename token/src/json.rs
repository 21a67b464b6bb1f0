//! JSON read strictly: one document in valid UTF-8, and no object with a name twice, at any depth.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::repeated::repeated;

/// Objects with more members than this have their names compared in another way, so that no input makes it quadratic.
const FEW_MEMBERS: usize = 16;

/// A JSON value. Text without an escape is borrowed from the document.
#[derive(Debug, Clone, PartialEq)]
pub enum Node<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number from 0 to 2^64 − 1, written without fraction and exponent.
    Whole(u64),
    /// Any other number. Nothing of ours is one, so its value is not kept.
    OtherNumber,
    /// A string.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Node<'a>>),
    /// An object; its names are all different.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Node<'a> {
    /// Reads one document and nothing after it.
    ///
    /// `serde_json` bounds the depth (128) and refuses lone surrogates, comments, trailing commas and a BOM. The error says
    /// what is wrong and where, and quotes nothing of the document.
    pub fn parse(json: &'a [u8]) -> Result<Self, serde_json::Error> {
        match std::str::from_utf8(json) {
            Ok(text) => serde_json::from_str(text),
            Err(_) => Err(de::Error::custom("not UTF-8")),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Node<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node<'de>, E> {
        Ok(Node::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node<'de>, E> {
        Ok(Node::Whole(value))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Node<'de>, E> {
        Ok(Node::OtherNumber)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Node<'de>, E> {
        Ok(Node::OtherNumber)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node<'de>, A::Error> {
        let mut members: Vec<(Cow<'de, str>, Node<'de>)> = Vec::new();
        while let Some(name) = map.next_key_seed(Name)? {
            if members.len() < FEW_MEMBERS && members.iter().any(|(other, _)| *other == name) {
                return Err(de::Error::custom("a name stands there twice"));
            }
            members.push((name, map.next_value()?));
        }
        if members.len() > FEW_MEMBERS && !repeated(&mut members.iter().map(|(name, _)| &**name)).is_empty() {
            return Err(de::Error::custom("a name stands there twice"));
        }
        Ok(Node::Object(members))
    }
}

/// A member's name, borrowed where it holds no escape.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        match deserializer.deserialize_any(NodeVisitor)? {
            Node::Text(text) => Ok(text),
            _ => Err(de::Error::custom("a name is not a string")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(text: &str) -> bool {
        Node::parse(text.as_bytes()).is_ok()
    }

    #[test]
    fn refuses_a_name_twice_at_any_depth() {
        assert!(accepts(r#"{"a":1,"b":[{"a":1},{"a":2}]}"#));
        assert!(!accepts(r#"{"a":1,"a":1}"#));
        assert!(!accepts(r#"{"a":1,"\u0061":1}"#));
        assert!(!accepts(r#"{"b":[{"a":1,"a":2}]}"#));
        let many = |last: usize| {
            let members: Vec<String> = (0..40).chain([last]).map(|n| format!(r#""{n}":0"#)).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(accepts(&many(40)));
        assert!(!accepts(&many(0)) && !accepts(&many(39)) && !accepts(&many(16)));
    }

    #[test]
    fn refuses_what_is_not_one_plain_document() {
        let deep = "[".repeat(10_000);
        for bad in ["", "{}{}", "{} x", "{,}", "[1,]", "/**/{}", "\u{feff}{}", r#""\ud800""#, "{\"a\":1 \"b\":2}", "{1:2}", &deep]
        {
            assert!(!accepts(bad), "{bad:.20}");
        }
        assert!(Node::parse(b"\"\xff\"").is_err());
        assert!(Node::parse(b"\xff\xfe{\0}\0").is_err());
    }

    #[test]
    fn keeps_whole_numbers_and_no_others() {
        for (text, node) in [
            ("0", Node::Whole(0)),
            ("18446744073709551615", Node::Whole(u64::MAX)),
            ("18446744073709551616", Node::OtherNumber),
            ("-1", Node::OtherNumber),
            ("-0", Node::OtherNumber),
            ("1.0", Node::OtherNumber),
            ("1e3", Node::OtherNumber),
        ] {
            assert_eq!(Node::parse(text.as_bytes()).unwrap(), node, "{text}");
        }
        assert!(!accepts(&"9".repeat(400)) && !accepts("01") && !accepts("+1") && !accepts("1e999"));
    }

    #[test]
    fn borrows_text_unless_it_must_unescape() {
        assert!(matches!(Node::parse(br#""abc""#).unwrap(), Node::Text(Cow::Borrowed("abc"))));
        assert!(matches!(Node::parse(br#""\u0061bc""#).unwrap(), Node::Text(Cow::Owned(text)) if text == "abc"));
    }
}
