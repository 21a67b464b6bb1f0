//! A cache of tokens whose signature was verified, so that a further request with such a token costs only the rest of the decision.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

use postern_token::{Claims, KeyFingerprint};

use crate::owner::{Owner, SubjectHash};
use crate::settings::CacheSettings;

/// A token that one of the gate's issuers has signed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct VerifiedToken {
    pub(crate) claims: Rc<Claims<'static>>,
    /// The issuer's position in the gate's list.
    pub(crate) issuer: usize,
    /// The signing key that made it.
    pub(crate) key: KeyFingerprint,
    /// The hash of its subject.
    pub(crate) subject: SubjectHash,
}

impl VerifiedToken {
    /// For whom its requests count.
    pub(crate) fn owner(&self) -> Owner {
        Owner::of(&self.claims, self.subject)
    }
}

/// The number of hits and misses of the cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheUse {
    /// Tokens that were found.
    pub hits: u32,
    /// Tokens that were not found, and had to be verified.
    pub misses: u32,
}

/// Verified tokens, limited by number and by bytes. There are two generations, each with half of the limits. When the young
/// generation is full, it replaces the old one, whose tokens are dropped. A token that is found in the old generation moves to the
/// young one. So tokens in use stay, every step costs the same, and nothing has to be kept in order.
pub(crate) struct TokenCache {
    /// The limits of one generation.
    limits: CacheSettings,
    young: Generation,
    old: Generation,
    used: CacheUse,
}

#[derive(Default)]
struct Generation {
    entries: HashMap<u64, Entry, BuildHasherDefault<Tail>>,
    bytes: u64,
}

struct Entry {
    token: Box<[u8]>,
    verified: VerifiedToken,
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TokenCache").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl TokenCache {
    pub(crate) fn new(limits: CacheSettings) -> Self {
        let limits = CacheSettings { entries: limits.entries.div_ceil(2), bytes: limits.bytes / 2 };
        Self { limits, young: Generation::default(), old: Generation::default(), used: CacheUse::default() }
    }

    /// The verified token, if it is in the cache. Tokens are compared whole: one that differs in any byte is another token.
    pub(crate) fn find(&mut self, token: &[u8]) -> Option<VerifiedToken> {
        if self.limits.entries == 0 {
            return None;
        }
        let tail = tail(token);
        if let Some(entry) = self.young.entries.get(&tail)
            && *entry.token == *token
        {
            self.used.hits += 1;
            return Some(entry.verified.clone());
        }
        if self.old.entries.get(&tail).is_some_and(|entry| *entry.token == *token)
            && let Some(entry) = self.old.remove(tail)
        {
            self.used.hits += 1;
            let verified = entry.verified.clone();
            self.keep(tail, entry);
            return Some(verified);
        }
        self.used.misses += 1;
        None
    }

    /// Takes back the last miss, because the same token will be looked up once more for the same request.
    pub(crate) fn forget_miss(&mut self) {
        self.used.misses = self.used.misses.saturating_sub(1);
    }

    /// Adds a token that was just verified.
    pub(crate) fn insert(&mut self, token: &[u8], verified: &VerifiedToken) {
        if cost(token) <= self.limits.bytes && self.limits.entries > 0 {
            self.keep(tail(token), Entry { token: token.into(), verified: verified.clone() });
        }
    }

    pub(crate) fn take_use(&mut self) -> CacheUse {
        std::mem::take(&mut self.used)
    }

    fn keep(&mut self, tail: u64, entry: Entry) {
        let cost = cost(&entry.token);
        if self.young.entries.len() as u64 >= self.limits.entries || self.young.bytes + cost > self.limits.bytes {
            self.old = std::mem::take(&mut self.young);
        }
        // The token replaces another with the same tail.
        self.young.remove(tail);
        self.young.bytes += cost;
        self.young.entries.insert(tail, entry);
    }
}

impl Generation {
    fn remove(&mut self, tail: u64) -> Option<Entry> {
        let entry = self.entries.remove(&tail)?;
        self.bytes -= cost(&entry.token);
        Some(entry)
    }
}

/// An upper estimate of the memory that a token takes: its text, its claims, which are shorter but in many allocations, and the
/// table's entry.
const fn cost(token: &[u8]) -> u64 {
    token.len() as u64 * 3 + 512
}

