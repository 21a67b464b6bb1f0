//! The private keys of an issuer, read from its database and decrypted with its master key.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use postern_token::{Algorithm, Identifier, SigningKey};
use serde_json::Value;

use super::fixture::{Fixture, decode};
use super::search::Search;

/// A sealed key begins with the nonce of its encryption.
const NONCE_LEN: usize = 24;

/// A private key in the issuer's own format.
struct PrivateKey {
    kid: String,
    algorithm: Algorithm,
    secret: Vec<u8>,
}

/// Adds every private key to the search, in the form of its algorithm.
pub(super) fn search_for_all(fixture: &Fixture, master_key: &[u8], search: &mut Search) -> Result<()> {
    let keys = open_all(fixture, master_key)?;
    let missing = Algorithm::ALL.iter().find(|algorithm| !keys.iter().any(|key| key.algorithm == **algorithm));
    ensure!(missing.is_none(), "there is no key of {missing:?}");
    let published = bundle(fixture)?;
    for PrivateKey { kid, algorithm, secret } in keys {
        let what = format!("a private key of {}", algorithm.as_str());
        search.bytes(&what, &secret);
        let mut published = published.iter().find(|key| key["kid"] == kid.as_str()).context("the bundle lacks a key")?.clone();
        if let Some(members) = published.as_object_mut() {
            members.remove("environment");
        }
        // The opened key must match the published one.
        if algorithm == Algorithm::Rs256 {
            let modulus = decode(published["n"].as_str().unwrap_or_default())?;
            ensure!(contains(&secret, &modulus), "another RSA key was opened");
            // The numbers behind the modulus: d, p, q, dp, dq and qinv, 896 bytes in all for a key of 2048 bits.
            let private = secret.len().checked_sub(896).and_then(|from| secret.get(from..)).context("a short RSA key")?;
            private.chunks_exact(64).for_each(|piece| search.bytes(&format!("a piece of {what}"), piece));
        } else {
            let opened = SigningKey::new(algorithm, Identifier::parse(kid)?, &secret)?;
            ensure!(published == serde_json::to_value(opened.verifying_document())?, "another key was opened");
        }
    }
    Ok(())
}

/// Every signing key that is not retired.
fn open_all(fixture: &Fixture, master_key: &[u8]) -> Result<Vec<PrivateKey>> {
    let sealed = if fixture.database.is_some() { "encode(sealed, 'hex')" } else { "lower(hex(sealed))" };
    let rows = fixture.query(&format!("SELECT kid, algorithm, {sealed} FROM signing_keys WHERE sealed IS NOT NULL"))?;
    let cipher = XChaCha20Poly1305::new_from_slice(master_key).ok().context("the master key has another length")?;
    let open = |row: &str| {
        let columns: Vec<&str> = row.split('|').collect();
        let [kid, algorithm, sealed] = columns[..] else { anyhow::bail!("a row of {} columns", columns.len()) };
        let sealed = from_hexadecimal(sealed).context("not hexadecimal")?;
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_LEN>().context("a short sealed key")?;
        let associated_data = [b"signing_keys\0".as_slice(), kid.as_bytes()].concat();
        let secret = cipher.decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: &associated_data });
        let secret = secret.ok().context("the master key does not open a signing key")?;
        let known = Algorithm::ALL.into_iter().find(|known| known.as_str() == algorithm).context("an unknown algorithm")?;
        Ok(PrivateKey { kid: kid.to_owned(), algorithm: known, secret })
    };
    rows.lines().map(open).collect()
}

fn bundle(fixture: &Fixture) -> Result<Vec<Value>> {
    let file = fixture.dir().join("bundle.json");
    fixture.cli.run(&["admin", "bundle", "--out", &file.to_string_lossy()])?;
    let bundle: Value = serde_json::from_slice(&fs::read(&file)?)?;
    bundle["keys"]["keys"].as_array().cloned().context("the bundle has no keys")
}

fn contains(whole: &[u8], part: &[u8]) -> bool {
    !part.is_empty() && whole.windows(part.len()).any(|window| window == part)
}

fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    digits?.chunks(2).map(|pair| u8::try_from(pair.first()? * 16 + pair.get(1)?).ok()).collect()
}
