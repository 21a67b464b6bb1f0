//! The cost of a signature alone.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};
use postern_token::{Algorithm, Claims, Identifier, KeyType, Kind, Scopes, SigningKey, Subscriptions, UnixSeconds};

use crate::load::float;
use crate::process;

/// Claims like those of the tokens in the load.
fn claims() -> Result<Claims<'static>> {
    let name = |text: &str| Identifier::parse(text.to_owned()).context("not a name");
    Ok(Claims {
        iss: "https://issuer.example".into(),
        aud: vec!["https://api.example".into()],
        exp: Some(UnixSeconds(1_800_003_600)),
        nbf: None,
        iat: UnixSeconds(1_800_000_000),
        jti: name("0123456789abcdefghjkmnpqrs")?,
        client_id: name("0123456789abcdefghjkmnpqrs")?,
        sub: name("0123456789abcdefghjkmnpqrs")?,
        kind: Kind::Application,
        key_type: KeyType::Production,
        app: name("0123456789abcdef")?,
        apis: Subscriptions::new(Vec::new()).context("no subscriptions")?,
        scope: Some(Scopes::parse("orders".to_owned()).ok().context("no scope")?),
        domains: None,
        ips: None,
        status: None,
    })
}

/// Serialised and signed tokens per second of one core, by algorithm.
pub(crate) fn ours(measured: Duration) -> Result<BTreeMap<String, f64>> {
    let claims = claims()?;
    let mut rates = BTreeMap::new();
    for algorithm in [Algorithm::Hs256, Algorithm::Es256, Algorithm::EdDsa] {
        let kid = Identifier::parse("0123456789abcdef".to_owned()).context("not a name")?;
        let key = SigningKey::new(algorithm, kid, &[7; 32])?;
        let own = std::process::id();
        let before = process::cpu(own)?;
        let mut signed = 0;
        let used = loop {
            for _ in 0..1_000 {
                std::hint::black_box(key.sign(std::hint::black_box(&claims))?);
            }
            signed += 1_000;
            let used = process::cpu(own)?.saturating_sub(before);
            if used >= measured {
                break used;
            }
        };
        rates.insert(algorithm.as_str().to_owned(), float(signed) / used.as_secs_f64());
    }
    Ok(rates)
}
