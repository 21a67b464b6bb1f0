//! What a document says to people: its texts and its operations.
//!
//! Unlike the import, nothing here is refused: a part that cannot be read is left out, because nothing depends on it. All texts are foreign and
//! bounded, and none of them is HTML.

mod example;
mod operation;

use std::collections::BTreeMap;

use postern_token::Node;
use postern_token::bundle::At;

pub use operation::{BodyField, OperationDetails, OperationHead, Parameter, RequestBody, Response};

use crate::references::References;
use crate::report::Report;
use crate::resources::METHODS;
use crate::source;
use crate::tree::{Members, member};

/// The most bytes of a description that are shown.
const MAX_TEXT: usize = 10_000;

/// The most bytes of a text about a parameter, a field or an answer.
const MAX_SHORT_TEXT: usize = 2_000;

/// The most bytes of a text in one line that are shown.
const MAX_LINE: usize = 300;

/// The most tags of a document that are read.
const MAX_TAGS: usize = 100;

/// The most scopes of a document that are read.
const MAX_SCOPES: usize = 500;

/// A document that has been parsed.
#[derive(Debug)]
pub struct Description<'n> {
    tree: Node<'n>,
}

/// What `info` and its neighbours say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Info {
    /// The title.
    pub title: Option<String>,
    /// The version that the document states.
    pub version: Option<String>,
    /// The description, in Markdown.
    pub description: Option<String>,
    /// The names of the document's tags.
    pub tags: Vec<String>,
    /// Whom to contact: a name, an email address, a web address.
    pub contact: Option<Named>,
    /// The licence.
    pub license: Option<Named>,
    /// The address of the terms of service.
    pub terms: Option<String>,
    /// More documentation.
    pub more: Option<Named>,
}

/// A name and where it leads. Nothing is checked: it is foreign text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: Option<String>,
    /// A web address.
    pub url: Option<String>,
    /// An email address.
    pub email: Option<String>,
}

impl<'n> Description<'n> {
    /// Parses a document; `None` if it is neither JSON nor YAML of an object.
    pub fn parse(document: &'n [u8]) -> Option<Self> {
        let tree = source::read(document).ok()?;
        matches!(tree, Node::Object(_)).then_some(Self { tree })
    }

    /// The document's texts.
    pub fn info(&self) -> Info {
        let root = self.root();
        let Some(info) = member(root, "info").and_then(members) else { return Info::default() };
        let tags = member(root, "tags").map(items).unwrap_or_default().iter().filter_map(members);
        Info {
            title: line(info, "title"),
            version: line(info, "version"),
            description: long_text(info, "description"),
            tags: tags.filter_map(|tag| line(tag, "name")).take(MAX_TAGS).collect(),
            contact: member(info, "contact").and_then(Named::read),
            license: member(info, "license").and_then(Named::read),
            terms: line(info, "termsOfService"),
            more: member(root, "externalDocs").and_then(Named::read),
        }
    }

    /// What the flows of the document's `OAuth` security schemes say about their scopes, each scope once.
    pub fn scopes(&self) -> Vec<(String, String)> {
        let mut references = References::new(&self.tree);
        let components = member(self.root(), "components").and_then(members).unwrap_or_default();
        let schemes = member(components, "securitySchemes").and_then(members).unwrap_or_default();
        let mut found: BTreeMap<&str, String> = BTreeMap::new();
        for (_, scheme) in schemes {
            let Some(scheme) = follow(scheme, &mut references) else { continue };
            let flows = member(scheme, "flows").and_then(members).unwrap_or_default();
            let scopes = flows.iter().filter_map(|(_, flow)| member(members(flow)?, "scopes").and_then(members));
            for (scope, _) in scopes.clone().flatten().take(MAX_SCOPES) {
                let said = scopes.clone().find_map(|scopes| line(scopes, scope));
                said.map(|said| found.entry(scope).or_insert(said));
            }
        }
        found.into_iter().take(MAX_SCOPES).map(|(scope, said)| (scope.to_owned(), said)).collect()
    }

    /// The operations, in the order of the document.
    pub fn operations(&self) -> Vec<OperationHead> {
        let mut references = References::new(&self.tree);
        let mut found = Vec::new();
        for (path, item) in self.paths() {
            let Some(item) = follow(item, &mut references) else { continue };
            for (name, node) in item {
                let Some((_, method)) = METHODS.iter().find(|(own, _)| own == name) else { continue };
                found.extend(members(node).map(|operation| OperationHead::read(method, path, operation)));
            }
        }
        found
    }

    /// Everything about one operation.
    pub fn operation(&self, method: &str, path: &str) -> Option<OperationDetails> {
        let mut references = References::new(&self.tree);
        let (_, item) = self.paths().find(|(own, _)| *own == path)?;
        let item = follow(item, &mut references)?;
        let (name, method) = METHODS.iter().find(|(_, own)| *own == method)?;
        let operation = member(item, name).and_then(members)?;
        Some(OperationDetails::read(OperationHead::read(method, path, operation), item, operation, &mut references))
    }

    fn root(&self) -> Members<'_> {
        members(&self.tree).unwrap_or_default()
    }

    fn paths(&self) -> impl Iterator<Item = (&str, &Node<'_>)> {
        let paths = member(self.root(), "paths").and_then(members).unwrap_or_default();
        paths.iter().map(|(path, item)| (&**path, item)).filter(|(path, _)| path.starts_with('/'))
    }
}

impl Named {
    fn read(node: &Node<'_>) -> Option<Self> {
        let members = members(node)?;
        // `externalDocs` has a description in place of a name.
        let name = line(members, "name").or_else(|| line(members, "description"));
        let named = Self { name, url: line(members, "url"), email: line(members, "email") };
        (named != Self::default()).then_some(named)
    }
}

/// The object that a node is or refers to.
fn follow<'n>(node: &'n Node<'n>, references: &mut References<'n>) -> Option<Members<'n>> {
    references.follow(node, At::Root, &mut Report::default())
}

fn members<'n>(node: &'n Node<'_>) -> Option<Members<'n>> {
    if let Node::Object(members) = node { Some(members) } else { None }
}

fn items<'n>(node: &'n Node<'n>) -> &'n [Node<'n>] {
    if let Node::List(items) = node { items } else { &[] }
}

fn is_true(members: Members<'_>, name: &str) -> bool {
    matches!(member(members, name), Some(Node::Bool(true)))
}

/// A text in one line.
fn line(members: Members<'_>, name: &str) -> Option<String> {
    let text = plain(members, name)?.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then(|| cut(&text, MAX_LINE))
}

/// A text in Markdown.
fn long_text(members: Members<'_>, name: &str) -> Option<String> {
    text(members, name, MAX_TEXT)
}

/// A text in Markdown about a part of an operation, which has many.
fn short_text(members: Members<'_>, name: &str) -> Option<String> {
    text(members, name, MAX_SHORT_TEXT)
}

fn text(members: Members<'_>, name: &str, max: usize) -> Option<String> {
    plain(members, name).map(str::trim).filter(|text| !text.is_empty()).map(|text| cut(text, max))
}

fn plain<'n>(members: Members<'n>, name: &str) -> Option<&'n str> {
    if let Some(Node::Text(text)) = member(members, name) { Some(text) } else { None }
}

/// The beginning of a text, with `…` where it was cut.
fn cut(text: &str, max: usize) -> String {
    if text.len() <= max {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(max);
    format!("{}…", text.get(..end).unwrap_or_default().trim_end())
}

#[cfg(test)]
mod tests;
