use super::*;
use postern_token::{Algorithm, SignatureCheck};
use postern_vectors::{Forge, TokenSpec};

const NOW: u64 = 1_800_000_000;

fn gate() -> Gate {
    Gate::from_json(format!(r#"{{"bundle":{}}}"#, postern_vectors::bundle()).as_bytes()).unwrap()
}

fn decide<'a>(gate: &'a Gate, token: &str, path: &str) -> Decision<'a> {
    let authorization = format!("Bearer {token}");
    let request = Request {
        method: b"GET",
        path: path.as_bytes(),
        authority: b"api.example",
        headers: &[(b"authorization", authorization.as_bytes())],
        client_address: &|| None,
    };
    gate.decide(&request, UnixSeconds(NOW))
}

/// The header that the gate remembers, which must be the header of `token`.
fn remembered(gate: &Gate, token: &str) -> KnownHeader {
    let known = gate.header.borrow();
    let unverified = UnverifiedToken::parse_knowing(token.as_bytes(), known.as_ref()).unwrap();
    assert!(known.as_ref().is_some_and(|known| unverified.has(known)));
    unverified.known_header()
}

fn token(key: &str, app: &str) -> String {
    let claims = serde_json::Map::from_iter([("app".to_owned(), app.into())]);
    Forge::new(NOW).token(&TokenSpec { key: Some(key.into()), claims, ..TokenSpec::default() })
}

#[test]
fn the_header_of_the_last_verified_token_is_remembered() {
    let gate = gate();
    decide(&gate, &format!("{}AAAA", token("k1", "app-1")), "/pizza/1.0.0/orders/1");
    assert!(gate.header.borrow().is_none(), "an invalid signature");
    for key in ["k1", "k2", "k1"] {
        let (first, second) = (token(key, "app-1"), token(key, "app-2"));
        decide(&gate, &first, "/pizza/1.0.0/orders/1");
        let before = remembered(&gate, &first);
        gate.tokens.replace(TokenCache::new(gate.settings.token_cache));
        decide(&gate, &second, "/pizza/1.0.0/orders/1");
        // The same header, not an equal one.
        let shares = UnverifiedToken::parse_knowing(second.as_bytes(), Some(&before)).unwrap();
        assert!(shares.has(gate.header.borrow().as_ref().unwrap()), "{key}");
        gate.tokens.replace(TokenCache::new(gate.settings.token_cache));
    }
}

#[test]
fn a_decision_names_the_api_and_the_bearer() {
    let gate = gate();
    let decision = decide(&gate, &token("k1", "app-7"), "/pizza/1.0.0/me");
    assert_eq!(decision.api.map(postern_token::ApiReference::as_str), Some("pizza/1.0.0"));
    assert_eq!(decision.bearer.as_ref().map(|claims| claims.app.as_str()), Some("app-7"));
    assert_eq!(decision.user(), None);
    assert_eq!(decision.verdict, Verdict::Deny(Reason::WrongKind));
    let claims = serde_json::Map::from_iter([("kind".to_owned(), "user".into()), ("sub".to_owned(), "user-1".into())]);
    let text = Forge::new(NOW).token(&TokenSpec { claims, ..TokenSpec::default() });
    let decision = decide(&gate, &text, "/pizza/1.0.0/me");
    assert_eq!(decision.user(), Some("user-1"));
    let Verdict::Allow(grounds) = &decision.verdict else { panic!("{decision:?}") };
    assert_eq!((grounds.code(), grounds.tier()), ("token", Some("gold")));
    assert_eq!(
        (Grounds::Public.tier(), Grounds::Preflight.tier(), Grounds::Unmatched { own_token: false }.tier()),
        (None, None, None)
    );
    let decision = decide(&gate, "a.b.c", "/pasta");
    assert_eq!((decision.api, decision.bearer, decision.verdict), (None, None, Verdict::Deny(Reason::NoSuchApi)));
}

#[test]
fn the_cache_counts_hits_and_misses_since_the_last_call() {
    let gate = gate();
    let text = token("k1", "app-1");
    for _ in 0..3 {
        decide(&gate, &text, "/pizza/1.0.0/orders/1");
    }
    assert_eq!(gate.take_cache_use(), CacheUse { hits: 2, misses: 1 });
    assert_eq!(gate.take_cache_use(), CacheUse::default());
}

/// A verifier that accepts no signature, and counts its calls.
#[derive(Debug, Default)]
struct Counting(std::cell::Cell<u32>);

impl Verifier for Counting {
    fn verify(&self, _: &SignatureCheck<'_>) -> Option<bool> {
        self.0.set(self.0.get() + 1);
        None
    }
}

