use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::json;

use super::*;

const NOW: u64 = 1_800_000_000;

const EXPECTED: Expected<'_> =
    Expected { issuer: "https://login.example", client_id: "postern", nonce: "the nonce", now: UnixSeconds(NOW) };

struct SigningKey {
    private: EncodingKey,
    public: Value,
    point: Vec<u8>,
}

fn signing_key(kid: &str) -> SigningKey {
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).unwrap();
    let point = pair.public_key().as_ref().to_vec();
    let [x, y] = [&point[1..33], &point[33..]].map(|half| URL_SAFE_NO_PAD.encode(half));
    let public = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": kid, "use": "sig" });
    SigningKey { private: EncodingKey::from_ec_der(document.as_ref()), public, point }
}

fn keys(public: &[&Value]) -> Keys {
    Keys::read(json!({ "keys": public }).to_string().as_bytes()).unwrap()
}

fn claims() -> Value {
    json!({
        "iss": "https://login.example", "sub": "1234", "aud": "postern", "nonce": "the nonce", "iat": NOW, "exp": NOW + 300,
        "preferred_username": "alice",
    })
}

fn signed(claims: &Value, key: &SigningKey, kid: Option<&str>) -> String {
    encode(&Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::ES256) }, claims, &key.private).unwrap()
}

fn unsigned(header: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(header), part(&claims()))
}

#[test]
fn a_token_for_this_sign_in_is_accepted() {
    let key = signing_key("k1");
    let keys = keys(&[&key.public]);
    let accepted = |change: &dyn Fn(&mut Value)| {
        let mut claims = claims();
        change(&mut claims);
        verify(&signed(&claims, &key, Some("k1")), &keys, EXPECTED).map(|token| token.subject)
    };
    assert_eq!(accepted(&|_| {}), Ok("1234".to_owned()));
    assert!(accepted(&|claims| claims["aud"] = json!(["postern"])).is_ok());
    assert!(accepted(&|claims| (claims["aud"], claims["azp"]) = (json!(["postern", "api"]), json!("postern"))).is_ok());
    assert!(accepted(&|claims| (claims["iat"], claims["exp"]) = (json!(NOW + LEEWAY), json!(NOW - LEEWAY + 1))).is_ok());
    assert!(verify(&signed(&claims(), &key, None), &keys, EXPECTED).is_ok(), "the only key needs no name");
}

#[test]
fn a_token_with_other_claims_is_refused() {
    let key = signing_key("k1");
    let keys = keys(&[&key.public]);
    let cases: [(&str, Value, IdTokenError); 21] = [
        ("iss", json!("https://login.example/"), IdTokenError::Issuer),
        ("iss", Value::Null, IdTokenError::Issuer),
        ("aud", json!("other"), IdTokenError::Audience),
        ("aud", json!(["postern", "other"]), IdTokenError::Audience),
        ("aud", json!([]), IdTokenError::Audience),
        ("aud", json!([{ "postern": 1 }]), IdTokenError::Audience),
        ("azp", json!("other"), IdTokenError::Audience),
        ("azp", json!(1), IdTokenError::Audience),
        ("exp", json!(NOW - LEEWAY), IdTokenError::Expired),
        ("exp", json!((NOW + 300).to_string()), IdTokenError::Expired),
        ("exp", Value::Null, IdTokenError::Expired),
        ("iat", json!(NOW + LEEWAY + 1), IdTokenError::NotYet),
        ("iat", Value::Null, IdTokenError::NotYet),
        ("nbf", json!(NOW + LEEWAY + 1), IdTokenError::NotYet),
        ("nonce", json!("another"), IdTokenError::Nonce),
        ("nonce", json!(""), IdTokenError::Nonce),
        ("nonce", Value::Null, IdTokenError::Nonce),
        ("sub", Value::Null, IdTokenError::Subject),
        ("sub", json!(""), IdTokenError::Subject),
        ("sub", json!("é"), IdTokenError::Subject),
        ("sub", json!("a".repeat(256)), IdTokenError::Subject),
    ];
    for (name, value, error) in cases {
        let mut claims = claims();
        claims[name] = value.clone();
        let refused = verify(&signed(&claims, &key, Some("k1")), &keys, EXPECTED).err();
        assert_eq!(refused, Some(error), "{name}: {value}");
    }
}

#[test]
fn only_a_signature_of_a_published_key_counts() {
    let (key, other) = (signing_key("k1"), signing_key("k1"));
    let published = keys(&[&key.public, &signing_key("k2").public]);
    let refused = |token: &str| verify(token, &published, EXPECTED).err();
    assert_eq!(refused(&signed(&claims(), &other, Some("k1"))), Some(IdTokenError::Signature));
    assert_eq!(refused(&signed(&claims(), &key, Some("k2"))), Some(IdTokenError::Signature));
    assert_eq!(refused(&signed(&claims(), &key, Some("k3"))), Some(IdTokenError::UnknownKey));
    assert_eq!(refused(&signed(&claims(), &key, None)), Some(IdTokenError::UnknownKey), "two keys, and no name");
    let token = signed(&claims(), &key, Some("k1"));
    let (start, _) = token.rsplit_once('.').unwrap();
    assert_eq!(refused(&format!("{start}.")), Some(IdTokenError::Signature));
    for algorithm in ["none", "None", "nOnE", ""] {
        assert_eq!(refused(&unsigned(&json!({ "alg": algorithm, "kid": "k1" }))), Some(IdTokenError::Malformed), "{algorithm}");
    }
    assert_eq!(refused("a.b"), Some(IdTokenError::Malformed));
    assert_eq!(refused(&"a".repeat(MAX_LEN + 1)), Some(IdTokenError::TooLong));
}

#[test]
fn a_public_key_is_never_the_secret_of_an_hmac() {
    let key = signing_key("k1");
    let secrets = [key.point.clone(), key.public.to_string().into_bytes(), b"a secret".to_vec()];
    for secret in secrets {
        let header = Header { kid: Some("k1".to_owned()), ..Header::new(Algorithm::HS256) };
        let token = encode(&header, &claims(), &EncodingKey::from_secret(&secret)).unwrap();
        // Even if the provider publishes the secret itself.
        let oct = json!({ "kty": "oct", "k": URL_SAFE_NO_PAD.encode(&secret), "kid": "k1", "alg": "HS256", "use": "sig" });
        assert_eq!(verify(&token, &keys(&[&key.public, &oct]), EXPECTED).err(), Some(IdTokenError::Algorithm));
    }
}

#[test]
fn keys_for_other_purposes_are_left_out() {
    let mut key = signing_key("k1");
    let token = signed(&claims(), &key, Some("k1"));
    let unknown = json!({ "kty": "PQC", "kid": "k1" });
    assert!(verify(&token, &keys(&[&unknown, &json!(1), &key.public]), EXPECTED).is_ok());
    for (name, value) in [("use", "enc"), ("alg", "ES384"), ("kty", "RSA")] {
        let before = std::mem::replace(&mut key.public[name], value.into());
        assert!(verify(&token, &keys(&[&key.public]), EXPECTED).is_err(), "{name}");
        key.public[name] = before;
    }
    key.public["alg"] = "ES256".into();
    // Unknown values elsewhere do not make a key unusable.
    key.public["key_ops"] = json!(["something new"]);
    assert!(verify(&token, &keys(&[&key.public]), EXPECTED).is_ok());
    assert!(Keys::read(b"{}").is_none() && Keys::read(b"[]").is_none() && Keys::read(b"").is_none());
}
