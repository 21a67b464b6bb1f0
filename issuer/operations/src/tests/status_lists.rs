//! Status lists: reservation of indexes, publication, pruning and signing.

use postern_token::bundle::Bundle;
use postern_token::{KeyType, SoftwareVerifier, Status, StatusList, UnixSeconds};

use super::super::*;
use super::*;
use postern_model::{StatusBits, StatusIndex, StatusListId, Validity};

on_both!(
    each_token_has_its_own_status_index_in_a_listed_status_list,
    the_next_list_is_published_before_tokens_use_it,
    a_full_list_is_pruned_a_day_and_an_hour_after_its_last_token_expired,
    a_list_with_a_token_that_never_expires_is_never_pruned,
    an_unchanged_list_has_the_same_signed_token,
    a_bundle_names_the_version_that_an_edge_computes_from_the_signed_list,
);

impl Fixture {
    /// The status indexes of the application's tokens.
    pub(super) fn status_indexes(&self) -> Vec<StatusIndex> {
        self.tokens().iter().filter_map(|token| token.status).collect()
    }

    /// The status of a token as an edge sees it.
    pub(super) fn status(&self, token: &MintedToken) -> Option<Status> {
        let bundle = self.bundle();
        self.claims(token, |claims| {
            let status = claims.status.as_ref().unwrap();
            let listed = bundle.issuers[0].status_lists.iter().find(|list| list.uri == status.uri).unwrap();
            listed.list.as_ref().unwrap().list.status(status.index)
        })
    }

    /// Leaves `free` indexes in the first list that has any.
    fn leave_free_indexes(&self, free: u32) {
        let next = StatusBits::CAPACITY - free;
        let used = "SELECT min(id) FROM status_lists WHERE next_index < 131072";
        self.execute(&format!("UPDATE status_lists SET next_index = {next} WHERE id = ({used})"));
    }

    /// Runs the background maintenance. Returns the number of pruned lists.
    pub(super) fn maintain_status_lists(&self, now: UnixSeconds) -> usize {
        create_status_list_if_needed(&self.at(now)).unwrap();
        prune_status_lists(&self.at(now)).unwrap()
    }

    fn lists(&self) -> Vec<String> {
        let document = compose_live_bundle(&self.act(), None).unwrap().document;
        document.status_lists.into_iter().map(|list| list.uri).collect()
    }
}

const FIRST: &str = "https://issuer.example/status/1";
const SECOND: &str = "https://issuer.example/status/2";

fn each_token_has_its_own_status_index_in_a_listed_status_list(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    let revision = fixture.revision();
    let granted = fixture.grant(&keys, Some("menu"), NOW).unwrap();
    let status_index = |index| StatusIndex { list: StatusListId(1), index };
    assert_eq!(fixture.status_indexes(), [status_index(0), status_index(1)]);
    fixture.claims(&granted, |claims| {
        let status = claims.status.as_ref().unwrap();
        assert_eq!((&*status.uri, status.index), (FIRST, 1));
    });
    assert_eq!(fixture.status(&granted), Some(Status::Valid));
    // A new token does not change the bundle.
    assert_eq!(fixture.revision(), revision);
    let document = compose_live_bundle(&fixture.act(), None).unwrap().document;
    assert_eq!((document.status_lists[0].uri.as_str(), &document.status_lists[0].list), (FIRST, &None));
}

fn the_next_list_is_published_before_tokens_use_it(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    fixture.never_find_current_token();
    fixture.leave_free_indexes(StatusBits::CAPACITY / 2 + 1);
    fixture.grant(&keys, None, NOW).unwrap();
    assert_eq!(fixture.lists(), [FIRST]);
    let revision = fixture.revision();
    fixture.grant(&keys, None, NOW).unwrap();
    assert_eq!(fixture.lists(), [FIRST, SECOND]);
    assert_eq!(fixture.revision(), revision + 1);
    fixture.leave_free_indexes(1);
    for _ in 0..2 {
        fixture.grant(&keys, None, NOW).unwrap();
    }
    let status_indexes = fixture.status_indexes();
    let last = &status_indexes[status_indexes.len() - 2..];
    let expected = [(1, StatusBits::CAPACITY - 1), (2, 0)];
    assert_eq!(last, expected.map(|(list, index)| StatusIndex { list: StatusListId(list), index }));
    assert_eq!(fixture.lists().len(), 2);
}

