//! The status lists of trusted issuers.

use postern_token::{StatusListError, StatusListTimes, TokenError, UnixSeconds};
use postern_vectors::TokenSpec;
use serde_json::{Value, json};

use super::edge::{Edge, MAX_STALENESS, settings};
use super::issuer::{WALL, sign, status};
use crate::SyncSettings;
use crate::sync::{Answer, Failure, Outcome, Record, Server};

const URI: &str = "https://partner.example/lists/1?v=1";

fn following() -> SyncSettings {
    let clusters = [("https://partner.example".to_owned(), "partner".to_owned())];
    SyncSettings { list_clusters: clusters.into_iter().collect(), ..settings() }
}

/// A trusted issuer whose key is `k2`, with a list at [`URI`].
fn partner() -> Value {
    let bundle: Value = serde_json::from_str(postern_vectors::bundle()).unwrap();
    json!({
        "issuer": "https://partner.example", "audience": "https://partner-api.example",
        "applications": ["app-1"], "client_id_prefix": "consumer-key-", "scopes": ["orders", "menu:write"], "apis": {"pizza/1.0.0": "bronze"},
        "keys": {"keys": [bundle["keys"]["keys"][1]]}, "status_lists": [{"uri": URI}],
    })
}

/// Workers of which the first has the bundle.
fn edge(workers: usize) -> Edge {
    edge_trusting(&partner(), workers)
}

fn edge_trusting(partner: &Value, workers: usize) -> Edge {
    let mut edge = Edge::with_settings(workers, &following());
    edge.issuer.set("trusted_issuers", json!([partner]));
    let keys: Value = serde_json::from_str(postern_vectors::bundle()).unwrap();
    edge.issuer.set("keys", json!({"keys": [keys["keys"]["keys"][0]]}));
    assert_eq!(edge.follow(0), Some(Outcome::Changed));
    edge
}

/// The partner's list: in state 1 the token is revoked, in state 0 it is not.
fn partner_list(state: u8, ttl: Option<u64>) -> Answer {
    partner_list_of(WALL, state, ttl)
}

/// The same, made at that time.
fn partner_list_of(iat: UnixSeconds, state: u8, ttl: Option<u64>) -> Answer {
    sign(URI, state, StatusListTimes { iat, exp: None, ttl }, "k2")
}

/// What `worker` decides about a token in the partner's list.
fn decides(edge: &Edge, worker: usize) -> Option<&'static str> {
    decides_listed(edge, worker, URI)
}

/// The same for the list at `uri`.
fn decides_listed(edge: &Edge, worker: usize, uri: &str) -> Option<&'static str> {
    let claims = json!({"iss": "https://partner.example", "aud": "https://partner-api.example",
        "status": {"status_list": {"idx": 0, "uri": uri}}});
    let Value::Object(claims) = claims else { unreachable!() };
    edge.decides_token(worker, &TokenSpec { key: Some("k2".into()), claims, ..TokenSpec::default() })
}

/// Lets time pass, and returns the number of the request for the partner's list, if the first worker sends one.
fn ask(edge: &mut Edge, after: u64) -> Option<u32> {
    edge.tick_after(0, after);
    edge.workers[0].asked_elsewhere.take().map(|(call, _)| call)
}

fn answer(edge: &mut Edge, call: u32, answer: Answer) -> Option<Outcome> {
    let event = crate::sync::Event::Answered { call, answer, now: edge.now, wall: edge.wall };
    edge.run(0, event)
}

/// Fetches the list in that version, and returns how it ended.
fn fetch(edge: &mut Edge, after: u64, list: Answer) -> Option<Outcome> {
    let call = ask(edge, after).expect("a request for the list");
    answer(edge, call, list)
}

/// The same once the list is due.
fn fetch_when_due(edge: &mut Edge, list: Answer) -> Option<Outcome> {
    let call = ask_when_due(edge);
    answer(edge, call, list)
}

/// The number of the request for the list once it is due.
fn ask_when_due(edge: &mut Edge) -> u32 {
    (0..8).find_map(|_| ask(edge, 500)).expect("a request for the list")
}

#[test]
fn a_list_is_asked_for_at_its_own_server_without_the_edge_key() {
    let mut edge = edge(1);
    edge.tick(0);
    let (call, request) = edge.workers[0].asked_elsewhere.clone().unwrap();
    let limit = |call| edge.workers[0].follower.answer_limit(call);
    assert_eq!((limit(call), limit(edge.workers[0].asked.as_ref().unwrap().0)), (Some(2 << 20), Some(8 << 20)));
    let server = Server { cluster: "partner".into(), authority: "partner.example".into() };
    assert_eq!((request.server, request.path.as_str(), request.timeout), (Some(server), "/lists/1?v=1", 5_000));
    assert!(request.headers.iter().all(|(name, _)| *name != "authorization"), "{:?}", request.headers);
}

