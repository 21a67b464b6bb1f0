//! Reads documents out of JSON: every wrong type, missing and unknown field is a problem with its field's name.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::{At, Problems};
use crate::json::Node;

/// A value that can be read from JSON. An error is added to `problems` under the path `at`, never with the value itself,
/// and a default replaces the value, so that the rest is read as well; the caller must check `problems` before the value.
pub trait Read: Default {
    /// Reads `node`, which is at `at`.
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self;
}

impl Problems {
    /// Reads a whole document.
    pub fn read<T: Read>(json: &[u8]) -> Result<T, Self> {
        Self::read_and_check(json, |document, _| Some(document))
    }

    /// Reads a whole document and checks it, so that the errors of both are reported at once.
    pub fn read_and_check<T: Read, U>(json: &[u8], check: impl FnOnce(T, &mut Self) -> Option<U>) -> Result<U, Self> {
        let mut problems = Self::default();
        let document = match Node::parse(json) {
            Ok(node) => T::read(&node, At::Root, &mut problems),
            Err(error) => {
                problems.push(At::Root, format!("is not JSON: {error}"));
                T::default()
            }
        };
        let value = check(document, &mut problems);
        problems.or(value)
    }
}

/// The fields of one object. The caller reads every field that it knows, and then calls [`Fields::finish`], unless unknown fields are allowed.
///
/// Two kinds of values are read. A [`Read`] has a default that replaces a wrong value. The methods with `parsed` read a string with a
/// special form, and return `None` when it is wrong.
pub struct Fields<'n, 'a> {
    members: &'n [(Cow<'a, str>, Node<'a>)],
    known: Vec<&'static str>,
    at: At<'n>,
}

impl<'n, 'a> Fields<'n, 'a> {
    /// The fields of `node`, which is at `at`. If `node` is not an object, there are no fields and one problem.
    pub fn of(node: &'n Node<'a>, at: At<'n>, problems: &mut Problems) -> Option<Self> {
        let Node::Object(members) = node else {
            problems.push(at, "must be an object");
            return None;
        };
        Some(Self { members, known: Vec::new(), at })
    }

    /// A field that must be there.
    pub fn required<T: Read>(&mut self, name: &'static str, problems: &mut Problems) -> T {
        if let Some(node) = self.find(name) {
            return T::read(node, self.at.field(name), problems);
        }
        problems.push(self.at.field(name), "is missing");
        T::default()
    }

    /// A field that may be absent.
    pub fn optional<T: Read>(&mut self, name: &'static str, problems: &mut Problems) -> Option<T> {
        self.find(name).map(|node| T::read(node, self.at.field(name), problems))
    }

    /// A field with a default, where `null` means that there is none.
    pub fn nullable<T: Read>(&mut self, name: &'static str, default: Option<T>, problems: &mut Problems) -> Option<T> {
        match self.find(name) {
            None => default,
            Some(Node::Null) => None,
            Some(node) => Some(T::read(node, self.at.field(name), problems)),
        }
    }

    /// A field of a change: absent leaves the value as it is, and `null` (`Some(None)`) removes it.
    #[allow(clippy::option_option, reason = "absent and `null` differ")]
    pub fn change<T: Read>(&mut self, name: &'static str, problems: &mut Problems) -> Option<Option<T>> {
        match self.find(name)? {
            Node::Null => Some(None),
            node => Some(Some(T::read(node, self.at.field(name), problems))),
        }
    }

    /// A string that must be there, parsed.
    pub fn parsed<T: FromStr<Err: fmt::Display>>(&mut self, name: &'static str, problems: &mut Problems) -> Option<T> {
        if !self.has(name) {
            problems.push(self.at.field(name), "is missing");
        }
        self.optional_parsed(name, problems)
    }

    /// A string that may be absent, parsed; `None` also when it is wrong.
    pub fn optional_parsed<T: FromStr<Err: fmt::Display>>(&mut self, name: &'static str, problems: &mut Problems) -> Option<T> {
        let node = self.find(name)?;
        parse(node, self.at.field(name), problems)
    }

    /// A parsed string of a change: absent leaves the value as it is, and `null` (`Some(None)`) removes it; `None` also when it is wrong.
    #[allow(clippy::option_option, reason = "absent and `null` differ")]
    pub fn change_parsed<T: FromStr<Err: fmt::Display>>(
        &mut self,
        name: &'static str,
        problems: &mut Problems,
    ) -> Option<Option<T>> {
        match self.find(name)? {
            Node::Null => Some(None),
            node => parse(node, self.at.field(name), problems).map(Some),
        }
    }