fn a_full_list_is_pruned_a_day_and_an_hour_after_its_last_token_expired(engine: Engine) {
    let fixture = Fixture::new(engine);
    let keys = fixture.generate();
    fixture.never_find_current_token();
    // A list is kept a day longer than needed, so that most tokens need not extend it.
    let end = NOW.plus(3600 + 86_400 + 3600);
    // A list that is not full is never pruned.
    assert_eq!(fixture.maintain_status_lists(end.plus(1)), 0);
    fixture.leave_free_indexes(0);
    fixture.maintain_status_lists(NOW);
    assert_eq!(fixture.maintain_status_lists(end), 0);
    let revision = fixture.revision();
    assert_eq!(fixture.maintain_status_lists(end.plus(1)), 1);
    assert_eq!(fixture.lists(), [SECOND]);
    assert_eq!(fixture.revision(), revision + 1);
    assert_eq!(status_list_edition(&fixture.act(), StatusListId(1), None).unwrap(), None);
    // The record of its token stays, and the number of the list is not reused.
    assert_eq!(fixture.grant(&keys, None, NOW).map(|_| fixture.status_indexes().len()).unwrap(), 2);
    fixture.leave_free_indexes(0);
    fixture.maintain_status_lists(end);
    assert_eq!(fixture.lists().last().unwrap(), "https://issuer.example/status/3");
}

fn a_list_with_a_token_that_never_expires_is_never_pruned(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.allow_forever();
    let request = GenerateRequest { validity: Some(Validity::Forever), ..fixture.request() };
    generate(&fixture.act(), &request).unwrap();
    fixture.leave_free_indexes(0);
    assert_eq!(fixture.maintain_status_lists(UnixSeconds(u64::MAX)), 0);
    assert_eq!(fixture.lists(), [FIRST, SECOND]);
}

fn an_unchanged_list_has_the_same_signed_token(engine: Engine) {
    let fixture = Fixture::new(engine);
    let sign = || sign_status_list(&fixture.act(), StatusListId(1), None).unwrap().unwrap();
    let (one, other) = (sign(), sign());
    assert_eq!(one.token, other.token);
    assert_eq!(status_list_edition(&fixture.act(), StatusListId(1), None).unwrap(), Some(one.edition));
    assert!(sign_status_list(&fixture.act(), StatusListId(2), None).unwrap().is_none());
}

fn a_bundle_names_the_version_that_an_edge_computes_from_the_signed_list(engine: Engine) {
    let fixture = Fixture::new(engine);
    fixture.generate();
    let check = || {
        let mut versions = Vec::new();
        for environment in [None, Some(KeyType::Production), Some(KeyType::Sandbox)] {
            let composed = compose_live_bundle(&fixture.act(), environment).unwrap();
            let issuer = Bundle::from_json(&composed.json).unwrap().issuers.remove(0);
            let version = issuer.status_lists[0].version.clone();
            let signed = sign_status_list(&fixture.act(), StatusListId(1), Some(&version)).unwrap().unwrap();
            let dated =
                StatusList::from_token(signed.token.as_bytes(), FIRST, &issuer.keys, &SoftwareVerifier, UnixSeconds(0)).unwrap();
            assert_eq!(dated.version(), version, "{environment:?}");
            versions.push(version);
        }
        versions
    };
    let before = check();
    fixture.regenerate(NOW.plus(1)).unwrap();
    let after = check();
    assert!(before.iter().all(|version| !after.contains(version)), "a token was revoked");
}
