//! A bundle as the issuer sent it.

use std::fmt::Write as _;

use postern_token::bundle::{At, Bundle, BundleDocument, Problems, Read as _};
use postern_token::{Node, finish_sha256};
use sha2::{Digest as _, Sha256};

use super::record::{BundleAge, Index, Listed, TrustedListed};

/// A valid bundle that was fetched.
pub(crate) struct FetchedBundle {
    /// The bundle, its status lists still to be fetched.
    pub(crate) bundle: Bundle,
    /// Its parts, as the records name them.
    pub(crate) index: Index,
}

impl FetchedBundle {
    /// Parses and validates a bundle that the issuer sends with the entity tag `etag`.
    pub(crate) fn read(json: &[u8], etag: String) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let node = match Node::parse(json) {
            Ok(node) => node,
            Err(error) => {
                problems.push(At::Root, format!("is not JSON: {error}"));
                return Err(problems);
            }
        };
        let document = BundleDocument::read(&node, At::Root, &mut problems);
        let bundle = Bundle::check(&document, At::Root, &mut problems);
        let bundle = problems.or(bundle)?;
        let own = bundle.issuers.first().map(|issuer| issuer.status_lists.as_slice()).unwrap_or_default();
        let lists = own.iter().map(|list| Listed { uri: list.uri.clone(), version: list.version.clone() }).collect();
        let trusted = trusted_lists(&node, &document);
        let age = BundleAge { epoch: document.epoch.unwrap_or_default(), revision: document.revision.unwrap_or_default() };
        Ok(Self { index: Index { etag, document: digest(&node), age, lists, trusted }, bundle })
    }
}

/// The lists of trusted issuers that the bundle does not hold, none of them fetched yet.
fn trusted_lists(bundle: &Node<'_>, document: &BundleDocument) -> Vec<TrustedListed> {
    let mut lists = Vec::new();
    for (at, issuer) in document.trusted_issuers.iter().enumerate() {
        let mut named = issuer.status_lists.iter().filter(|list| list.list.is_none()).peekable();
        if named.peek().is_none() {
            continue;
        }
        let owner = owner(bundle, at);
        lists.extend(named.map(|list| TrustedListed { uri: list.uri.clone(), owner: owner.clone(), fetched_at: 0 }));
    }
    lists
}

/// A digest of the name and the keys of a trusted issuer.
fn owner(bundle: &Node<'_>, at: usize) -> String {
    let mut hash = Sha256::new();
    if let Some(Node::List(issuers)) = member(bundle, "trusted_issuers")
        && let Some(issuer) = issuers.get(at)
    {
        for name in ["issuer", "keys"] {
            absorb(member(issuer, name).unwrap_or(&Node::Null), &mut hash);
        }
    }
    let mut owner = hex(&finish_sha256(hash));
    owner.truncate(16);
    owner
}

fn member<'n, 'a>(node: &'n Node<'a>, name: &str) -> Option<&'n Node<'a>> {
    let Node::Object(members) = node else { return None };
    members.iter().find(|(own, _)| own == name).map(|(_, value)| value)
}

/// A digest of a bundle without its status lists and its revision. A revoked token changes only those, so it does not make every
/// worker parse all APIs again.
fn digest(node: &Node<'_>) -> String {
    let mut hash = Sha256::new();
    if let Node::Object(members) = node {
        for (name, value) in members.iter().filter(|(name, _)| name != "status_lists" && name != "revision") {
            absorb_text(name, &mut hash);
            absorb(value, &mut hash);
        }
    }
    hex(&finish_sha256(hash))
}

fn hex(digest: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in digest {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Each value begins with a byte for its kind, and with its length where it has one, so that no two trees give the same bytes.
fn absorb(node: &Node<'_>, hash: &mut Sha256) {
    match node {
        Node::Null => hash.update(b"n"),
        Node::Bool(false) => hash.update(b"f"),
        Node::Bool(true) => hash.update(b"t"),
        Node::OtherNumber => hash.update(b"o"),
        Node::Whole(number) => {
            hash.update(b"w");
            hash.update(number.to_le_bytes());
        }
        Node::Negative(number) => {
            hash.update(b"m");
            hash.update(number.to_le_bytes());
        }
        Node::Text(text) => absorb_text(text, hash),
        Node::List(items) => {
            absorb_len(b"l", items.len(), hash);
            for item in items {
                absorb(item, hash);
            }
        }
        Node::Object(members) => {
            absorb_len(b"m", members.len(), hash);
            for (name, value) in members {
                absorb_text(name, hash);
                absorb(value, hash);
            }
        }
    }
}

fn absorb_text(text: &str, hash: &mut Sha256) {
    absorb_len(b"s", text.len(), hash);
    hash.update(text);
}

fn absorb_len(kind: &[u8], len: usize, hash: &mut Sha256) {
    hash.update(kind);
    hash.update((len as u64).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(change: impl FnOnce(&mut Value)) -> Result<Index, Problems> {
        let mut bundle: Value = serde_json::from_str(postern_vectors::bundle()).unwrap();
        change(&mut bundle);
        FetchedBundle::read(bundle.to_string().as_bytes(), "\"tag\"".to_owned()).map(|fetched| fetched.index)
    }

    #[test]
    fn status_lists_change_the_index_and_not_the_document() {
        let before = read(|_| {}).unwrap();
        let lists = json!([{"uri": "https://issuer.example/status/2", "version": "b"}, {"uri": "https://issuer.example/status/1", "version": "a"}]);
        let after = read(|bundle| {
            bundle["status_lists"] = lists;
            bundle["revision"] = 7.into();
        })
        .unwrap();
        assert_eq!(before.document, after.document);
        assert_eq!((after.age.revision, after.etag.as_str()), (7, "\"tag\""));
        assert_eq!(after.lists.iter().map(|list| list.version.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn everything_else_changes_the_document() {
        let before = read(|_| {}).unwrap().document;
        for change in [
            |bundle: &mut Value| bundle["audience"] = "https://other.example".into(),
            |bundle: &mut Value| bundle["environment"] = "sandbox".into(),
            |bundle: &mut Value| bundle["epoch"] = 1.into(),
            |bundle: &mut Value| {
                bundle["apis"].as_array_mut().unwrap().pop();
            },
            |bundle: &mut Value| {
                bundle["keys"]["keys"].as_array_mut().unwrap().swap(0, 1);
            },
        ] {
            assert_ne!(read(change).unwrap().document, before);
        }
    }

    #[test]
    fn two_texts_are_not_one_text_of_both() {
        let hosts = |hosts: Value| read(|bundle| bundle["apis"][0]["hosts"] = hosts).unwrap().document;
        assert_ne!(hosts(json!(["a.example", "b.example"])), hosts(json!(["a.exampleb.example"])));
    }

    #[test]
    fn an_invalid_bundle_is_refused() {
        for bad in [&b""[..], b"<html>", b"{}", b"[]", b"null", b"\xff"] {
            assert!(FetchedBundle::read(bad, String::new()).is_err());
        }
        assert!(read(|bundle| bundle["more"] = 1.into()).is_err());
    }
}
