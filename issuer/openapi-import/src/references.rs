//! Resolves references within a document (`$ref`), with limits.

use std::borrow::Cow;

use postern_token::Node;
use postern_token::bundle::At;

use super::report::Report;
use super::tree::{Members, member, object, text};

/// The maximum length of a chain of references.
const MAX_HOPS: usize = 8;

/// The maximum number of members that are visited while all references of a document are resolved. A real document needs some
/// thousands.
const MAX_STEPS: usize = 5_000_000;

/// The members that are allowed beside `$ref`, because they do not change the meaning (Reference Object of `OpenAPI` 3.1).
const ALLOWED_SIBLINGS: [&str; 2] = ["summary", "description"];

/// Resolves the references of one document.
pub(super) struct References<'n> {
    root: &'n Node<'n>,
    steps: usize,
}

impl<'n> References<'n> {
    pub(super) const fn new(root: &'n Node<'n>) -> Self {
        Self { root, steps: 0 }
    }

    /// Returns the object that `node` is or refers to.
    pub(super) fn follow(&mut self, node: &'n Node<'n>, at: At<'_>, report: &mut Report) -> Option<Members<'n>> {
        let mut members = object(node, at, report)?;
        for _ in 0..=MAX_HOPS {
            self.spend(members.len(), at, report)?;
            let Some(reference) = member(members, "$ref") else { return Some(members) };
            let at = at.field("$ref");
            if members.iter().any(|(name, _)| name != "$ref" && !ALLOWED_SIBLINGS.contains(&&**name)) {
                report.push(
                    at,
                    "has other members beside it, and OpenAPI does not define which apply: keep either the reference or the members",
                );
                return None;
            }
            let Some(pointer) = text(reference, at, report)?.strip_prefix('#') else {
                report
                    .push(at, "points to another document, and references are not fetched: bundle all documents into one first");
                return None;
            };
            members = object(self.find(pointer, at, report)?, at, report)?;
        }
        report.push(at.field("$ref"), "is part of a cycle, or of a chain of references that is too long");
        None
    }

    /// Counts visited members against [`MAX_STEPS`].
    pub(super) fn spend(&mut self, members: usize, at: At<'_>, report: &mut Report) -> Option<()> {
        self.steps = self.steps.saturating_add(members);
        if self.steps > MAX_STEPS {
            report.push(at, "has too many references to resolve");
            return None;
        }
        Some(())
    }

    /// Evaluates a JSON pointer in a URI fragment (RFC 6901 section 6).
    fn find(&mut self, pointer: &str, at: At<'_>, report: &mut Report) -> Option<&'n Node<'n>> {
        let decoded = percent_decode(pointer).filter(|pointer| pointer.is_empty() || pointer.starts_with('/'));
        let mut found = decoded.as_ref().map(|_| self.root);
        for name in decoded.as_deref().unwrap_or_default().split('/').skip(1) {
            let name = name.replace("~1", "/").replace("~0", "~");
            found = match found {
                Some(Node::Object(members)) => {
                    self.spend(members.len(), at, report)?;
                    member(members, &name)
                }
                Some(Node::List(items)) => name.parse().ok().and_then(|index: usize| items.get(index)),
                _ => None,
            };
        }
        if found.is_none() {
            report.push(at, "points to nothing in this document");
        }
        found
    }
}

/// Removes percent-encoding; `None` if the encoding is invalid or the result is not UTF-8.
fn percent_decode(pointer: &str) -> Option<Cow<'_, str>> {
    if !pointer.contains('%') {
        return Some(Cow::Borrowed(pointer));
    }
    let mut bytes = Vec::with_capacity(pointer.len());
    let mut rest = pointer.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16)).and_then(|digit| u8::try_from(digit).ok());
        let (high, low) = (digit()?, digit()?);
        bytes.push(high << 4 | low);
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}
