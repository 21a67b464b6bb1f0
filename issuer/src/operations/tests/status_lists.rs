//! Status lists, and what edges hear of them.

use postern_token::Status;

use super::*;
use crate::catalogue::{StatusBits, StatusListId, StatusPlace};

impl Fixture {
    /// The places of the application's tokens.
    pub(super) fn places(&self) -> Vec<StatusPlace> {
        list_tokens(&self.storage, &self.application).unwrap().iter().filter_map(|token| token.status).collect()
    }

    /// What an edge says of the place that `token` names.
    pub(super) fn status(&self, token: &MintedToken) -> Option<Status> {
        let document = compose_bundle(&self.storage, None, &self.master_key).unwrap();
        let bundle = Bundle::from_json(&serde_json::to_vec(&document).unwrap()).unwrap();
        self.claims(token, |claims| {
            let status = claims.status.as_ref().unwrap();
            let listed = bundle.issuers[0].status_lists.iter().find(|list| list.uri == status.uri).unwrap();
            listed.list.as_ref().unwrap().status(status.index)
        })
    }

    pub(super) fn revision(&self) -> u64 {
        compose_live_bundle(&self.storage, None, &self.master_key).unwrap().revision
    }

    /// Leaves `free` places in the list in use.
    fn fill(&self, free: u32) {
        let next = StatusBits::CAPACITY - free;
        let connection = rusqlite::Connection::open(self.directory.path().join("postern.db")).unwrap();
        let sql =
            "UPDATE status_lists SET next_index = ?1 WHERE id = (SELECT min(id) FROM status_lists WHERE next_index < 131072)";
        connection.execute(sql, [next]).unwrap();
    }

    fn lists(&self) -> Vec<String> {
        let document = compose_live_bundle(&self.storage, None, &self.master_key).unwrap().document;
        document.status_lists.into_iter().map(|list| list.uri).collect()
    }
}

const FIRST: &str = "https://issuer.example/status/1";
const SECOND: &str = "https://issuer.example/status/2";

#[test]
fn each_token_has_a_place_of_its_own_that_the_bundle_knows() {
    let fixture = Fixture::new();
    let keys = fixture.generate();
    let revision = fixture.revision();
    let granted = fixture.grant(&keys, None, NOW).unwrap();
    let place = |index| StatusPlace { list: StatusListId(1), index };
    assert_eq!(fixture.places(), [place(0), place(1)]);
    fixture.claims(&granted, |claims| {
        let status = claims.status.as_ref().unwrap();
        assert_eq!((&*status.uri, status.index), (FIRST, 1));
    });
    assert_eq!(fixture.status(&granted), Some(Status::Valid));
    // A token is nothing that an edge must hear of.
    assert_eq!(fixture.revision(), revision);
    let document = compose_live_bundle(&fixture.storage, None, &fixture.master_key).unwrap().document;
    assert_eq!((document.status_lists[0].uri.as_str(), &document.status_lists[0].list), (FIRST, &None));
}

#[test]
fn the_next_list_is_known_long_before_there_are_tokens_in_it() {
    let fixture = Fixture::new();
    let keys = fixture.generate();
    fixture.fill(StatusBits::CAPACITY / 2);
    fixture.grant(&keys, None, NOW).unwrap();
    assert_eq!(fixture.lists(), [FIRST]);
    let revision = fixture.revision();
    fixture.grant(&keys, None, NOW).unwrap();
    assert_eq!(fixture.lists(), [FIRST, SECOND]);
    assert_eq!(fixture.revision(), revision + 1);
    fixture.fill(1);
    for _ in 0..2 {
        fixture.grant(&keys, None, NOW).unwrap();
    }
    let places = fixture.places();
    let last = &places[places.len() - 2..];
    let expected = [(1, StatusBits::CAPACITY - 1), (2, 0)];
    assert_eq!(last, expected.map(|(list, index)| StatusPlace { list: StatusListId(list), index }));
    assert_eq!(fixture.lists().len(), 2);
}

#[test]
fn a_list_is_forgotten_an_hour_after_its_last_token() {
    let fixture = Fixture::new();
    let keys = fixture.generate();
    let end = NOW.plus(3600 + 3600);
    // One that is not full is still in use.
    assert_eq!(keep_status_lists(&fixture.storage, end.plus(1)).unwrap(), 0);
    fixture.fill(0);
    keep_status_lists(&fixture.storage, NOW).unwrap();
    assert_eq!(keep_status_lists(&fixture.storage, end).unwrap(), 0);
    let revision = fixture.revision();
    assert_eq!(keep_status_lists(&fixture.storage, end.plus(1)).unwrap(), 1);
    assert_eq!(fixture.lists(), [SECOND]);
    assert_eq!(fixture.revision(), revision + 1);
    assert_eq!(status_list_edition(&fixture.storage, StatusListId(1)).unwrap(), None);
    // The record of its token stays, and no list gets its number again.
    assert_eq!(fixture.grant(&keys, None, NOW).map(|_| fixture.places().len()).unwrap(), 2);
    fixture.fill(0);
    keep_status_lists(&fixture.storage, end).unwrap();
    assert_eq!(fixture.lists().last().unwrap(), "https://issuer.example/status/3");
}

#[test]
fn a_list_with_a_token_that_never_expires_is_never_forgotten() {
    let fixture = Fixture::new();
    let request = GenerateRequest { validity: Some(Validity::Forever), ..fixture.request() };
    generate(&fixture.storage, request, &fixture.master_key, NOW, &fixture.entropy).unwrap();
    fixture.fill(0);
    assert_eq!(keep_status_lists(&fixture.storage, UnixSeconds(u64::MAX)).unwrap(), 0);
    assert_eq!(fixture.lists(), [FIRST, SECOND]);
}

#[test]
fn a_list_that_does_not_change_is_signed_the_same() {
    let fixture = Fixture::new();
    let sign = || sign_status_list(&fixture.storage, StatusListId(1), &fixture.master_key).unwrap().unwrap();
    let (one, other) = (sign(), sign());
    assert_eq!(one.token, other.token);
    assert_eq!(status_list_edition(&fixture.storage, StatusListId(1)).unwrap(), Some(one.edition));
    assert!(sign_status_list(&fixture.storage, StatusListId(2), &fixture.master_key).unwrap().is_none());
}
