//! Examples of bodies and values, in JSON.

use std::collections::HashSet;
use std::fmt::Write as _;

use postern_token::Node;

use super::{cut, follow, items, members, plain};
use crate::references::References;
use crate::tree::{Members, member};

/// How deep an example is.
pub(super) const MAX_DEPTH: usize = 6;

/// The most bytes of an example.
pub(super) const MAX_LEN: usize = 10_000;

/// The most values of an example.
const MAX_VALUES: usize = 500;

/// The example that an object states.
pub(super) fn given(members: Members<'_>) -> Option<&Node<'_>> {
    let listed = || member(members, "examples").map(items).and_then(<[_]>::first);
    member(members, "example").or_else(|| member(members, "default")).or_else(listed)
}

/// The first of the examples of a media type, which have names.
pub(super) fn first_of<'n>(content: Members<'n>, references: &mut References<'n>) -> Option<&'n Node<'n>> {
    let (_, first) = member(content, "examples").and_then(members)?.first()?;
    member(follow(first, references)?, "value")
}

/// A text, number or truth value as text.
pub(super) fn scalar(node: &Node<'_>) -> Option<String> {
    match node {
        Node::Text(text) => Some(cut(text, MAX_LEN)),
        Node::Whole(_) | Node::Negative(_) | Node::Bool(_) => Some(written(node)),
        _ => None,
    }
}

/// A value in JSON.
pub(super) fn written(node: &Node<'_>) -> String {
    let mut writer = Writer::default();
    writer.value(node, 0);
    writer.finish()
}

/// A value that fits a schema, in JSON; with the required fields alone, because in a change every field changes something.
pub(super) fn of_schema<'n>(schema: &'n Node<'n>, references: &mut References<'n>) -> String {
    let mut writer = Writer::default();
    writer.fitting(schema, references, 0);
    writer.finish()
}

#[derive(Default)]
struct Writer {
    text: String,
    values: usize,
}

impl Writer {
    fn finish(self) -> String {
        if self.text.len() > MAX_LEN { String::new() } else { self.text }
    }

    /// Whether there is room for another value.
    fn has_room(&mut self, depth: usize) -> bool {
        self.values += 1;
        depth <= MAX_DEPTH && self.values <= MAX_VALUES && self.text.len() <= MAX_LEN
    }

    fn value(&mut self, node: &Node<'_>, depth: usize) {
        if !self.has_room(depth) {
            self.text.push_str("null");
            return;
        }
        match node {
            Node::Null => self.text.push_str("null"),
            Node::Bool(flag) => self.text.push_str(if *flag { "true" } else { "false" }),
            // Writing to a string cannot fail.
            Node::Whole(number) => drop(write!(self.text, "{number}")),
            Node::Negative(number) => drop(write!(self.text, "{number}")),
            // The reader does not keep other numbers.
            Node::OtherNumber => self.text.push('0'),
            Node::Text(text) => self.string(text),
            Node::List(items) => self.list(items.len(), depth, |writer, index| {
                if let Some(item) = items.get(index) {
                    writer.value(item, depth + 1);
                }
            }),
            Node::Object(members) => {
                let fields: Vec<_> = members.iter().map(|(name, node)| (&**name, node)).collect();
                self.object(&fields, depth, |writer, node| writer.value(node, depth + 1));
            }
        }
    }

    fn fitting<'n>(&mut self, schema: &'n Node<'n>, references: &mut References<'n>, depth: usize) {
        let found = if self.has_room(depth) { follow(schema, references) } else { None };
        let Some(schema) = found else {
            self.text.push_str("null");
            return;
        };
        if let Some(node) = given(schema).or_else(|| member(schema, "enum").map(items).and_then(<[_]>::first)) {
            return self.value(node, depth);
        }
        let other = ["oneOf", "anyOf"].iter().find_map(|name| member(schema, name).map(items));
        if let Some(first) = other.and_then(|items| items.iter().find(|item| !is_null(item))) {
            return self.fitting(first, references, depth + 1);
        }
        match type_of(schema) {
            Some("array") => self.list(1, depth, |writer, _| match member(schema, "items") {
                Some(item) => writer.fitting(item, references, depth + 1),
                None => writer.text.push_str("null"),
            }),
            Some("integer" | "number") => self.text.push('0'),
            Some("boolean") => self.text.push_str("false"),
            Some("string") => self.text.push_str("\"\""),
            _ => {
                let mut fields = Vec::new();
                required_fields(schema, references, &mut fields, 0);
                self.object(&fields, depth, |writer, node| writer.fitting(node, references, depth + 1));
            }
        }
    }

    fn object<T>(&mut self, fields: &[(&str, T)], depth: usize, mut write: impl FnMut(&mut Self, &T)) {
        if fields.is_empty() {
            return self.text.push_str("{}");
        }
        self.text.push('{');
        for (index, (name, value)) in fields.iter().enumerate() {
            self.next(index, depth);
            self.string(name);
            self.text.push_str(": ");
            write(self, value);
        }
        self.end(depth);
        self.text.push('}');
    }

    fn list(&mut self, len: usize, depth: usize, mut write: impl FnMut(&mut Self, usize)) {
        if len == 0 {
            return self.text.push_str("[]");
        }
        self.text.push('[');
        for index in 0..len.min(MAX_VALUES) {
            self.next(index, depth);
            write(self, index);
        }
        self.end(depth);
        self.text.push(']');
    }

    fn next(&mut self, index: usize, depth: usize) {
        if index > 0 {
            self.text.push(',');
        }
        self.end(depth + 1);
    }

    fn end(&mut self, depth: usize) {
        self.text.push('\n');
        self.text.push_str(&"  ".repeat(depth));
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        for character in cut(text, MAX_LEN).chars() {
            match character {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                other if other.is_control() => drop(write!(self.text, "\\u{:04x}", u32::from(other))),
                other => self.text.push(other),
            }
        }
        self.text.push('"');
    }
}

/// The required fields of an object, also those of its parts.
fn required_fields<'n>(
    schema: Members<'n>,
    references: &mut References<'n>,
    fields: &mut Vec<(&'n str, &'n Node<'n>)>,
    depth: usize,
) {
    if depth > MAX_DEPTH {
        return;
    }
    for part in member(schema, "allOf").map(items).unwrap_or_default() {
        if let Some(part) = follow(part, references) {
            required_fields(part, references, fields, depth + 1);
        }
    }
    let required = required_names(schema);
    let properties = member(schema, "properties").and_then(members).unwrap_or_default();
    let found = properties.iter().filter(|(name, _)| required.contains(&**name)).map(|(name, node)| (&**name, node));
    fields.extend(found.take(MAX_VALUES));
}

/// The names of the required fields.
pub(super) fn required_names(schema: Members<'_>) -> HashSet<&str> {
    let names = member(schema, "required").map(items).unwrap_or_default().iter();
    names.filter_map(|name| if let Node::Text(name) = name { Some(&**name) } else { None }).collect()
}

fn is_null(schema: &Node<'_>) -> bool {
    members(schema).and_then(|members| plain(members, "type")) == Some("null")
}

/// The type of a schema: of several the first that is not `null`.
pub(super) fn type_of(schema: Members<'_>) -> Option<&str> {
    match member(schema, "type")? {
        Node::Text(text) => Some(text),
        Node::List(types) => types.iter().find_map(|own| match own {
            Node::Text(text) if text != "null" => Some(&**text),
            _ => None,
        }),
        _ => None,
    }
}