    /// A list of strings that may be absent, each parsed; `None` also when one is wrong.
    pub fn optional_parsed_list<T: FromStr<Err: fmt::Display>>(
        &mut self,
        name: &'static str,
        problems: &mut Problems,
    ) -> Option<Vec<T>> {
        let node = self.find(name)?;
        let at = self.at.field(name);
        let Node::List(items) = node else { return wrong(at, "must be a list", problems) };
        // Every item is read, so that all wrong ones are reported.
        let items: Vec<_> = items.iter().enumerate().map(|(index, item)| parse(item, at.item(index), problems)).collect();
        items.into_iter().collect()
    }

    /// Whether a field is there. This alone does not make it known.
    pub fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(own, _)| own == name)
    }

    /// Adds a problem with a field; `message` must not quote its value.
    pub fn problem(&self, name: &str, message: impl Into<String>, problems: &mut Problems) {
        problems.push(self.at.field(name), message);
    }

    /// Reports every field that was not asked for.
    pub fn finish(self, problems: &mut Problems) {
        for (name, _) in self.members {
            if !self.known.contains(&&**name) {
                let message = match self.known.as_slice() {
                    [] => "is unknown: nothing is expected here".into(),
                    known => format!("is unknown: expected are `{}`", known.join("`, `")),
                };
                problems.push(self.at.field(&printable(name)), message);
            }
        }
    }

    fn find(&mut self, name: &'static str) -> Option<&'n Node<'a>> {
        if !self.known.contains(&name) {
            self.known.push(name);
        }
        self.members.iter().find(|(own, _)| own == name).map(|(_, node)| node)
    }
}

fn parse<T: FromStr<Err: fmt::Display>>(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Option<T> {
    match node {
        Node::Text(text) => problems.take(at, text.parse()),
        _ => wrong(at, "must be a string", problems),
    }
}

/// A name in a form that an error may show, whatever characters it contains.
fn printable(name: &str) -> String {
    name.chars().take(64).map(|character| if character.is_ascii_graphic() { character } else { '?' }).collect()
}

impl Read for String {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        match node {
            Node::Text(text) => text.as_ref().to_owned(),
            _ => wrong(at, "must be a string", problems),
        }
    }
}

impl Read for u64 {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        match node {
            Node::Whole(number) => *number,
            _ => wrong(at, "must be a whole number, 0 or more", problems),
        }
    }
}

impl Read for i64 {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let number = match node {
            Node::Whole(number) => Self::try_from(*number).ok(),
            Node::Negative(number) => Some(*number),
            _ => None,
        };
        number.unwrap_or_else(|| wrong(at, "must be a whole number", problems))
    }
}

impl Read for bool {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        match node {
            Node::Bool(value) => *value,
            _ => wrong(at, "must be `true` or `false`", problems),
        }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let Node::List(items) = node else { return wrong(at, "must be a list", problems) };
        let mut list = Self::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            list.push(T::read(item, at.item(index), problems));
        }
        list
    }
}

/// An object whose members are strings, in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextMap(Vec<(String, String)>);

impl TextMap {
    /// The members.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of the member called `name`.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.iter().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// Whether it has no member.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(String, String)> for TextMap {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(members: I) -> Self {
        Self(members.into_iter().collect())
    }
}

impl Serialize for TextMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl Read for TextMap {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let Node::Object(members) = node else { return wrong(at, "must be an object", problems) };
        let text = |(name, value): &(Cow<'_, str>, Node<'_>)| {
            let name = printable(name);
            let value = String::read(value, at.field(&name), problems);
            (name, value)
        };
        members.iter().map(text).collect()
    }
}

fn wrong<T: Default>(at: At<'_>, message: &str, problems: &mut Problems) -> T {
    problems.push(at, message);
    T::default()
}

