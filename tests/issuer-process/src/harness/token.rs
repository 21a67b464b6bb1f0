//! Tokens of the issuer, verified with the code that edges verify them with.

use postern_token::bundle::Bundle;
use postern_token::{Claims, UnverifiedToken};
use serde_json::Value;

use super::Home;

/// What `token create` and `token regenerate` print.
pub(crate) struct Minted(pub(crate) Value);

impl Minted {
    pub(crate) fn new(value: Value) -> Self {
        Self(value)
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_else(|| panic!("no `{name}` in the output"))
    }

    pub(crate) fn key(&self) -> &str {
        self.text("consumer_key")
    }

    pub(crate) fn secret(&self) -> &str {
        self.text("consumer_secret")
    }

    pub(crate) fn token(&self) -> &str {
        self.text("access_token")
    }
}

/// Header and claims of a token. Another process of the issuer may sign the same ones with another signature.
pub(crate) fn signed_part(token: &str) -> &str {
    token.rsplit_once('.').unwrap().0
}

/// Verifies `token` with the issuer's own bundle and passes its claims to `check`.
pub(crate) fn verified<T>(home: &Home, token: &str, check: impl FnOnce(&Claims<'_>) -> T) -> T {
    let bundle = Bundle::from_json(&home.bundle()).unwrap();
    let unverified = UnverifiedToken::parse(token.as_bytes()).unwrap();
    let key = bundle.issuers[0].keys.find(unverified.kid().unwrap()).expect("the bundle has the token's signing key");
    let signed = unverified.verify(key, &postern_token::SoftwareVerifier).unwrap();
    let claims = signed.claims().unwrap();
    assert_eq!(claims.iss, bundle.issuers[0].name);
    assert_eq!(claims.aud, [bundle.issuers[0].audience.as_str()]);
    check(&claims)
}
