//! Tests of whole tokens: signed tokens are accepted, and altered ones refused.

use std::borrow::Cow;
use std::sync::LazyLock;

use postern_vectors::{Forge, TokenSpec};

use crate::bundle::{Bundle, Problems};
use crate::{
    Algorithm, ApiReference, Claims, Identifier, JwkDocument, JwkMaterial, KeySet, KeyType, Kind, SigningKey, SoftwareVerifier,
    Subscriptions, TokenError, UnixSeconds, UnverifiedToken, VerifyingKey,
};

const NOW: u64 = 1_800_000_000;

fn key(name: &str) -> VerifyingKey {
    let kid = Identifier::parse(name).unwrap();
    VerifyingKey::try_from(&JwkDocument::hs256(&kid, &Forge::secret(name))).unwrap()
}

fn check(token: &str) -> Result<Vec<u8>, TokenError> {
    check_bytes(token.as_bytes())
}

fn check_bytes(token: &[u8]) -> Result<Vec<u8>, TokenError> {
    static KEYS: LazyLock<KeySet> = LazyLock::new(|| {
        let bundle = Bundle::from_json(postern_vectors::bundle().as_bytes()).unwrap();
        bundle.issuers.into_iter().next().unwrap().keys
    });
    let unverified = UnverifiedToken::parse(token)?;
    unverified.check_type()?;
    let key = KEYS.find(unverified.kid()?).ok_or(TokenError::NoKey)?;
    let signed = unverified.verify(key, &SoftwareVerifier)?;
    signed.claims()?;
    Ok(signed.payload().to_vec())
}

pub(crate) fn claims() -> Claims<'static> {
    let name = |text: &'static str| Identifier::parse(text).unwrap();
    Claims {
        iss: "https://issuer.example".into(),
        aud: vec!["https://api.example".into()],
        exp: Some(UnixSeconds(NOW + 3600)),
        nbf: None,
        iat: UnixSeconds(NOW),
        jti: name("t-1"),
        client_id: name("consumer-key-1"),
        sub: name("consumer-key-1"),
        kind: Kind::Application,
        key_type: KeyType::Sandbox,
        app: name("app-1"),
        apis: Subscriptions::new(vec![(ApiReference::parse("pizza/1.0.0").unwrap(), name("gold"))]).unwrap(),
        scope: Some(crate::Scopes::parse("orders").unwrap()),
        domains: Some(vec![crate::DomainPattern::parse("*.example.com").unwrap()]),
        ips: Some(vec!["192.0.2.0/24".parse().unwrap()]),
        status: Some(crate::StatusReference { index: 7, uri: "https://issuer.example/status/3".into() }),
    }
}

/// RFC 7515 appendix A.1, with its key, through the JWS layer. It has neither `kid` nor `typ: at+jwt`, and so is no
/// access token.
#[test]
fn rfc_7515_appendix_a_1() {
    let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let jwk = r#"{"kty":"oct","kid":"a1","alg":"HS256","use":"sig","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}"#;
    let key = VerifyingKey::try_from(&Problems::read::<JwkDocument>(jwk.as_bytes()).unwrap()).unwrap();
    let unverified = UnverifiedToken::parse(token.as_bytes()).unwrap();
    let signed = unverified.verify(&key, &SoftwareVerifier).unwrap();
    assert_eq!(signed.payload(), b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}");
    assert_eq!(signed.claims(), Err(TokenError::Type));
    assert_eq!(unverified.kid(), Err(TokenError::NoKey));
}

#[test]
fn a_signed_token_reads_back_the_same_and_signs_the_same_again() {
    let signing = SigningKey::hs256(Identifier::parse("k1").unwrap(), &Forge::secret("k1")).unwrap();
    let token = signing.sign(&claims()).unwrap();
    assert_eq!(token, signing.sign(&claims()).unwrap());
    let unverified = UnverifiedToken::parse(token.expose().as_bytes()).unwrap();
    let verifying = key("k1");
    let signed = unverified.verify(&verifying, &SoftwareVerifier).unwrap();
    assert_eq!(signed.claims().unwrap(), claims());
    assert!(matches!(signed.claims().unwrap().iss, Cow::Borrowed(_)));
}

#[test]
fn the_forge_and_the_crate_agree_on_a_valid_token() {
    assert!(check(&Forge::new(NOW).token(&TokenSpec::default())).is_ok());
}

