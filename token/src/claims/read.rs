//! Reads claims out of JSON. A claim of the wrong type is refused, not treated as absent.

use std::borrow::Cow;

use super::{ApiReference, Claims, KeyType, Kind, StatusReference, Subscriptions};
use crate::domain::DomainPattern;
use crate::identifier::Identifier;
use crate::json::Node;
use crate::scope::Scopes;
use crate::time::UnixSeconds;

impl<'a> Claims<'a> {
    /// The claims that `node` holds, or `None` when one is missing, has the wrong type or an impossible value. Unknown claims are ignored
    /// (RFC 7519 section 4).
    pub(crate) fn read(node: Node<'a>) -> Option<Self> {
        let Node::Object(members) = node else { return None };
        let (mut iss, mut aud, mut exp, mut nbf, mut iat) = (None, None, None, None, None);
        let (mut jti, mut client_id, mut sub, mut app) = (None, None, None, None);
        let (mut kind, mut key_type, mut apis) = (None, None, None);
        let (mut scope, mut domains, mut ips, mut status) = (None, None, None, None);
        for (name, value) in members {
            // As bytes, so that the compiler can combine the comparisons; texts would be compared one after the other.
            match name.as_bytes() {
                b"iss" => iss = Some(text(value)?),
                b"aud" => aud = Some(audience(value)?),
                b"exp" => exp = Some(seconds(&value)?),
                b"nbf" => nbf = Some(seconds(&value)?),
                b"iat" => iat = Some(seconds(&value)?),
                b"jti" => jti = Some(identifier(value)?),
                b"client_id" => client_id = Some(identifier(value)?),
                b"sub" => sub = Some(identifier(value)?),
                b"app" => app = Some(identifier(value)?),
                b"kind" => kind = Some(read_kind(&text(value)?)?),
                b"key_type" => key_type = Some(read_key_type(&text(value)?)?),
                b"apis" => apis = Some(subscriptions(value)?),
                b"scope" => scope = Some(Scopes::parse(text(value)?).ok()?),
                b"domains" => domains = Some(list(value, |item| DomainPattern::parse(text(item)?).ok())?),
                b"ips" => ips = Some(list(value, |item| text(item)?.parse().ok())?),
                b"status" => status = Some(read_status(value)?),
                // A sender-constrained token is not a bearer token: ignoring `cnf` (RFC 7800) would turn it into one.
                b"cnf" => return None,
                _ => {}
            }
        }
        // An application token stands for the application itself (RFC 9068 section 2.2).
        if kind == Some(Kind::Application) && sub != client_id {
            return None;
        }
        Some(Self {
            iss: iss?,
            aud: aud?,
            exp,
            nbf,
            iat: iat?,
            jti: jti?,
            client_id: client_id?,
            sub: sub?,
            kind: kind?,
            key_type: key_type?,
            app: app?,
            apis: apis?,
            scope,
            domains,
            ips,
            status,
        })
    }
}

fn text(node: Node<'_>) -> Option<Cow<'_, str>> {
    match node {
        Node::Text(text) => Some(text),
        _ => None,
    }
}

fn identifier(node: Node<'_>) -> Option<Identifier<'_>> {
    Identifier::parse(text(node)?).ok()
}

const fn seconds(node: &Node<'_>) -> Option<UnixSeconds> {
    match node {
        Node::Whole(number) => Some(UnixSeconds(*number)),
        _ => None,
    }
}

/// A non-empty list: an empty list of allowed values could mean that nothing or that everything is allowed.
fn list<'a, T>(node: Node<'a>, read: fn(Node<'a>) -> Option<T>) -> Option<Vec<T>> {
    let Node::List(items) = node else { return None };
    let mut list = Vec::with_capacity(items.len());
    for item in items {
        list.push(read(item)?);
    }
    (!list.is_empty()).then_some(list)
}

/// One string or a list of strings (RFC 7519 section 4.1.3).
fn audience(node: Node<'_>) -> Option<Vec<Cow<'_, str>>> {
    match node {
        Node::Text(only) => Some(vec![only]),
        node => list(node, text),
    }
}

fn read_kind(name: &str) -> Option<Kind> {
    [Kind::Application, Kind::User].into_iter().find(|kind| kind.as_str() == name)
}

fn read_key_type(name: &str) -> Option<KeyType> {
    [KeyType::Production, KeyType::Sandbox].into_iter().find(|key_type| key_type.as_str() == name)
}

fn subscriptions(node: Node<'_>) -> Option<Subscriptions<'_>> {
    let Node::Object(members) = node else { return None };
    let mut list = Vec::with_capacity(members.len());
    for (api, tier) in members {
        list.push((ApiReference::parse(api).ok()?, identifier(tier)?));
    }
    // An object has no name twice, so no API is repeated.
    Some(Subscriptions(list))
}

/// `{"status_list":{"idx":N,"uri":"…"}}` and nothing else.
fn read_status(node: Node<'_>) -> Option<StatusReference<'_>> {
    let Node::Object(outer) = node else { return None };
    let [(name, Node::Object(inner))] = <[_; 1]>::try_from(outer).ok()? else { return None };
    let (mut index, mut uri) = (None, None);
    for (name, value) in inner {
        match (&*name, value) {
            ("idx", Node::Whole(number)) => index = Some(number),
            ("uri", Node::Text(text)) => uri = Some(text),
            _ => return None,
        }
    }
    (name == "status_list").then_some(StatusReference { index: index?, uri: uri? })
}
