//! Reads documents out of JSON: every wrong type, missing and unknown field is a problem with its field's name.

use std::borrow::Cow;

use super::Problems;
use crate::json::Node;

/// A value that can be read out of JSON. What is wrong goes to `problems` under the field `at`, never with the value itself.
pub trait Read: Sized {
    /// Reads `node`, which stands at `at`.
    fn read(node: &Node<'_>, at: &str, problems: &mut Problems) -> Option<Self>;
}

impl Problems {
    /// Reads a whole document.
    pub fn read<T: Read>(json: &[u8]) -> Result<T, Self> {
        let mut problems = Self::default();
        let node = problems.take(".", Node::parse(json));
        let value = node.and_then(|node| T::read(&node, "", &mut problems));
        problems.or(value)
    }
}

/// The fields of one object. Whoever has read all that there may be calls [`Fields::finish`].
pub struct Fields<'n, 'a> {
    members: &'n [(Cow<'a, str>, Node<'a>)],
    known: Vec<&'static str>,
    at: String,
}

impl<'n, 'a> Fields<'n, 'a> {
    /// The fields of `node`, which stands at `at`.
    pub fn of(node: &'n Node<'a>, at: &str, problems: &mut Problems) -> Option<Self> {
        match node {
            Node::Object(members) => Some(Self { members, known: Vec::new(), at: at.to_owned() }),
            _ => problems.refuse(at, "must be an object"),
        }
    }

    /// A field that must be there.
    pub fn required<T: Read>(&mut self, name: &'static str, problems: &mut Problems) -> Option<T> {
        let at = self.place(name);
        match self.find(name) {
            Some(node) => T::read(node, &at, problems),
            None => problems.refuse(&at, "is missing"),
        }
    }

    /// A field that may be absent.
    pub fn optional<T: Read>(&mut self, name: &'static str, problems: &mut Problems) -> Option<T> {
        let at = self.place(name);
        self.find(name).and_then(|node| T::read(node, &at, problems))
    }

    /// A field with a default, where `null` means that there is none.
    pub fn nullable<T: Read>(&mut self, name: &'static str, default: Option<T>, problems: &mut Problems) -> Option<T> {
        let at = self.place(name);
        match self.find(name) {
            None => default,
            Some(Node::Null) => None,
            Some(node) => T::read(node, &at, problems),
        }
    }

    /// Says which fields have no meaning.
    pub fn finish(self, problems: &mut Problems) {
        for (name, _) in self.members {
            if !self.known.contains(&&**name) {
                let known = self.known.join("`, `");
                problems.push(join(&self.at, &printable(name)), format!("is not a field here; there are `{known}`"));
            }
        }
    }

    fn find(&mut self, name: &'static str) -> Option<&'n Node<'a>> {
        self.known.push(name);
        self.members.iter().find(|(own, _)| own == name).map(|(_, node)| node)
    }

    fn place(&self, name: &str) -> String {
        join(&self.at, name)
    }
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

/// A name as an error may show it, whatever stands in it.
fn printable(name: &str) -> String {
    name.chars().take(64).map(|character| if character.is_ascii_graphic() { character } else { '?' }).collect()
}

impl Read for String {
    fn read(node: &Node<'_>, at: &str, problems: &mut Problems) -> Option<Self> {
        match node {
            Node::Text(text) => Some(text.as_ref().to_owned()),
            _ => problems.refuse(at, "must be a string"),
        }
    }
}

impl Read for u64 {
    fn read(node: &Node<'_>, at: &str, problems: &mut Problems) -> Option<Self> {
        match node {
            Node::Whole(number) => Some(*number),
            _ => problems.refuse(at, "must be a whole number, 0 or more"),
        }
    }
}

impl Read for bool {
    fn read(node: &Node<'_>, at: &str, problems: &mut Problems) -> Option<Self> {
        match node {
            Node::Bool(value) => Some(*value),
            _ => problems.refuse(at, "must be `true` or `false`"),
        }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(node: &Node<'_>, at: &str, problems: &mut Problems) -> Option<Self> {
        match node {
            Node::List(items) => {
                let each = |(index, item)| T::read(item, &format!("{at}[{index}]"), problems);
                Some(items.iter().enumerate().filter_map(each).collect())
            }
            _ => problems.refuse(at, "must be a list"),
        }
    }
}

/// Reads one of a few names.
pub fn one_of<T: Copy>(choices: &[(&str, T)], node: &Node<'_>, at: &str, problems: &mut Problems) -> Option<T> {
    let chosen = match node {
        Node::Text(text) => choices.iter().find(|(name, _)| name == text).map(|(_, value)| *value),
        _ => None,
    };
    if chosen.is_none() {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        problems.push(at, format!("must be one of `{}`", names.join("`, `")));
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::super::BundleDocument;
    use super::*;

    #[test]
    fn all_that_is_wrong_is_said_and_nothing_is_quoted() {
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
    fn what_is_no_document_is_one_problem() {
        for bad in ["", "{", "[]", "7", "{} x", r#"{"issuer":"a","issuer":"a"}"#] {
            let problems = Problems::read::<BundleDocument>(bad.as_bytes()).unwrap_err();
            assert_eq!(problems.iter().count(), 1, "{bad}: {problems}");
        }
    }
}
