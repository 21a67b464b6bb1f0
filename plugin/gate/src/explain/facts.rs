//! What a step read: names and values, in the order in which a person would look at them.

use std::borrow::Cow;

use postern_token::Node;
use serde_json::{Map, Value};

/// The longest value that is shown, in characters.
const MAX_SHOWN: usize = 1_000;

/// How many members of an object or items of a list are shown.
const MAX_MEMBERS: usize = 50;

/// The facts of one step.
#[derive(Default)]
pub(super) struct Facts(Vec<Value>);

impl Facts {
    /// Adds a fact.
    pub(super) fn add(&mut self, name: &str, value: impl Into<String>) {
        self.push(name, value.into(), false);
    }

    /// Adds what a token says whose signature has not been verified.
    pub(super) fn add_unverified(&mut self, name: &str, value: impl Into<String>) {
        self.push(name, value.into(), true);
    }

    /// Adds a fact with the bytes of the request, unless it has none.
    pub(super) fn add_sent(&mut self, name: &str, sent: Option<&[u8]>) {
        if let Some(sent) = sent {
            self.add(name, String::from_utf8_lossy(sent));
        }
    }

    pub(super) fn into_json(self) -> Value {
        Value::Array(self.0)
    }

    fn push(&mut self, name: &str, value: String, is_unverified: bool) {
        let mut fact = Map::new();
        fact.insert("name".into(), shortened(name.to_owned()).into());
        fact.insert("value".into(), shortened(value).into());
        if is_unverified {
            fact.insert("unverified".into(), true.into());
        }
        self.0.push(Value::Object(fact));
    }
}

/// The value of a header parameter or of a claim, as text.
pub(super) fn node_text(node: &Node<'_>) -> Cow<'static, str> {
    Cow::Owned(match node {
        Node::Null => return Cow::Borrowed("null"),
        Node::OtherNumber => return Cow::Borrowed("a number with a fraction, with an exponent, or too large"),
        Node::Bool(value) => value.to_string(),
        Node::Whole(number) => number.to_string(),
        Node::Negative(number) => number.to_string(),
        Node::Text(text) => text.clone().into_owned(),
        Node::List(items) => items.iter().take(MAX_MEMBERS).map(node_text).collect::<Vec<_>>().join(", "),
        Node::Object(members) => {
            let member = |(name, value): &(Cow<'_, str>, Node<'_>)| format!("{name}: {}", node_text(value));
            members.iter().take(MAX_MEMBERS).map(member).collect::<Vec<_>>().join(", ")
        }
    })
}

/// Names or values, separated by commas; `none` for none.
pub(super) fn listed<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let mut items = items.into_iter();
    let first: Vec<String> = items.by_ref().take(MAX_MEMBERS).map(|item| item.to_string()).collect();
    match (first.is_empty(), items.count()) {
        (true, _) => "none".into(),
        (false, 0) => first.join(", "),
        (false, more) => format!("{} and {more} more", first.join(", ")),
    }
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