#[test]
fn tokens_of_a_list_that_was_not_fetched_yet_are_refused_and_nothing_else_waits() {
    let mut edge = edge(2);
    edge.tick(1);
    for worker in 0..2 {
        assert_eq!((decides(&edge, worker), edge.decides(worker)), (Some("stale"), Some("token")));
    }
    let before = edge.reads(&Record::Index);
    edge.tick_after(1, 50);
    assert_eq!(edge.reads(&Record::Index), before, "nothing is published for the worker to read");
}

#[test]
fn what_one_worker_fetches_every_worker_has() {
    for (version, expected) in [(0, "token"), (1, "revoked")] {
        let mut edge = edge(2);
        edge.tick(0);
        let (call, _) = edge.workers[0].asked_elsewhere.take().unwrap();
        assert_eq!(answer(&mut edge, call, partner_list(version, None)), None);
        for worker in 0..2 {
            edge.tick(worker);
            assert_eq!(decides(&edge, worker), Some(expected));
        }
    }
}

/// An edge of two workers that has the list of that version and `ttl`.
fn with_list(version: u8, ttl: Option<u64>) -> Edge {
    let mut edge = edge(2);
    edge.tick(0);
    let (call, _) = edge.workers[0].asked_elsewhere.take().unwrap();
    assert_eq!(answer(&mut edge, call, partner_list(version, ttl)), None);
    for worker in 0..2 {
        edge.tick(worker);
    }
    edge
}

#[test]
fn each_list_of_a_partner_is_fetched() {
    let other = "https://partner.example/lists/2";
    let mut partner = partner();
    partner["status_lists"].as_array_mut().unwrap().push(json!({"uri": other}));
    let mut edge = edge_trusting(&partner, 1);
    let times = StatusListTimes { iat: WALL, exp: None, ttl: None };
    assert_eq!(fetch(&mut edge, 0, partner_list(0, None)), None);
    assert_eq!((decides(&edge, 0), decides_listed(&edge, 0, other)), (Some("token"), Some("stale")));
    assert_eq!(fetch(&mut edge, 0, sign(other, 1, times, "k2")), None);
    assert_eq!((decides(&edge, 0), decides_listed(&edge, 0, other)), (Some("token"), Some("revoked")));
}

#[test]
fn a_list_in_the_bundle_is_used_and_not_fetched() {
    let mut partner = partner();
    let list = String::from_utf8(partner_list(1, None).body.unwrap()).unwrap();
    partner["status_lists"] = json!([{"uri": URI, "list": list}]);
    let mut edge = edge_trusting(&partner, 2);
    edge.tick(1);
    assert_eq!((decides(&edge, 0), decides(&edge, 1)), (Some("revoked"), Some("revoked")));
    wait(&mut edge, 5_000);
    assert_eq!(decides(&edge, 0), Some("revoked"));
}

#[test]
fn a_list_is_fetched_again_in_time() {
    for (ttl, interval) in [(None, 60_000), (Some(10), 5_000), (Some(1_000), 60_000), (Some(0), 500)] {
        let mut edge = with_list(0, ttl);
        // The bundle is confirmed meanwhile.
        wait(&mut edge, interval - 500);
        assert!((0..3).any(|_| ask(&mut edge, 250).is_some()), "{ttl:?}");
    }
}

/// Lets that time pass, in which the list must not be asked for.
fn wait(edge: &mut Edge, milliseconds: u64) {
    let end = edge.now + milliseconds;
    while edge.now < end {
        let after = 500.min(end - edge.now);
        assert!(ask(edge, after).is_none(), "{} ms too early", end - edge.now);
        keep_bundle(edge);
    }
}

#[test]
fn pauses_after_failures_double_up_to_half_a_minute() {
    let mut edge = edge(1);
    let mut call = ask(&mut edge, 0).expect("a request for the list");
    for pause in [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
        assert!(answer(&mut edge, call, status(500)).is_some());
        wait(&mut edge, pause - 1);
        call = ask(&mut edge, 1).unwrap_or_else(|| panic!("no request after {pause} ms"));
    }
    // An answer ends the doubling.
    assert_eq!(answer(&mut edge, call, partner_list(0, Some(0))), None);
    let call = ask_when_due(&mut edge);
    assert!(answer(&mut edge, call, status(500)).is_some());
    wait(&mut edge, 999);
    assert!(ask(&mut edge, 1).is_some());
}

