//! Looks into the tree of a document.

use std::borrow::Cow;

use postern_token::Node;
use postern_token::bundle::At;

use super::report::Report;

/// How much of a name is shown.
const MAX_SHOWN: usize = 200;

/// The members of an object.
pub(super) type Members<'n> = &'n [(Cow<'n, str>, Node<'n>)];

/// The member called `name`.
pub(super) fn member<'n>(members: Members<'n>, name: &str) -> Option<&'n Node<'n>> {
    members.iter().find(|(own, _)| own == name).map(|(_, node)| node)
}

/// The members of `node`, which must be an object.
pub(super) fn object<'n>(node: &'n Node<'n>, at: At<'_>, report: &mut Report) -> Option<Members<'n>> {
    let Node::Object(members) = node else {
        report.push(at, "must be an object");
        return None;
    };
    Some(members)
}

/// The items of `node`, which must be a list of at most `limit`.
pub(super) fn list<'n>(node: &'n Node<'n>, limit: usize, at: At<'_>, report: &mut Report) -> Option<&'n [Node<'n>]> {
    match node {
        Node::List(items) if items.len() <= limit => Some(items),
        Node::List(_) => {
            report.push(at, format!("has more than {limit} items"));
            None
        }
        _ => {
            report.push(at, "must be a list");
            None
        }
    }
}

/// The text of `node`, which must be one.
pub(super) fn text<'n>(node: &'n Node<'n>, at: At<'_>, report: &mut Report) -> Option<&'n str> {
    match node {
        Node::Text(text) => return Some(text),
        Node::Whole(_) | Node::Negative(_) | Node::OtherNumber => {
            report.push(at, "must be a string: put it in quotes, as it is read as a number");
        }
        _ => report.push(at, "must be a string"),
    }
    None
}

/// A list of texts, at most `limit` of them.
pub(super) fn texts<'n>(node: &'n Node<'n>, limit: usize, at: At<'_>, report: &mut Report) -> Option<Vec<&'n str>> {
    let items = list(node, limit, at, report)?;
    let texts: Vec<&str> = items.iter().enumerate().filter_map(|(index, item)| text(item, at.item(index), report)).collect();
    (texts.len() == items.len()).then_some(texts)
}

/// A member's name as an error shows it: itself where it is a plain word, else [`quoted`].
pub(super) fn shown(name: &str) -> Cow<'_, str> {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if plain && !name.is_empty() && name.len() <= MAX_SHOWN { Cow::Borrowed(name) } else { Cow::Owned(quoted(name)) }
}

/// A member's name as an error shows it behind the object's, whatever stands in it: `["/pets/{id}"]`.
pub(super) fn quoted(name: &str) -> String {
    let name: String = name.chars().take(MAX_SHOWN).map(|each| if each.is_ascii_graphic() { each } else { '?' }).collect();
    format!("[\"{name}\"]")
}

/// Says which members are neither among `known` nor begin with `x-`. What nobody knows may be a misspelt `security`.
pub(super) fn only_known(members: Members<'_>, known: &[&str], at: At<'_>, report: &mut Report) {
    for (name, _) in members {
        if !name.starts_with("x-") && !known.contains(&&**name) {
            report.push(at.field(&shown(name)), "is nothing that OpenAPI has here; other members begin with `x-`");
        }
    }
}
