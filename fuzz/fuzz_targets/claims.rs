//! Arbitrary bytes as a signed payload: accepted claims are the same after they are signed and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use postern_token::{Identifier, JwkDocument, SigningKey, SoftwareVerifier, UnverifiedToken, VerifyingKey};
use postern_vectors::{Forge, TokenSpec};

fuzz_target!(|bytes: &[u8]| {
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let token = Forge::new(1_800_000_000).token(&TokenSpec { payload_text: Some(text), ..TokenSpec::default() });
    let kid = Identifier::parse("k1").expect("a kid");
    let document = JwkDocument::hs256(&kid, &Forge::secret("k1"));
    let key = VerifyingKey::try_from(&document).expect("a key");
    let Ok(unverified) = UnverifiedToken::parse(token.as_bytes()) else { return };
    let Ok(signed) = unverified.verify(&key, &SoftwareVerifier) else { return };
    let Ok(claims) = signed.claims() else { return };
    let again = SigningKey::hs256(kid, &Forge::secret("k1")).expect("a key").sign(&claims).expect("claims that were read");
    let again = UnverifiedToken::parse(again.expose().as_bytes()).expect("a token");
    let again = again.verify(&key, &SoftwareVerifier).expect("signed");
    assert_eq!(again.claims().expect("claims"), claims);
});