#[test]
fn a_new_bundle_does_not_shorten_the_pause_after_a_failure() {
    let mut edge = edge(1);
    assert!(fetch(&mut edge, 0, status(500)).is_some());
    edge.issuer.revision += 1;
    edge.tick(0);
    assert_eq!(edge.serve(0), Some(Outcome::Changed));
    wait(&mut edge, 999);
    assert!(fetch(&mut edge, 1, status(500)).is_some());
    wait(&mut edge, 1_999);
    assert!(ask(&mut edge, 1).is_some());
}

#[test]
fn a_list_that_cannot_be_published_is_a_failure() {
    for record in [Record::List(URI.into()), Record::Index, Record::Version] {
        let mut edge = edge(1);
        let before = edge.records.version();
        edge.records.failing.insert(record.clone(), 1);
        let cause = Box::new(Failure::NoSharedRecords);
        let failure = Failure::TrustedList { uri: URI.into(), cause };
        assert_eq!(fetch(&mut edge, 0, partner_list(0, None)), Some(Outcome::Failed(failure)), "{record:?}");
        assert_eq!((edge.records.version(), decides(&edge, 0)), (before, Some("stale")), "{record:?}");
        wait(&mut edge, 999);
        assert_eq!(fetch(&mut edge, 1, partner_list(0, None)), None, "{record:?}");
        assert_eq!(decides(&edge, 0), Some("token"), "{record:?}");
    }
}

#[test]
fn a_list_is_asked_for_again_when_its_answer_does_not_come() {
    let mut edge = edge(1);
    assert!(ask(&mut edge, 0).is_some());
    wait(&mut edge, 10_000);
    assert!(ask(&mut edge, 1).is_some());
}

/// Has the issuer confirm the bundle, if it is asked.
fn keep_bundle(edge: &mut Edge) {
    if let Some((call, request)) = edge.workers[0].asked.take() {
        assert_eq!(request.server, None);
        answer(edge, call, super::issuer::not_modified());
    }
}

#[test]
fn a_revocation_is_seen_at_the_next_fetch() {
    let mut edge = with_list(0, Some(4));
    assert_eq!(decides(&edge, 1), Some("token"));
    assert_eq!(ask(&mut edge, 1_000), None);
    assert_eq!(fetch(&mut edge, 1_000, partner_list(1, Some(4))), None);
    edge.tick(1);
    assert_eq!((decides(&edge, 0), decides(&edge, 1)), (Some("revoked"), Some("revoked")));
}

#[test]
fn a_list_that_is_older_than_the_one_in_use_is_refused_and_the_newer_one_ages() {
    let mut edge = with_list(1, Some(4));
    let older = partner_list_of(UnixSeconds(WALL.0 - 1), 0, Some(4));
    let failure = Failure::TrustedList { uri: URI.into(), cause: Box::new(Failure::OlderList) };
    assert!(failure.is_replay());
    assert_eq!(fetch_when_due(&mut edge, older.clone()), Some(Outcome::Failed(failure.clone())));
    for worker in 0..2 {
        edge.tick(worker);
        assert_eq!(decides(&edge, worker), Some("revoked"));
    }
    // Of the same age, and newer, in which the token may be valid again.
    for (iat, state, expected) in [(WALL, 1, "revoked"), (WALL.plus(1), 0, "token")] {
        assert_eq!(fetch_when_due(&mut edge, partner_list_of(iat, state, Some(4))), None);
        edge.tick(1);
        assert_eq!((decides(&edge, 0), decides(&edge, 1)), (Some(expected), Some(expected)));
    }
    // Another worker knows the age of the list too.
    edge.now += 3_000;
    // The first tick takes the lease and asks for the bundle.
    edge.tick(1);
    edge.tick_after(1, 50);
    let (call, _) = edge.workers[1].asked_elsewhere.take().expect("the lease was free");
    let event = crate::sync::Event::Answered { call, answer: older, now: edge.now, wall: edge.wall };
    assert_eq!(edge.run(1, event), Some(Outcome::Failed(failure)));
    // An older list is no confirmation.
    edge.now += 4_000;
    edge.tick(1);
    assert_eq!(decides(&edge, 1), Some("stale"));
}

#[test]
fn a_delayed_worker_does_not_replace_what_another_one_has_fetched_since() {
    let mut edge = with_list(0, Some(4));
    let late = ask_when_due(&mut edge);
    // The worker is delayed beyond its lease, and another one takes over.
    edge.now += 3_000;
    // The first tick takes the lease and asks for the bundle.
    edge.tick(1);
    edge.tick_after(1, 50);
    let (call, _) = edge.workers[1].asked_elsewhere.take().expect("the lease was free");
    let newer = partner_list_of(WALL.plus(1), 1, Some(4));
    let event = crate::sync::Event::Answered { call, answer: newer, now: edge.now, wall: edge.wall };
    assert_eq!(edge.run(1, event), None);
    edge.now += 3_000;
    assert_eq!(answer(&mut edge, late, partner_list(0, Some(4))), None);
    for worker in 0..2 {
        edge.tick(worker);
        assert_eq!(decides(&edge, worker), Some("revoked"));
    }
}

