use std::collections::BTreeMap;

use super::*;
use crate::sync::{Answer, IssuerRequest, StoredAnswer};
use crate::{Request, Ruling, SerialEdge};
use postern_token::bundle::sign_bundle;
use postern_token::{Algorithm, Identifier, SigningKey, UnixSeconds};
use postern_vectors::{Forge, TokenSpec};

const WALL: UnixSeconds = UnixSeconds(1_800_000_000);

/// An issuer, or what is wrong with it; each answer takes 10 ms.
#[derive(Default)]
struct Issuer {
    now: u64,
    asked: Vec<(String, IssuerRequest)>,
    is_down: bool,
    log: Vec<String>,
    /// Signs the bundles.
    key: Option<SigningKey>,
    /// The host's cache: when each answer was stored, and its body.
    cache: BTreeMap<String, (u64, Vec<u8>)>,
}

impl Issuer {
    fn bundle(&self) -> Vec<u8> {
        let bundle = postern_vectors::bundle().as_bytes();
        self.key.as_ref().map_or_else(|| bundle.to_vec(), |key| sign_bundle(bundle, key).unwrap().into_bytes())
    }
}

impl IssuerLink for Issuer {
    fn monotonic(&self) -> u64 {
        self.now
    }

    fn unix_time(&self) -> UnixSeconds {
        WALL
    }

    fn ask(&mut self, server: &Server, request: &IssuerRequest, limit: usize) -> Answer {
        self.now += 10;
        self.asked.push((server.cluster.clone(), request.clone()));
        let bundle = self.bundle();
        assert!(limit >= bundle.len());
        let is_known = request.headers.iter().any(|(name, _)| *name == "if-none-match");
        match (self.is_down, is_known) {
            (true, _) => Answer::default(),
            (false, true) => Answer { status: 304, body: Some(Vec::new()), age: 0 },
            (false, false) => Answer { status: 200, body: Some(bundle), age: 0 },
        }
    }

    fn log(&mut self, _: bool, message: &str) {
        self.log.push(message.to_owned());
    }

    fn stored(&mut self, name: &str, _: usize) -> Option<StoredAnswer> {
        self.cache.get(name).map(|(at, body)| StoredAnswer { body: body.clone(), age: self.now - at })
    }

    fn store(&mut self, name: &str, body: &[u8]) {
        self.cache.insert(name.to_owned(), (self.now, body.to_vec()));
    }
}

fn edge(max_age: &str) -> SerialEdge {
    let json = r#"{"sync":{"cluster":"https://issuer.example","authority":"issuer.example","key":"edge_abc","max_staleness_seconds":31}}"#;
    SerialEdge::from_json(json.as_bytes(), MaxAge::parse(max_age).unwrap()).unwrap()
}

fn signing_key(secret: u8) -> SigningKey {
    SigningKey::new(Algorithm::Es256, Identifier::parse("b1".to_owned()).unwrap(), &[secret; 32]).unwrap()
}

/// An edge that accepts bundles of this key alone.
fn pinning_edge(key: &SigningKey) -> SerialEdge {
    let key = serde_json::to_string(&key.verifying_document()).unwrap();
    let json = format!(
        r#"{{"sync":{{"cluster":"https://issuer.example","authority":"issuer.example","key":"edge_abc","bundle_keys":[{key}]}}}}"#
    );
    SerialEdge::from_json(json.as_bytes(), MaxAge::default()).unwrap()
}

/// The status of a refusal; 200 for a request that passes.
fn call(edge: &mut SerialEdge, issuer: &mut Issuer) -> u16 {
    let token = format!("Bearer {}", Forge::new(WALL.0).token(&TokenSpec::default()));
    let headers: [(&[u8], &[u8]); 1] = [(b"authorization", token.as_bytes())];
    let (path, authority) = (&b"/pizza/1.0.0/orders/1"[..], &b"api.example"[..]);
    match edge.decide(&Request { method: b"GET", path, authority, headers: &headers, client_address: &|| None }, issuer) {
        Ruling::Refuse(message) => message.status,
        Ruling::Forward(_) => 200,
    }
}

#[test]
fn a_request_asks_when_the_last_answer_is_too_old() {
    let (mut edge, mut issuer) = (edge("2"), Issuer::default());
    assert_eq!(call(&mut edge, &mut issuer), 200);
    assert_eq!(issuer.asked.len(), 1, "the first request needs the bundle");
    let (server, request) = &issuer.asked[0];
    assert_eq!((server.as_str(), request.path.as_str(), request.timeout), ("https://issuer.example", "/edge/bundle", 3_000));
    assert!(!request.headers.iter().any(|(name, _)| *name == "prefer"), "no request waits for a change");
    for (later, asked) in [(1_000, 1), (990, 1), (20, 2), (1_999, 2), (10, 3)] {
        issuer.now += later;
        assert_eq!((call(&mut edge, &mut issuer), issuer.asked.len()), (200, asked), "at {}", issuer.now);
    }
    assert_eq!(issuer.log, Vec::<String>::new());
}