/// The last bytes of a token. They belong to its signature, which only the issuer can choose, so they can be used like a hash.
fn tail(token: &[u8]) -> u64 {
    token.last_chunk().map_or(0, |tail| u64::from_le_bytes(*tail))
}

/// Spreads a tail, eight characters of base64url, over the bits that a table looks at.
#[derive(Default)]
struct Tail(u64);

impl Hasher for Tail {
    fn write(&mut self, bytes: &[u8]) {
        // Tails are hashed by `write_u64`; this is for completeness.
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, tail: u64) {
        // The multiplier is 2^64 divided by the golden ratio (Knuth, The Art of Computer Programming, section 6.4).
        let spread = (self.0 ^ tail).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = spread ^ (spread >> 32);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use postern_token::{SoftwareVerifier, UnverifiedToken};
    use postern_vectors::{Forge, TokenSpec};

    fn verified(issuer: usize) -> VerifiedToken {
        let token = Forge::new(1).token(&TokenSpec::default());
        let bundle = postern_token::bundle::Bundle::from_json(postern_vectors::bundle().as_bytes()).unwrap();
        let unverified = UnverifiedToken::parse(token.as_bytes()).unwrap();
        let key = bundle.issuers[0].keys.find("k1").unwrap();
        let signed = unverified.verify(key, &SoftwareVerifier).unwrap();
        let claims = Rc::new(signed.claims().unwrap().into_owned());
        VerifiedToken { subject: SubjectHash::of(&claims), claims, issuer, key: key.fingerprint() }
    }

    fn token(number: usize) -> Vec<u8> {
        format!("header.payload.{number:012}").into_bytes()
    }

    fn found(cache: &mut TokenCache, token: &[u8]) -> Option<usize> {
        cache.find(token).map(|verified| verified.issuer)
    }

    #[test]
    fn only_the_whole_token_is_found() {
        let mut cache = TokenCache::new(CacheSettings { entries: 8, bytes: 1 << 20 });
        cache.insert(b"a.b.12345678", &verified(7));
        assert_eq!(found(&mut cache, b"a.b.12345678"), Some(7));
        for other in [&b"a.c.12345678"[..], b"a.b.12345679", b"12345678", b"", b"a.b.12345678 "] {
            assert_eq!(found(&mut cache, other), None);
        }
        assert_eq!(cache.take_use(), CacheUse { hits: 1, misses: 5 });
        assert_eq!(cache.take_use(), CacheUse::default());
        // A token with the same tail replaces it.
        cache.insert(b"a.c.12345678", &verified(8));
        assert_eq!(found(&mut cache, b"a.b.12345678"), None);
        assert_eq!(found(&mut cache, b"a.c.12345678"), Some(8));
    }

    #[test]
    fn the_cache_never_exceeds_its_limits() {
        let verified = verified(0);
        for limits in [CacheSettings { entries: 100, bytes: 1 << 30 }, CacheSettings { entries: 1 << 30, bytes: 60_000 }] {
            let mut cache = TokenCache::new(limits);
            for number in 0..10_000 {
                cache.insert(&token(number), &verified);
                let entries = cache.young.entries.len() + cache.old.entries.len();
                assert!(entries as u64 <= limits.entries && cache.young.bytes + cache.old.bytes <= limits.bytes);
            }
            assert!(cache.young.entries.len() + cache.old.entries.len() > 40);
        }
    }

    #[test]
    fn used_tokens_stay_in_the_cache() {
        let verified = verified(3);
        let mut cache = TokenCache::new(CacheSettings { entries: 100, bytes: 1 << 30 });
        cache.insert(&token(0), &verified);
        for number in 1..10_000 {
            cache.insert(&token(number), &verified);
            assert_eq!(found(&mut cache, &token(0)), Some(3), "{number}");
        }
        assert_eq!(found(&mut cache, &token(1)), None);
    }

    #[test]
    fn a_cache_without_room_is_empty() {
        for limits in [CacheSettings { entries: 0, bytes: 1 << 20 }, CacheSettings { entries: 10, bytes: 0 }] {
            let mut cache = TokenCache::new(limits);
            cache.insert(&token(0), &verified(0));
            assert_eq!(found(&mut cache, &token(0)), None);
            assert_eq!(counts(&cache), (0, 0));
        }
    }

    /// Asserts that the size of each generation is the sum of the sizes of its tokens.
    fn check_accounts(cache: &TokenCache) {
        for generation in [&cache.young, &cache.old] {
            let sum: u64 = generation.entries.values().map(|entry| entry.token.len() as u64 * 3 + 512).sum();
            assert_eq!(generation.bytes, sum);
        }
    }

    /// The number of tokens in the young and in the old generation.
    fn counts(cache: &TokenCache) -> (usize, usize) {
        (cache.young.entries.len(), cache.old.entries.len())
    }

    #[test]
    fn a_generation_has_at_most_half_of_the_entries() {
        let verified = verified(0);
        for (entries, half) in [(1, 1), (2, 1), (3, 2), (4, 2)] {
            let mut cache = TokenCache::new(CacheSettings { entries, bytes: 1 << 20 });
            for number in 0..half {
                cache.insert(&token(number), &verified);
                assert_eq!(counts(&cache), (number + 1, 0), "{entries}");
            }
            cache.insert(&token(half), &verified);
            assert_eq!(counts(&cache), (1, half), "{entries}");
            check_accounts(&cache);
        }
    }

    #[test]
    fn a_generation_has_at_most_half_of_the_bytes() {
        let (verified, cost) = (verified(0), token(0).len() as u64 * 3 + 512);
        for (bytes, half) in [(4 * cost, 2), (4 * cost - 2, 1), (2 * cost, 1), (2 * cost - 1, 0)] {
            let mut cache = TokenCache::new(CacheSettings { entries: 100, bytes });
            for number in 0..half {
                cache.insert(&token(number), &verified);
                assert_eq!(counts(&cache), (number + 1, 0), "{bytes}");
            }
            cache.insert(&token(half), &verified);
            assert_eq!(counts(&cache), if half == 0 { (0, 0) } else { (1, half) }, "{bytes}");
            check_accounts(&cache);
        }
    }

    #[test]
    fn a_repeated_token_is_counted_once() {
        let verified = verified(0);
        let mut cache = TokenCache::new(CacheSettings { entries: 6, bytes: 1 << 20 });
        for _ in 0..2 {
            cache.insert(&token(0), &verified);
            check_accounts(&cache);
        }
        assert_eq!(counts(&cache), (1, 0));
    }

    #[test]
    fn a_token_that_is_found_in_the_old_generation_moves_to_the_young_one() {
        let verified = verified(0);
        let mut cache = TokenCache::new(CacheSettings { entries: 4, bytes: 1 << 20 });
        for number in 0..3 {
            cache.insert(&token(number), &verified);
        }
        assert_eq!(counts(&cache), (1, 2));
        assert!(cache.find(&token(1)).is_some());
        assert_eq!(counts(&cache), (2, 1));
        check_accounts(&cache);
        assert!(cache.find(&token(1)).is_some() && cache.find(&token(0)).is_some());
        assert_eq!(cache.take_use(), CacheUse { hits: 3, misses: 0 });
    }

    #[test]
    fn tokens_are_told_apart_by_every_byte() {
        let known = b"0123456789.abcdefghijklmnopq.ABCDEFGHIJK".to_vec();
        let mut cache = TokenCache::new(CacheSettings { entries: 8, bytes: 1 << 20 });
        cache.insert(&known, &verified(0));
        for at in 0..known.len() {
            let mut other = known.clone();
            other[at] ^= 1;
            assert!(cache.find(&other).is_none(), "{at}");
        }
        assert!(cache.find(&known[1..]).is_none());
        assert!(cache.find(&known).is_some());
        assert!(format!("{cache:?}").starts_with("TokenCache { limits: CacheSettings { entries: 4, bytes: 524288 }"));
    }

    #[test]
    fn a_token_that_is_shorter_than_a_tail_is_kept_too() {
        let mut cache = TokenCache::new(CacheSettings { entries: 8, bytes: 1 << 20 });
        cache.insert(b"a.b.c", &verified(5));
        assert_eq!((found(&mut cache, b"a.b.c"), found(&mut cache, b"a.b.d")), (Some(5), None));
    }
}
