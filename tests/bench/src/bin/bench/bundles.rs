//! Bundles of any size, with APIs, and with status lists of random bits, which cannot be compressed.

use anyhow::{Context as _, Result};
use postern_token::{Identifier, SigningKey, StatusList, StatusListTimes, UnixSeconds, entries_digest, status_list_version};
use postern_vectors::Forge;
use serde_json::{Value, json};

/// The number of tokens in one list.
pub(crate) const LIST_LEN: u32 = 1 << 17;

/// The status index of the tokens that are sent, which is valid in each list.
pub(crate) const VALID: u32 = LIST_LEN / 2 + 5;

/// A Status List Token and its entry in the bundle.
pub(crate) struct List {
    pub(crate) uri: String,
    pub(crate) version: String,
    pub(crate) token: String,
}

/// The vectors' API in the middle of `count` APIs, each with two resources.
pub(crate) fn apis(count: usize) -> Result<Vec<Value>> {
    let bundle: Value = serde_json::from_str(postern_vectors::bundle())?;
    let pizza = bundle.pointer("/apis/0").context("the vectors' bundle has no API")?;
    let other = |number: usize| {
        json!({
            "name": format!("api-{number:05}"), "version": "1.0.0", "context": format!("/api-{number:05}/1.0.0"),
            "resources": [{"path": "/items/*", "methods": ["GET"], "scopes": ["items"]}, {"path": "/*"}],
        })
    };
    Ok((0..count).map(|number| if number == count / 2 { pizza.clone() } else { other(number) }).collect())
}

/// Patterns of `count` domains; the first allows `www.shop-000.example`.
pub(crate) fn domains(count: usize) -> Value {
    (0..count).map(|number| format!("*.shop-{number:03}.example")).collect()
}

/// `count` lists of the vectors' issuer, ordered by address; half of their tokens are revoked.
pub(crate) fn lists(count: usize, now: u64) -> Result<Vec<List>> {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let revoked = (0..count).map(|number| {
        let words: Vec<u64> = (0..LIST_LEN / 64).map(|_| next(&mut random)).collect();
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        if let Some(byte) = bytes.get_mut(VALID as usize / 8) {
            *byte &= !(1 << (VALID % 8));
        }
        list(number, bytes, now)
    });
    revoked.collect()
}

/// A list of the same length without revoked tokens, at the address of the list `number`.
pub(crate) fn empty_list(number: usize, now: u64) -> Result<List> {
    list(number, vec![0; LIST_LEN as usize / 8], now)
}

fn list(number: usize, bytes: Vec<u8>, now: u64) -> Result<List> {
    let (uri, kid) = (uri(number), Identifier::parse("k1")?);
    let times = StatusListTimes { iat: UnixSeconds(now), exp: None, ttl: None };
    let version = status_list_version(&entries_digest(&bytes), times.iat, &kid);
    let key = SigningKey::hs256(kid, &Forge::secret("k1"))?;
    let token = StatusList::of_bits(bytes).sign(&Identifier::parse(uri.as_str())?, times, &key)?;
    Ok(List { uri, version, token })
}

/// The address of a list. All addresses have the same length, so that they sort by their numbers.
pub(crate) fn uri(number: usize) -> String {
    format!("https://issuer.example/status/{number:05}")
}

/// The entries of the lists in the bundle: with the lists, or without them for a plugin that fetches them.
pub(crate) fn listed(lists: &[List], inline: bool) -> Value {
    let one = |list: &List| {
        let mut listed = json!({"uri": list.uri, "version": list.version});
        if let Some(listed) = listed.as_object_mut().filter(|_| inline) {
            listed.insert("list".into(), json!(list.token));
        }
        listed
    };
    lists.iter().map(one).collect()
}

/// Marsaglia's xorshift, which is random enough for incompressible data.
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}
