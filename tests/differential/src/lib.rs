//! Compares the token crate with `jsonwebtoken` (on AWS-LC), which shares no code with it or with the forge. Each token that we accept
//! must be accepted there too, with the same claims. `STRICTER` has each reason for which we refuse more.

#![cfg(test)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header};
use postern_token::bundle::Problems;
use postern_token::{Identifier, JwkDocument, KeySet, SoftwareVerifier, TokenError, UnverifiedToken, VerifyingKey};
use postern_vectors::{Forge, KEY_PAIRS, KeyPair, Random, TokenSpec};
use serde_json::{Map, Value, json};

const NOW: u64 = 1_800_000_000;
const SEED: u64 = 0x0050_0573_126e;

/// The `kid`s of the bundle: two of HS256, and one of each other algorithm.
const KIDS: [&str; 5] = ["k1", "k2", "es1", "ed1", "rs1"];

/// The same keys on both sides.
struct Sides {
    ours: KeySet,
    theirs: BTreeMap<String, (Algorithm, DecodingKey)>,
}

/// How the two sides judge a token.
#[derive(Debug, PartialEq)]
enum Verdict {
    Accepted,
    Refused,
    /// They accept the token, and we refuse it with this error.
    WeAreStricter(TokenError),
}

impl Sides {
    fn of(documents: &[JwkDocument]) -> Self {
        let ours = documents.iter().map(|document| VerifyingKey::try_from(document).unwrap()).collect();
        let theirs = documents.iter().map(|document| {
            let jwk: Jwk = serde_json::from_value(serde_json::to_value(document).unwrap()).unwrap();
            (document.kid.clone(), (document.alg.as_str().parse().unwrap(), DecodingKey::from_jwk(&jwk).unwrap()))
        });
        Self { ours: KeySet::new(ours).unwrap(), theirs: theirs.collect() }
    }

    fn of_the_bundle() -> Self {
        let bundle: Value = serde_json::from_str(postern_vectors::bundle()).unwrap();
        let read = |jwk: &Value| Problems::read::<JwkDocument>(jwk.to_string().as_bytes()).unwrap();
        Self::of(&bundle["keys"]["keys"].as_array().unwrap().iter().map(read).collect::<Vec<_>>())
    }

    /// The claims as we read them, and the claims as they were sent.
    fn ours(&self, token: &[u8]) -> Result<(Value, Value), TokenError> {
        let unverified = UnverifiedToken::parse(token)?;
        let key = self.ours.find(unverified.kid()?).ok_or(TokenError::NoKey)?;
        let signed = unverified.verify(key, &SoftwareVerifier)?;
        let read = serde_json::to_value(signed.claims()?).unwrap();
        Ok((read, serde_json::from_slice(signed.payload()).unwrap()))
    }

    /// The claims as they read them, with only the algorithm of the key that `kid` names, and without any check of the claims.
    fn theirs(&self, token: &[u8]) -> Option<Value> {
        let (algorithm, key) = self.theirs.get(decode_header(token).ok()?.kid.as_deref()?)?;
        let mut validation = Validation::new(*algorithm);
        validation.required_spec_claims.clear();
        (validation.validate_exp, validation.validate_aud) = (false, false);
        decode(token, key, &validation).ok().map(|token| token.claims)
    }

    fn compare(&self, token: &[u8]) -> Verdict {
        match (self.ours(token), self.theirs(token)) {
            (Ok((read, sent)), Some(theirs)) => {
                assert_eq!(sent, theirs);
                for (name, value) in read.as_object().unwrap() {
                    // A single audience means the same as an array with it.
                    assert!(*value == theirs[name] || json!([value]) == theirs[name], "{name}: {value} in {theirs}");
                }
                Verdict::Accepted
            }
            (Err(_), None) => Verdict::Refused,
            (Err(error), Some(_)) => Verdict::WeAreStricter(error),
            (Ok(_), None) => panic!("only we accept {}", String::from_utf8_lossy(token)),
        }
    }
}