/// The crate's part of the decision vectors: exactly the tokens that are invalid by themselves are refused.
#[test]
fn tokens_match_the_decision_vectors() {
    let forge = Forge::new(NOW);
    let mut read = 0;
    for vector in postern_vectors::decisions() {
        let Some(spec) = &vector.token else { continue };
        // With other keys than these.
        if vector.settings.as_ref().is_some_and(|settings| settings.pointer("/bundle/keys").is_some()) {
            continue;
        }
        if !vector.headers.iter().all(|(_, value)| !value.contains("{token}")) {
            continue;
        }
        let refusal = match check_bytes(&postern_vectors::bytes(&forge.token(spec))) {
            Ok(_) => None,
            Err(TokenError::Signature) => Some("bad_signature"),
            Err(TokenError::Type) => Some("wrong_type"),
            Err(TokenError::NoKey) => Some("unknown_key"),
            Err(_) => Some("malformed_token"),
        };
        let expected = vector.expect.reply().map(postern_vectors::Reply::code);
        match refusal {
            // Steps before the token may have refused or passed the request first.
            Some(refusal) => assert!(
                expected == Some(refusal) || !TOKEN_CODES.contains(&expected.unwrap_or_default()),
                "{}: {refusal}",
                vector.description
            ),
            None => assert!(!TOKEN_CODES.contains(&expected.unwrap_or_default()), "{} is accepted", vector.description),
        }
        read += 1;
    }
    assert!(read > 500, "{read}");
}

/// The codes that the token alone decides.
const TOKEN_CODES: [&str; 4] = ["malformed_token", "wrong_type", "unknown_key", "bad_signature"];

#[test]
fn every_one_byte_change_is_refused() {
    let valid = Forge::new(NOW).token(&TokenSpec::default());
    for at in 0..valid.len() {
        for change in [1, 0x20] {
            let mut bytes = valid.clone().into_bytes();
            bytes[at] ^= change;
            if let Ok(text) = String::from_utf8(bytes) {
                assert!(check(&text).is_err(), "byte {at} changed to `{}`", &text[at..=at]);
            }
        }
    }
}

#[test]
fn the_longest_token_and_the_longest_header_are_read() {
    // The parts of a token are parsed before the signature is verified.
    let parse = |header: &str, len: usize| {
        let header = crate::base64url::encode(header.as_bytes());
        let token = format!("{header}.{}.AAAA", "A".repeat(len.saturating_sub(header.len() + 6)));
        UnverifiedToken::parse(token.as_bytes()).err()
    };
    let header = r#"{"alg":"HS256"}"#;
    assert_eq!(parse(header, 16 * 1024), None);
    assert_eq!(parse(header, 16 * 1024 + 1), Some(TokenError::TooLong));
    // Three bytes take four characters.
    let padded = |len: usize| format!("{header:len$}");
    assert_eq!(parse(&padded(1024 / 4 * 3), 2000), None);
    assert_eq!(parse(&padded(1024 / 4 * 3 + 1), 2000), Some(TokenError::Header));
}

#[test]
fn a_header_is_known_by_all_of_its_bytes() {
    let forge = Forge::new(NOW);
    let token = |key: &str| forge.token(&TokenSpec { key: Some(key.into()), ..TokenSpec::default() });
    let (first, other) = (token("k1"), token("k2"));
    let known = UnverifiedToken::parse(first.as_bytes()).unwrap().known_header();
    for (text, kid, is_known) in [(&first, "k1", true), (&other, "k2", false)] {
        let token = UnverifiedToken::parse_knowing(text.as_bytes(), Some(&known)).unwrap();
        assert_eq!((token.kid(), token.has(&known)), (Ok(kid), is_known));
    }
}

#[test]
fn every_truncated_token_is_refused() {
    let valid = Forge::new(NOW).token(&TokenSpec::default());
    for end in 0..valid.len() {
        assert!(check(&valid[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn debug_output_contains_no_secret() {
    let signing = SigningKey::hs256(Identifier::parse("k1").unwrap(), &Forge::secret("k1")).unwrap();
    let token = signing.sign(&claims()).unwrap();
    let document = JwkDocument::hs256(&Identifier::parse("k1").unwrap(), &Forge::secret("k1"));
    let JwkMaterial::Oct { k } = &document.material else { panic!("not a secret") };
    let shown = format!("{token:?} {signing:?} {document:?} {:?}", key("k1"));
    assert!(!shown.contains("eyJ") && !shown.contains(k.as_str()), "{shown}");
}

#[test]
fn a_token_too_long_for_an_edge_is_not_minted() {
    let signing = SigningKey::hs256(Identifier::parse("k1").unwrap(), &Forge::secret("k1")).unwrap();
    let domains = (0..2000).map(|n| crate::DomainPattern::parse(format!("host-{n}.example.com")).unwrap()).collect();
    let claims = Claims { domains: Some(domains), ..claims() };
    assert_eq!(signing.sign(&claims).unwrap_err(), crate::SignError::TooLong);
}

#[test]
fn a_key_has_one_algorithm() {
    assert_eq!(key("k1").algorithm(), Algorithm::Hs256);
    let spec = TokenSpec { header_text: Some(r#"{"alg":"HS512","typ":"at+jwt","kid":"k1"}"#.into()), ..TokenSpec::default() };
    assert_eq!(check(&Forge::new(NOW).token(&spec)), Err(TokenError::Algorithm));
}
