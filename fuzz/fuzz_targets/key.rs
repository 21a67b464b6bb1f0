//! Arbitrary bytes as a JWK set, and as each member of a key. An accepted set is the same after it is written and read again. No key
//! accepts a signature of zeros or of the neutral point.

#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use postern_token::bundle::{JwkSetDocument, Problems};
use postern_token::{Algorithm, JwkDocument, JwkMaterial, KeySet, SoftwareVerifier, UnverifiedToken, VerifyingKey};

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (shape, len, bytes) = input;
    let (first, second) = bytes.split_at(bytes.len().saturating_sub(usize::from(len)));
    let (one, two) = (URL_SAFE_NO_PAD.encode(first), URL_SAFE_NO_PAD.encode(second));
    let (alg, material) = match shape % 5 {
        0 => return read(first),
        1 => (Algorithm::Hs256, JwkMaterial::Oct { k: one.into() }),
        2 => (Algorithm::Es256, JwkMaterial::Ec { crv: "P-256".into(), x: one, y: two }),
        3 => (Algorithm::EdDsa, JwkMaterial::Okp { crv: "Ed25519".into(), x: one }),
        _ => (Algorithm::Rs256, JwkMaterial::Rsa { n: one, e: two }),
    };
    let document = JwkDocument { kid: "k".into(), alg, usage: "sig".into(), material };
    let set = JwkSetDocument { keys: vec![document] };
    read(serde_json::to_string(&set).expect("JSON").as_bytes());
});

fn read(json: &[u8]) {
    let set = match Problems::read::<JwkSetDocument>(json) {
        Ok(set) => set,
        Err(problems) => return assert!(!problems.to_string().is_empty()),
    };
    let again = serde_json::to_string(&set).expect("JSON");
    assert_eq!(Problems::read::<JwkSetDocument>(again.as_bytes()).as_ref(), Ok(&set));
    let keys: Vec<VerifyingKey> = set.keys.iter().filter_map(|document| VerifyingKey::try_from(document).ok()).collect();
    for (key, len) in keys.iter().flat_map(|key| [0, 32, 64, 256, 512].map(|len| (key, len))) {
        let mut signature = vec![0; len];
        refuses(key, &signature);
        signature.iter_mut().take(1).for_each(|byte| *byte = 1);
        refuses(key, &signature);
        signature.reverse();
        refuses(key, &signature);
    }
    let _ = KeySet::new(keys);
}

fn refuses(key: &VerifyingKey, signature: &[u8]) {
    let header = format!(r#"{{"alg":"{}","kid":"k"}}"#, key.algorithm().as_str());
    let token = format!("{}.e30.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(signature));
    let token = UnverifiedToken::parse(token.as_bytes()).expect("a token");
    assert!(token.verify(key, &SoftwareVerifier).is_err(), "{key:?} accepts an invalid signature");
}
