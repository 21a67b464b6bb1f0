//! Arbitrary bytes as a token, and arbitrary bytes as a signature of each algorithm, are refused.

#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use postern_token::bundle::Bundle;
use postern_token::{KeySet, SoftwareVerifier, TokenError, UnverifiedToken};
use postern_vectors::{Forge, TokenSpec};
use std::sync::LazyLock;

static KEYS: LazyLock<KeySet> = LazyLock::new(|| {
    let bundle = Bundle::from_json(postern_vectors::bundle().as_bytes()).expect("the vectors' bundle");
    bundle.issuers.into_iter().next().expect("an issuer").keys
});

/// A token of each signing key, without its signature.
static SIGNED: LazyLock<Vec<String>> = LazyLock::new(|| {
    let spec = |kid: &str| TokenSpec { key: Some(kid.into()), form: Some("{h}.{p}.".into()), ..TokenSpec::default() };
    ["k1", "es1", "ed1", "rs1"].map(|kid| Forge::new(1_800_000_000).token(&spec(kid))).into()
});

fuzz_target!(|bytes: &[u8]| {
    refuses(bytes);
    if let Some((first, signature)) = bytes.split_first()
        && let Some(signed) = SIGNED.get(usize::from(*first))
    {
        // The signature is encoded here, so that the fuzzer does not have to discover base64.
        let signature = URL_SAFE_NO_PAD.encode(signature);
        let result = refuses(format!("{signed}{signature}").as_bytes());
        assert_eq!(result, TokenError::Signature);
    }
});

fn refuses(token: &[u8]) -> TokenError {
    let verify = || {
        let token = UnverifiedToken::parse(token)?;
        let key = KEYS.find(token.kid()?).ok_or(TokenError::NoKey)?;
        token.verify(key, &SoftwareVerifier).map(drop)
    };
    verify().expect_err("a token that is not signed with a key")
}
