//! The issuers whose tokens an edge accepts.

use std::cmp::Ordering;

use super::document::{BundleDocument, IssuerDocument, JwkSetDocument, StatusListDocument};
use super::trust::Trust;
use super::{At, Problems};
use crate::identifier::Identifier;
use crate::jwk::{KeySet, SoftwareVerifier, VerifyingKey};
use crate::repeated::repeated;
use crate::status_list::{DatedStatusList, StatusList};
use crate::time::UnixSeconds;

/// An issuer whose tokens are accepted.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// The `iss` of its tokens.
    pub name: String,
    /// The `aud` that its tokens must hold.
    pub audience: String,
    /// Its keys.
    pub keys: KeySet,
    /// The limits within which its tokens are accepted; `None` for the bundle's own issuer.
    pub trust: Option<Trust>,
    /// Its status lists, each once, in the order of [`by_address`].
    pub status_lists: Vec<ListedStatus>,
}

/// A status list that a bundle names.
#[derive(Debug, Clone)]
pub struct ListedStatus {
    /// Its address: printable ASCII without a space.
    pub uri: String,
    /// The list's [`crate::status_list_version`], by which an edge that fetches the list recognises it: printable ASCII without a space.
    /// Empty for a list of a trusted issuer.
    pub version: String,
    /// The list, if the bundle holds it.
    pub list: Option<DatedStatusList>,
}

/// The order of status lists. Addresses usually differ in length or at their end, so these are compared first.
pub fn by_address(one: &str, other: &str) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| {
        let differ = |(one, other): &(u8, u8)| one != other;
        let difference = one.bytes().zip(other.bytes()).rev().find(differ);
        difference.map_or(Ordering::Equal, |(one, other)| one.cmp(&other))
    })
}

/// Checks every issuer of a bundle.
pub(super) fn check_all(document: &BundleDocument, at: At<'_>, problems: &mut Problems) -> Option<Vec<Issuer>> {
    let BundleDocument { issuer, audience, keys, status_lists, .. } = document;
    let mut issuers = vec![check((issuer, audience, keys, status_lists), true, at, problems)];
    let at = at.field("trusted_issuers");
    for (index, trusted) in document.trusted_issuers.iter().enumerate() {
        let IssuerDocument { issuer, audience, keys, status_lists, .. } = trusted;
        let at = at.item(index);
        let checked = check((issuer, audience, keys, status_lists), false, at, problems);
        let trust = Some(Trust::check(trusted, at, problems));
        issuers.push(checked.map(|checked| Issuer { trust, ..checked }));
    }
    let issuers: Vec<Issuer> = issuers.into_iter().collect::<Option<_>>()?;
    for (_, again) in repeated(&mut issuers.iter().map(|issuer| issuer.name.as_str())) {
        // The first is the bundle's own, which is not on the list.
        problems.push(at.item(again.saturating_sub(1)).field("issuer"), "is trusted already");
    }
    check_uris(document, at, problems);
    Some(issuers)
}

/// A list belongs to one issuer: an edge keeps each under its address.
fn check_uris(document: &BundleDocument, at: At<'_>, problems: &mut Problems) {
    let mut seen: Vec<&str> = document.status_lists.iter().map(|list| list.uri.as_str()).collect();
    for (index, issuer) in document.trusted_issuers.iter().enumerate() {
        if issuer.status_lists.iter().any(|list| seen.contains(&list.uri.as_str())) {
            problems.push(at.item(index).field("status_lists"), "names a list that another issuer has");
        }
        seen.extend(issuer.status_lists.iter().map(|list| list.uri.as_str()));
    }
}

fn check(
    (issuer, audience, keys, lists): (&String, &String, &JwkSetDocument, &[StatusListDocument]),
    is_own: bool,
    at: At<'_>,
    problems: &mut Problems,
) -> Option<Issuer> {
    for (name, text) in [("issuer", issuer), ("audience", audience)] {
        problems.take(at.field(name), Identifier::parse(text.as_str()));
    }
    let keys = check_keys(keys, at.field("keys"), problems)?;
    let status_lists = check_lists(lists, is_own, &keys, at.field("status_lists"), problems);
    Some(Issuer { name: issuer.clone(), audience: audience.clone(), keys, trust: None, status_lists })
}

fn check_keys(document: &JwkSetDocument, at: At<'_>, problems: &mut Problems) -> Option<KeySet> {
    let at = at.field("keys");
    let mut keys = Vec::with_capacity(document.keys.len());
    for (index, key) in document.keys.iter().enumerate() {
        keys.extend(problems.take(at.item(index), VerifyingKey::try_from(key)));
    }
    problems.take(at, KeySet::new(keys))
}

fn check_lists(
    documents: &[StatusListDocument],
    is_own: bool,
    keys: &KeySet,
    at: At<'_>,
    problems: &mut Problems,
) -> Vec<ListedStatus> {
    let mut lists: Vec<ListedStatus> = Vec::with_capacity(documents.len());
    for (index, document) in documents.iter().enumerate() {
        let at = at.item(index);
        for (name, text) in [("uri", &document.uri), ("version", &document.version)] {
            // The bundle cannot know the version of another issuer's list.
            let is_absent = !is_own && name == "version" && text.is_empty();
            if !is_absent && (Identifier::parse(text.as_str()).is_err() || text.contains(' ')) {
                problems.push(at.field(name), "must be 1 to 255 printable ASCII characters without a space");
            }
        }
        // There is no clock here. Each decision checks whether the list has expired.
        let read =
            |token: &String| StatusList::from_token(token.as_bytes(), &document.uri, keys, &SoftwareVerifier, UnixSeconds(0));
        let list = document.list.as_ref().and_then(|token| problems.take(at.field("list"), read(token)));
        let listed = ListedStatus { uri: document.uri.clone(), version: document.version.clone(), list };
        match lists.binary_search_by(|other| by_address(&other.uri, &listed.uri)) {
            Ok(_) => problems.push(at.field("uri"), "stands in the list twice"),
            Err(place) => lists.insert(place, listed),
        }
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_addresses_are_ordered_and_never_equal() {
        let ordered = ["https://i/1", "https://j/1", "https://i/2", "https://i/10", "https://i/11"];
        for (at, one) in ordered.iter().enumerate() {
            for (other_at, other) in ordered.iter().enumerate() {
                assert_eq!(by_address(one, other), at.cmp(&other_at), "{one} and {other}");
            }
        }
    }
}