#[test]
fn a_list_that_cannot_be_fetched_ages_and_is_refused() {
    for (ttl, longest) in [(Some(20), 20_000), (None, MAX_STALENESS), (Some(10_000), MAX_STALENESS)] {
        let mut edge = with_list(0, ttl);
        let end = edge.now + longest;
        while edge.now < end {
            let after = 1_000.min(end - edge.now);
            if let Some(call) = ask(&mut edge, after) {
                let outcome = answer(&mut edge, call, status(503));
                let cause = Box::new(Failure::ListStatus(503));
                assert_eq!(outcome, Some(Outcome::Failed(Failure::TrustedList { uri: URI.into(), cause })));
            }
            keep_bundle(&mut edge);
            edge.tick(1);
            assert_eq!(decides(&edge, 1), Some("token"), "{ttl:?} at {}", edge.now);
        }
        edge.now += 1;
        edge.tick(1);
        assert_eq!((decides(&edge, 1), edge.decides(1)), (Some("stale"), Some("token")), "{ttl:?}");
    }
}

#[test]
fn a_list_that_is_not_the_partners_is_refused() {
    let times = StatusListTimes { iat: WALL, exp: None, ttl: None };
    let expired = StatusListTimes { exp: Some(WALL), ..times };
    for (list, error) in [
        (sign(URI, 0, times, "k1"), StatusListError::Token(TokenError::NoKey)),
        (sign("https://partner.example/lists/2", 0, times, "k2"), StatusListError::Subject),
        (sign(URI, 0, expired, "k2"), StatusListError::Expired),
    ] {
        let mut edge = edge(1);
        edge.tick(0);
        let (call, _) = edge.workers[0].asked_elsewhere.take().unwrap();
        let cause = Box::new(Failure::List(error));
        assert_eq!(answer(&mut edge, call, list), Some(Outcome::Failed(Failure::TrustedList { uri: URI.into(), cause })));
        assert_eq!(decides(&edge, 0), Some("stale"));
        assert!(edge.records.value(&Record::List(URI.into())).is_none());
    }
}

#[test]
fn a_new_bundle_keeps_the_list_while_its_issuer_has_the_same_keys() {
    let mut edge = with_list(1, None);
    let mut apis = serde_json::from_str::<Value>(postern_vectors::bundle()).unwrap()["apis"].clone();
    apis.as_array_mut().unwrap().pop();
    edge.issuer.set("apis", apis);
    let bundle = edge.issuer.bundle();
    assert_eq!(edge.answer(0, bundle), Some(Outcome::Changed));
    edge.tick(1);
    assert_eq!((decides(&edge, 0), decides(&edge, 1)), (Some("revoked"), Some("revoked")));
    let mut other = partner();
    other["keys"]["keys"]
        .as_array_mut()
        .unwrap()
        .push(serde_json::from_str::<Value>(postern_vectors::bundle()).unwrap()["keys"]["keys"][2].clone());
    edge.now += 100;
    edge.issuer.set("trusted_issuers", json!([other]));
    edge.tick(0);
    let bundle = edge.issuer.bundle();
    assert_eq!(edge.answer(0, bundle), Some(Outcome::Changed));
    for worker in 0..2 {
        edge.tick(worker);
        assert_eq!(decides(&edge, worker), Some("stale"), "fetched under other keys, it is another list");
    }
    assert!(ask(&mut edge, 0).is_some(), "so it is fetched at once");
}

#[test]
fn a_list_without_a_server_refuses_the_bundle() {
    let mut edge = Edge::new(1);
    edge.issuer.set("trusted_issuers", json!([partner()]));
    assert_eq!(edge.follow(0), Some(Outcome::Failed(Failure::ListCluster(URI.into()))));
}

#[test]
fn a_list_at_the_issuers_own_server_needs_no_other_cluster() {
    let mut edge = Edge::new(1);
    let mut own = partner();
    own["status_lists"] = json!([{"uri": "https://issuer.example/partner/1"}]);
    edge.issuer.set("trusted_issuers", json!([own]));
    assert_eq!(edge.follow(0), Some(Outcome::Changed));
    edge.tick(0);
    let server = edge.workers[0].asked_elsewhere.clone().unwrap().1.server.unwrap();
    assert_eq!((server.cluster.as_str(), server.authority.as_str()), ("issuer", "issuer.example"));
}