/// Reads one of a few names.
pub fn one_of<T: Copy + Default>(choices: &[(&str, T)], node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> T {
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    let chosen = position(&names, node, at, problems).and_then(|position| choices.get(position));
    chosen.map(|(_, value)| *value).unwrap_or_default()
}

/// The position of the text in `names`. Not generic, so that the plugin has it once.
fn position(names: &[&str], node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Option<usize> {
    let position = if let Node::Text(text) = node { names.iter().position(|name| name == text) } else { None };
    if position.is_none() {
        problems.push(at, format!("must be one of `{}`", names.join("`, `")));
    }
    position
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::BundleDocument;

    #[test]
    fn all_problems_are_reported_and_no_value_is_quoted() {
        let json = r#"{"issuer":"c2VjcmV0","audience":7,"extra":1,"keys":{"keys":["c2VjcmV0"]},
            "apis":[{"name":"a","version":1,"context":"/a","resources":[{"path":"/","auth":"open"},7]},{}]}"#;
        let problems = Problems::read::<BundleDocument>(json.as_bytes()).unwrap_err();
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        let expected = [
            "audience",
            "keys.keys[0]",
            "apis[0].version",
            "apis[0].resources[0].auth",
            "apis[0].resources[1]",
            "apis[1].name",
            "apis[1].version",
            "apis[1].context",
            "extra",
        ];
        assert_eq!(fields, expected);
        assert!(!problems.to_string().contains("c2V"), "{problems}");
    }

    #[test]
    fn parsed_strings_and_changes_are_read_with_all_problems() {
        let json = br#"{"port":"80","bad":"x","list":["1","c2VjcmV0",2],"gone":null,"low":-5,"extra":1}"#;
        let node = Node::parse(json).unwrap();
        let mut problems = Problems::default();
        let mut fields = Fields::of(&node, At::Root, &mut problems).unwrap();
        assert_eq!(fields.parsed::<u16>("port", &mut problems), Some(80));
        assert_eq!(fields.parsed::<u16>("bad", &mut problems), None);
        assert_eq!(fields.parsed::<u16>("missing", &mut problems), None);
        assert_eq!(fields.optional_parsed_list::<u16>("list", &mut problems), None);
        assert_eq!(fields.change::<i64>("gone", &mut problems), Some(None));
        assert_eq!(fields.change_parsed::<u16>("gone", &mut problems), Some(None));
        assert_eq!(fields.change::<i64>("low", &mut problems), Some(Some(-5)));
        assert_eq!(fields.change::<i64>("absent", &mut problems), None);
        fields.finish(&mut problems);
        let wrong: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(wrong, ["bad", "missing", "list[1]", "list[2]", "extra"]);
        assert!(!problems.to_string().contains("c2V"), "{problems}");
    }

    #[test]
    fn every_type_is_read_and_any_other_is_a_problem() {
        let json = br#"{"whole":7,"minus":-7,"flag":true,"texts":{"a":"b","c":"d"},"none":null,"scope":"80"}"#;
        let node = Node::parse(json).unwrap();
        let mut problems = Problems::default();
        let mut fields = Fields::of(&node, At::Root, &mut problems).unwrap();
        assert_eq!(fields.optional::<u64>("whole", &mut problems), Some(7));
        assert_eq!(fields.optional::<i64>("whole", &mut problems), Some(7));
        assert_eq!(fields.optional::<i64>("minus", &mut problems), Some(-7));
        assert_eq!(fields.optional::<bool>("flag", &mut problems), Some(true));
        assert_eq!(fields.change_parsed::<u16>("scope", &mut problems), Some(Some(80)));
        for (name, value) in [("whole", Some(7)), ("none", None), ("absent", Some(1))] {
            assert_eq!(fields.nullable::<u64>(name, Some(1), &mut problems), value, "{name}");
        }
        let texts = fields.required::<TextMap>("texts", &mut problems);
        assert_eq!(texts.iter().collect::<Vec<_>>(), [("a", "b"), ("c", "d")]);
        assert_eq!((texts.find("c"), texts.find("b"), texts.is_empty()), (Some("d"), None, false));
        assert_eq!(serde_json::to_string(&texts).unwrap(), r#"{"a":"b","c":"d"}"#);
        assert!(TextMap::default().is_empty());
        assert!(problems.is_empty(), "{problems}");
        fields.optional::<u64>("minus", &mut problems);
        fields.optional::<i64>("flag", &mut problems);
        fields.optional::<bool>("none", &mut problems);
        fields.optional::<TextMap>("whole", &mut problems);
        fields.problem("texts", "are too many", &mut problems);
        let wrong: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(wrong, ["minus", "flag", "none", "whole", "texts"]);
        assert!(!problems.is_empty());
    }

    #[test]
    fn an_invalid_document_is_one_problem() {
        for bad in ["", "{", "[]", "7", "{} x", r#"{"issuer":"a","issuer":"a"}"#] {
            let problems = Problems::read::<BundleDocument>(bad.as_bytes()).unwrap_err();
            assert_eq!(problems.iter().count(), 1, "{bad}: {problems}");
        }
    }
}