fn spec(json: &str) -> TokenSpec {
    serde_json::from_str(json).unwrap()
}

/// Tokens that we refuse and they accept, with the reason. They leave most checks of claims to their caller.
const STRICTER: [(&str, TokenError, &str); 16] = [
    ("an unknown `crit` must be refused (RFC 7515 4.1.11)", TokenError::Parameter, r#"{"header":{"crit":["exp"]}}"#),
    ("an empty `crit` must not be sent (RFC 7515 4.1.11)", TokenError::Parameter, r#"{"header":{"crit":[]}}"#),
    ("`b64` changes what was signed (RFC 7797)", TokenError::Parameter, r#"{"header":{"b64":false}}"#),
    ("`zip` is for encryption (RFC 7516)", TokenError::Parameter, r#"{"header":{"zip":"DEF"}}"#),
    ("`cty` says that a token is nested in this one", TokenError::Parameter, r#"{"header":{"cty":"JWT"}}"#),
    ("`jku` points to a key of the sender's choice", TokenError::Parameter, r#"{"header":{"jku":"https://evil.test"}}"#),
    ("`x5c` contains a key of the sender's choice", TokenError::Parameter, r#"{"header":{"x5c":["MIIB"]}}"#),
    ("a token of another type is no access token (RFC 9068)", TokenError::Type, r#"{"header":{"typ":"JWT"}}"#),
    ("a token without a type is no access token", TokenError::Type, r#"{"header":{"typ":{"remove":true}}}"#),
    ("`typ` must be a string", TokenError::Header, r#"{"header":{"typ":null}}"#),
    ("a header may have 1 KiB; ours has 80 bytes", TokenError::Header, r#"{"header":{"x":"{1000}"}}"#),
    ("a token may have 16 KiB", TokenError::TooLong, r#"{"claims":{"x":"{13000}"}}"#),
    (
        "readers differ in which of two values of one name they use",
        TokenError::Claims,
        r#"{"payload_text":"{\"x\":1,\"x\":2,{claims}}"}"#,
    ),
    ("a claim of the wrong type is not an absent one", TokenError::Claims, r#"{"claims":{"exp":"soon"}}"#),
    ("a required claim is missing", TokenError::Claims, r#"{"claims":{"jti":{"remove":true}}}"#),
    ("a point of small order as R (RFC 8032 leaves it open)", TokenError::Signature, r#"{"key":"ed1","signature":"r_neutral"}"#),
];

#[test]
fn we_are_stricter_for_each_listed_reason() {
    let (sides, forge) = (Sides::of_the_bundle(), Forge::new(NOW));
    for (why, error, json) in STRICTER {
        for kid in KIDS {
            let mut spec = spec(&json.replace("{1000}", &"n".repeat(1000)).replace("{13000}", &"n".repeat(13_000)));
            let kid = spec.key.get_or_insert_with(|| kid.into()).clone();
            assert_eq!(sides.compare(forge.token(&spec).as_bytes()), Verdict::WeAreStricter(error), "{why}: {kid}");
        }
    }
    // They check the type of parameters that they do not use. By RFC 7515 section 4 we ignore unknown parameters.
    for parameter in ["enc", "url", "nonce"] {
        let token = forge.token(&TokenSpec { header: Map::from_iter([(parameter.into(), 7.into())]), ..TokenSpec::default() });
        assert!(sides.ours(token.as_bytes()).is_ok() && sides.theirs(token.as_bytes()).is_none(), "{parameter}");
    }
}

/// Random claims of a valid token. Each character is one byte of UTF-8, as the forge expects.
fn claims(random: &mut Random) -> Map<String, Value> {
    let mut claims = Map::new();
    let mut set = |name: &str, value: &[Value]| {
        if random.below(2) == 0 {
            claims.insert(name.into(), random.one_of(value).clone());
        }
    };
    set("aud", &[json!("a"), json!(["a"]), json!(["a", "https://api.example"]), json!("https://\u{c3}\u{a9}.example")]);
    set("exp", &[json!(0), json!(u64::MAX), json!(NOW), json!({"remove": true})]);
    set("nbf", &[json!(0), json!(u64::MAX), json!(NOW)]);
    set("jti", &[json!("1"), json!("~!@#$%^&*()_+{}|:\"<>?`-=[]\\;',./"), json!("x".repeat(255))]);
    set("apis", &[json!({}), json!({"a/1": "gold", "b/2": "silver", "a/2": "a tier"})]);
    set("scope", &[json!("a"), json!("a b c:d"), json!({"remove": true})]);
    set("domains", &[json!(["example.com"]), json!(["*.example.com", "https://a.example:8443"])]);
    set("ips", &[json!(["192.0.2.0/24"]), json!(["2001:db8::/32", "0.0.0.0/0"])]);
    set("status", &[json!({"status_list": {"idx": 0, "uri": "https://issuer.example/1"}})]);
    set("x", &[json!(null), json!(-1), json!(1.5), json!([[{"a": {"b": "\u{f0}\u{9f}\u{8d}\u{95}\u{0}"}}]]), json!("\\u0000")]);
    claims
}

/// A random change of the token's text.
fn altered(random: &mut Random, token: &str, other: &str) -> Vec<u8> {
    let mut bytes = token.as_bytes().to_vec();
    let (at, end) = (random.below(bytes.len()), random.below(bytes.len()));
    let byte = *random.one_of(b"ABCxyz019-_+/=. \n\0\"{\xff");
    let parts: Vec<&str> = token.split('.').collect();
    let others: Vec<&str> = other.split('.').collect();
    match random.below(10) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes[at] = byte,
        2 => bytes.insert(at, byte),
        3 => drop(bytes.remove(at)),
        4 => bytes.truncate(at),
        5 => bytes.push(byte),
        6 => bytes.swap(at, end),
        7 => drop(bytes.drain(at.min(end)..=at.max(end))),
        8 => bytes.extend_from_slice(format!(".{}", random.one_of(&others)).as_bytes()),
        // Parts of two tokens with valid signatures.
        _ => bytes = [0, 1, 2].map(|part| random.one_of(&[parts[part], others[part]]).to_owned()).join(".").into_bytes(),
    }
    bytes
}

#[test]
fn valid_tokens_are_accepted_and_altered_ones_refused() {
    let (sides, forge, mut random) = (Sides::of_the_bundle(), Forge::new(NOW), Random::new(SEED));
    let good: Vec<String> = (0..100)
        .map(|n| {
            let key = Some(KIDS[n % KIDS.len()].into());
            forge.token(&TokenSpec { key, claims: claims(&mut random), ..TokenSpec::default() })
        })
        .collect();
    for token in &good {
        assert_eq!(sides.compare(token.as_bytes()), Verdict::Accepted, "{token}");
    }
    let mut unchanged = 0;
    for n in 0..3000 {
        let other = random.one_of(&good);
        let token = altered(&mut random, &good[n % good.len()], other);
        if good.iter().any(|good| good.as_bytes() == token) {
            unchanged += 1;
        } else {
            assert_eq!(sides.compare(&token), Verdict::Refused, "{}", String::from_utf8_lossy(&token));
        }
    }
    assert!(unchanged < 300, "{unchanged} of 3000 were not altered");
}

/// Every combination of signing key, `kid` and `alg`, of which only the matching ones are accepted.
#[test]
fn mixed_up_algorithms_and_keys_are_refused() {
    let (sides, forge) = (Sides::of_the_bundle(), Forge::new(NOW));
    let (mut accepted, mut refused) = (0, 0);
    let algorithms = ["HS256", "HS384", "HS512", "ES256", "ES384", "EdDSA", "RS256", "RS384", "PS256", "none"];
    for (own, kid, alg) in KIDS.iter().flat_map(|own| KIDS.iter().flat_map(move |kid| algorithms.map(|alg| (*own, *kid, alg)))) {
        let header = Map::from_iter([("kid".into(), kid.into()), ("alg".into(), alg.into())]);
        let token = forge.token(&TokenSpec { key: Some(own.into()), header, ..TokenSpec::default() });
        match sides.compare(token.as_bytes()) {
            Verdict::Accepted => accepted += 1,
            Verdict::Refused => refused += 1,
            stricter @ Verdict::WeAreStricter(_) => panic!("{own} as {kid} with {alg}: {stricter:?}"),
        }
    }
    assert_eq!((accepted, refused), (KIDS.len(), KIDS.len() * (KIDS.len() * algorithms.len() - 1)));
}

/// Where the two sides disagree on a token of the shared vectors, the reason is in `STRICTER`.
#[test]
fn the_decision_vectors_differ_only_for_listed_reasons() {
    let (sides, forge) = (Sides::of_the_bundle(), Forge::new(NOW));
    let reasons: Vec<TokenError> = STRICTER.iter().map(|(_, error, _)| *error).collect();
    let mut verdicts = [0; 3];
    for vector in postern_vectors::decisions() {
        let Some(spec) = &vector.token else { continue };
        match sides.compare(&postern_vectors::bytes(&forge.token(spec))) {
            Verdict::Accepted => verdicts[0] += 1,
            Verdict::Refused => verdicts[1] += 1,
            Verdict::WeAreStricter(error) => {
                assert!(reasons.contains(&error), "{}: {error}", vector.description);
                let neutral = spec.signature.as_deref() == Some("r_neutral");
                assert_eq!(error == TokenError::Signature, neutral, "{}", vector.description);
                verdicts[2] += 1;
            }
        }
    }
    assert!(verdicts.iter().all(|count| *count > 100), "{verdicts:?}");
}

#[test]
fn we_accept_their_tokens() {
    let (sides, forge, mut random) = (Sides::of_the_bundle(), Forge::new(NOW), Random::new(SEED));
    let private = |kid| KeyPair::find(kid).unwrap().private_der();
    let keys = [
        ("k1", EncodingKey::from_secret(&Forge::secret("k1"))),
        ("es1", EncodingKey::from_ec_der(&private("es1"))),
        ("ed1", EncodingKey::from_ed_der(&private("ed1"))),
        // The key without its PKCS #8 header, which has 26 bytes for a key of this size.
        ("rs1", EncodingKey::from_rsa_der(&private("rs1")[26..])),
    ];
    for (kid, key) in &keys {
        for _ in 0..50 {
            let mut header = Header::new(sides.theirs[*kid].0);
            (header.typ, header.kid) = (Some("at+jwt".into()), Some((*kid).into()));
            let mut payload = forge.claims();
            payload.extend(claims(&mut random).into_iter().filter(|(_, value)| value.get("remove").is_none()));
            let token = jsonwebtoken::encode(&header, &payload, key).unwrap();
            assert_eq!(sides.compare(token.as_bytes()), Verdict::Accepted, "{token}");
        }
    }
    assert_eq!(keys.len(), KEY_PAIRS.len() + 1);
}

#[test]
fn they_accept_our_tokens() {
    let mut random = Random::new(SEED);
    let bundled = Sides::of_the_bundle();
    for algorithm in postern_token::Algorithm::ALL {
        let kid = Identifier::parse(algorithm.as_str()).unwrap();
        let rsa = || KeyPair::find("rs1").unwrap().private_der();
        let secret = if algorithm == postern_token::Algorithm::Rs256 { rsa() } else { vec![7; 32] };
        let key = postern_signing::open(algorithm, kid, &secret).unwrap();
        let sides = Sides::of(&[key.verifying_document()]);
        for _ in 0..50 {
            let spec = TokenSpec { claims: claims(&mut random), ..TokenSpec::default() };
            let token = Forge::new(NOW).token(&spec);
            let unverified = UnverifiedToken::parse(token.as_bytes()).unwrap();
            let signed = unverified.verify(bundled.ours.find("k1").unwrap(), &SoftwareVerifier).unwrap();
            let token = key.sign(&signed.claims().unwrap()).unwrap();
            assert_eq!(sides.compare(token.expose().as_bytes()), Verdict::Accepted);
        }
    }
}