#[test]
fn the_hosts_verifier_verifies_rsa_and_ecdsa() {
    let verifier = Rc::new(Counting::default());
    let gate = gate().with_verifier(Rc::clone(&verifier) as Rc<dyn Verifier>);
    for (key, asked) in [("k1", 0), ("ed1", 0), ("es1", 1), ("rs1", 2)] {
        assert!(matches!(decide(&gate, &token(key, "app-1"), "/pizza/1.0.0/orders/1").verdict, Verdict::Allow(_)), "{key}");
        assert_eq!(verifier.0.get(), asked, "{key}");
    }
}

/// The request of [`decide`], for a host that verifies between two attempts.
fn decide_in_steps<'a>(gate: &'a Gate, token: &str, known: &[KnownSignature]) -> Result<Decision<'a>, MissingSignature> {
    let authorization = format!("Bearer {token}");
    let request = Request {
        method: b"GET",
        path: b"/pizza/1.0.0/orders/1",
        authority: b"api.example",
        headers: &[(b"authorization", authorization.as_bytes())],
        client_address: &|| None,
    };
    gate.decide_in_steps(&request, known, UnixSeconds(NOW))
}

#[test]
fn a_host_can_verify_between_two_attempts() {
    for (key, algorithm, len) in [("es1", Algorithm::Es256, 64), ("rs1", Algorithm::Rs256, 256)] {
        let (gate, token) = (gate(), token(key, "app-1"));
        let missing = decide_in_steps(&gate, &token, &[]).unwrap_err();
        let (message, _) = token.rsplit_once('.').unwrap();
        assert_eq!((missing.algorithm, missing.signature.len()), (algorithm, len));
        assert_eq!(missing.message, message.as_bytes());
        let other = KnownSignature { key: b"another key".to_vec(), is_valid: true };
        assert_eq!(decide_in_steps(&gate, &token, std::slice::from_ref(&other)), Err(missing.clone()), "{key}");
        let result = |is_valid| [other.clone(), KnownSignature { key: missing.key.clone(), is_valid }];
        let refused = decide_in_steps(&gate, &token, &result(false)).unwrap();
        assert_eq!(refused.verdict, Verdict::Deny(Reason::BadSignature), "{key}");
        assert!(matches!(decide_in_steps(&gate, &token, &result(true)).unwrap().verdict, Verdict::Allow(_)), "{key}");
        // From the cache.
        assert!(matches!(decide_in_steps(&gate, &token, &[]).unwrap().verdict, Verdict::Allow(_)), "{key}");
        assert_eq!(gate.take_cache_use(), CacheUse { hits: 1, misses: 2 }, "each decision counts once");
    }
}

#[test]
fn what_needs_no_rsa_and_no_ecdsa_is_decided_at_once() {
    let gate = gate();
    for key in ["k1", "ed1"] {
        assert!(matches!(decide_in_steps(&gate, &token(key, "app-1"), &[]).unwrap().verdict, Verdict::Allow(_)), "{key}");
        let refused = decide_in_steps(&gate, &format!("{}AAAA", token(key, "app-1")), &[]).unwrap();
        assert_eq!(refused.verdict, Verdict::Deny(Reason::BadSignature), "{key}");
    }
}

/// Open streams end after it.
#[test]
fn the_leeway_is_that_of_the_settings() {
    let gate = crate::tests::gate(Some(&serde_json::json!({"leeway_seconds": 7})));
    assert_eq!(gate.leeway_seconds(), 7);
}

#[test]
fn a_list_belongs_to_the_issuer_that_names_it() {
    let mut bundle: serde_json::Value = serde_json::from_str(postern_vectors::bundle()).unwrap();
    let (own, first, second) =
        ("https://issuer.example/status/1", "https://one.example/status/1", "https://two.example/status/1");
    bundle["status_lists"] = serde_json::json!([{"uri": own, "version": "1"}]);
    let trusted = |name: &str, uri: &str| {
        serde_json::json!({"issuer": format!("https://{name}.example"), "audience": format!("{name}-api"),
            "client_id_prefix": format!("{name}:"), "scopes": [], "apis": {"pizza/1.0.0": "gold"},
            "keys": {"keys": [bundle["keys"]["keys"][1]]}, "status_lists": [{"uri": uri}]})
    };
    bundle["trusted_issuers"] = serde_json::json!([trusted("one", first), trusted("two", second)]);
    let gate = Gate::new(Bundle::from_json(bundle.to_string().as_bytes()).unwrap(), Rc::new(Settings::default()));
    assert_eq!([own, first, second, "https://other.example"].map(|uri| gate.owner_of_list(uri)), [0, 1, 2, 0]);
    assert!(gate.keys_for_list(own).is_none() && gate.keys_for_list("https://other.example").is_none());
    assert!(gate.keys_for_list(first).is_some() && gate.keys_for_list(second).is_some());
}