#[test]
fn a_lost_issuer_is_asked_with_pauses_until_the_bundle_is_stale() {
    let (mut edge, mut issuer) = (edge("1"), Issuer::default());
    assert_eq!(call(&mut edge, &mut issuer), 200);
    issuer.is_down = true;
    for _ in 0..300 {
        issuer.now += 100;
        let age = issuer.now - 10;
        let status = call(&mut edge, &mut issuer);
        assert_eq!(status, 200, "{age}");
    }
    // Two seconds is the longest pause.
    assert!((14..=25).contains(&issuer.asked.len()), "{}", issuer.asked.len());
    assert!(issuer.log.len() >= 14 && issuer.log.iter().all(|message| !message.contains("edge_abc")), "{:?}", issuer.log);
    issuer.now += 2_000;
    assert_eq!(call(&mut edge, &mut issuer), 503);
    issuer.is_down = false;
    issuer.now += 2_000;
    assert_eq!(call(&mut edge, &mut issuer), 200);
}

#[test]
fn before_the_first_bundle_every_request_is_refused() {
    let (mut edge, mut issuer) = (edge("1"), Issuer { is_down: true, ..Issuer::default() });
    assert_eq!(call(&mut edge, &mut issuer), 503);
    assert_eq!(call(&mut edge, &mut issuer), 503);
    assert_eq!(issuer.asked.len(), 1, "after a failure there is a pause");
    (issuer.is_down, issuer.now) = (false, issuer.now + 300);
    assert_eq!(call(&mut edge, &mut issuer), 200);
}

#[test]
fn a_maximum_age_is_one_second_to_a_minute_and_never_more_than_the_staleness() {
    for wrong in ["", "0", "61", "-1", "1.5", " 1", "1s"] {
        assert_eq!(MaxAge::parse(wrong), None, "`{wrong}`");
    }
    assert_eq!(MaxAge::parse("60").map(MaxAge::milliseconds), Some(60_000));
    let (mut edge, mut issuer) = (edge("60"), Issuer::default());
    assert_eq!(call(&mut edge, &mut issuer), 200);
    issuer.is_down = true;
    issuer.now += 30_990;
    assert_eq!(call(&mut edge, &mut issuer), 200);
    issuer.now += 100;
    assert_eq!(call(&mut edge, &mut issuer), 503);
}

#[test]
fn an_answer_is_stored_once_it_is_accepted() {
    let mut issuer = Issuer { key: Some(signing_key(2)), ..Issuer::default() };
    let mut edge = pinning_edge(&signing_key(1));
    assert_eq!(call(&mut edge, &mut issuer), 503);
    assert_eq!((issuer.asked.len(), issuer.cache.len()), (1, 0), "another key has signed it");
    (issuer.key, issuer.now) = (Some(signing_key(1)), 1_000);
    assert_eq!(call(&mut edge, &mut issuer), 200);
    assert_eq!((issuer.asked.len(), issuer.cache.len()), (2, 1));
    assert_eq!(call(&mut pinning_edge(&signing_key(1)), &mut issuer), 200);
    assert_eq!(issuer.asked.len(), 2, "another instance takes it from the cache");
}

#[test]
fn a_wrong_answer_of_the_cache_delays_an_edge_and_does_not_stop_it() {
    let mut issuer = Issuer { key: Some(signing_key(1)), ..Issuer::default() };
    assert_eq!(call(&mut pinning_edge(&signing_key(1)), &mut issuer), 200);
    issuer.cache.values_mut().for_each(|(_, body)| *body = b"wrong".to_vec());
    let mut edge = pinning_edge(&signing_key(1));
    assert_eq!((call(&mut edge, &mut issuer), issuer.asked.len()), (503, 1));
    issuer.now += 1_000;
    assert_eq!((call(&mut edge, &mut issuer), issuer.asked.len()), (200, 2), "the issuer is asked, not the cache");
    assert!(issuer.cache.values().all(|(_, body)| body != b"wrong"), "what it says replaces what was wrong");
}

#[test]
fn a_new_instance_uses_the_last_bundle_of_a_lost_issuer_until_it_is_stale() {
    let key = signing_key(1);
    let mut issuer = Issuer { key: Some(signing_key(1)), ..Issuer::default() };
    assert_eq!(call(&mut pinning_edge(&key), &mut issuer), 200);
    issuer.is_down = true;
    issuer.now = 200_000;
    let mut edge = pinning_edge(&key);
    for asked in [2, 3, 3] {
        assert_eq!((call(&mut edge, &mut issuer), issuer.asked.len()), (200, asked), "after a failure there is a pause");
    }
    // The default of `max_staleness_seconds` is 300. The bundle is from 10, and the question takes 10 ms.
    for (now, status) in [(300_000, 200), (300_001, 503)] {
        issuer.now = now;
        assert_eq!(call(&mut pinning_edge(&key), &mut issuer), status, "{now}");
    }
    issuer.is_down = false;
    assert_eq!(call(&mut pinning_edge(&key), &mut issuer), 200);
}
