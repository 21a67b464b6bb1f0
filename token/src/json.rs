//! JSON read strictly: one value, valid UTF-8, and no object with a name twice, at any depth.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::identifier::TextVisitor;

/// Parses one JSON document and nothing after it.
///
/// `serde_json` already bounds the depth (128) and refuses lone surrogates, comments, trailing commas and a BOM.
pub(crate) fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, serde_json::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => Err(de::Error::custom("not UTF-8")),
    }
}

/// Puts the next value of `map` into `slot`; a slot that is already full means that its name stands there twice.
pub(crate) fn fill<'de, A, T>(slot: &mut Option<T>, map: &mut A) -> Result<(), A::Error>
where
    A: MapAccess<'de>,
    T: Deserialize<'de>,
{
    if slot.is_some() {
        return Err(de::Error::custom("duplicate name"));
    }
    *slot = Some(map.next_value()?);
    Ok(())
}

/// Members of an object that are read past. They are checked all the same, and no name may come twice.
#[derive(Default)]
pub(crate) struct Unknown<'de>(BTreeSet<Cow<'de, str>>);

impl<'de> Unknown<'de> {
    pub(crate) fn skip<A: MapAccess<'de>>(&mut self, name: Cow<'de, str>, map: &mut A) -> Result<(), A::Error> {
        if !self.0.insert(name) {
            return Err(de::Error::custom("duplicate name"));
        }
        map.next_value::<Checked>().map(|_| ())
    }
}

/// A member's name, borrowed where it holds no escape.
pub(crate) struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(TextVisitor)
    }
}

/// Any JSON value, checked to the bottom and thrown away.
pub(crate) struct Checked;

impl<'de> Deserialize<'de> for Checked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CheckedVisitor)
    }
}

struct CheckedVisitor;

impl<'de> Visitor<'de> for CheckedVisitor {
    type Value = Checked;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_str<E>(self, _: &str) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_unit<E>(self) -> Result<Checked, E> {
        Ok(Checked)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Checked, A::Error> {
        while items.next_element::<Checked>()?.is_some() {}
        Ok(Checked)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Checked, A::Error> {
        let mut members = Unknown::default();
        while let Some(name) = map.next_key_seed(Name)? {
            members.skip(name, &mut map)?;
        }
        Ok(Checked)
    }
}

/// What is wrong with a document, in words that hold no value out of it.
///
/// `serde_json` quotes the string that it did not expect; where a key was pasted into the wrong field that would be the key.
pub fn describe(error: &serde_json::Error) -> String {
    let text = error.to_string();
    for kind in ["invalid type: string", "invalid value: string"] {
        if text.starts_with(kind)
            && let Some(end) = text.rfind(", expected ")
        {
            let (_, expected) = text.split_at(end);
            return format!("{kind}{expected}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(text: &str) -> bool {
        parse::<Checked>(text.as_bytes()).is_ok()
    }

    #[test]
    fn refuses_a_name_twice_at_any_depth() {
        assert!(accepts(r#"{"a":1,"b":[{"a":1},{"a":2}]}"#));
        assert!(!accepts(r#"{"a":1,"a":1}"#));
        assert!(!accepts(r#"{"a":1,"\u0061":1}"#));
        assert!(!accepts(r#"{"b":[{"a":1,"a":2}]}"#));
    }

    #[test]
    fn refuses_what_is_not_one_plain_document() {
        let deep = "[".repeat(10_000);
        for bad in ["", "{}{}", "{} x", "{,}", "[1,]", "/**/{}", "\u{feff}{}", r#""\ud800""#, "{\"a\":1 \"b\":2}", &deep] {
            assert!(!accepts(bad), "{bad:.20}");
        }
        assert!(parse::<Checked>(b"\"\xff\"").is_err());
        assert!(parse::<Checked>(b"\xff\xfe{\0}\0").is_err());
    }

    #[test]
    fn describes_without_quoting_a_value() {
        let error = serde_json::from_str::<u64>(r#""my secret, expected nowhere""#).unwrap_err();
        let words = describe(&error);
        assert!(!words.contains("secret"), "{words}");
        assert!(words.starts_with("invalid type: string, expected u64"), "{words}");
    }
}
