//! Typed access to the tree of a document.

use std::borrow::Cow;

use postern_token::Node;
use postern_token::bundle::At;

use super::report::Report;

/// The maximum length of a name in a problem.
const MAX_DISPLAYED: usize = 200;

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

/// The text of `node`, which must be a string.
pub(super) fn text<'n>(node: &'n Node<'n>, at: At<'_>, report: &mut Report) -> Option<&'n str> {
    match node {
        Node::Text(text) => return Some(text),
        Node::Whole(_) | Node::Negative(_) | Node::OtherNumber => {
            report.push(at, "must be a string: put it in quotes, because YAML reads it as a number");
        }
        _ => report.push(at, "must be a string"),
    }
    None
}

/// The texts of `node`, which must be a list of at most `limit` strings.
pub(super) fn texts<'n>(node: &'n Node<'n>, limit: usize, at: At<'_>, report: &mut Report) -> Option<Vec<&'n str>> {
    let items = list(node, limit, at, report)?;
    let texts: Vec<&str> = items.iter().enumerate().filter_map(|(index, item)| text(item, at.item(index), report)).collect();
    (texts.len() == items.len()).then_some(texts)
}

/// A member's name as part of a problem's location: the name itself if it is a plain word, otherwise [`quoted`].
pub(super) fn display_name(name: &str) -> Cow<'_, str> {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if plain && !name.is_empty() && name.len() <= MAX_DISPLAYED { Cow::Borrowed(name) } else { Cow::Owned(quoted(name)) }
}

/// A member's name in brackets, as part of a problem's location: `["/pets/{id}"]`. Spaces and characters outside of ASCII
/// become `?`.
pub(super) fn quoted(name: &str) -> String {
    let name: String = name.chars().take(MAX_DISPLAYED).map(|each| if each.is_ascii_graphic() { each } else { '?' }).collect();
    format!("[\"{name}\"]")
}

/// Reports the members that are neither in `known` nor begin with `x-`, because an unknown member may be a misspelt `security`.
pub(super) fn only_known(members: Members<'_>, known: &[&str], at: At<'_>, report: &mut Report) {
    for (name, _) in members {
        if !name.starts_with("x-") && !known.contains(&&**name) {
            report.push(
                at.field(&display_name(name)),
                "is not a member that OpenAPI defines for this object: names of extensions start with `x-`",
            );
        }
    }
}
