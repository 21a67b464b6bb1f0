//! Token Status Lists (draft-ietf-oauth-status-list-18): one entry for each token, in as many bits as the list says.

mod version;

use std::fmt;

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use serde::Serialize;
use thiserror::Error;

use crate::base64url;
use crate::identifier::{Identifier, Kid};
use crate::json::Node;
use crate::jwk::{KeySet, Verifier};
use crate::jws::{TokenError, UnverifiedToken};
use crate::sign::{SignError, SigningKey};
use crate::time::UnixSeconds;
pub use version::{content_digest, entries_digest, status_list_version};

/// The largest list that is read, in bytes: eight million tokens at one bit each.
pub const MAX_STATUS_LIST_LEN: usize = 1 << 20;

/// The longest Status List Token in bytes: the largest list, incompressible, twice in base64.
const MAX_STATUS_LIST_TOKEN_LEN: usize = 2 * MAX_STATUS_LIST_LEN;

/// The type of a Status List Token (section 5.1).
const TYPE: &str = "statuslist+jwt";

/// The statuses of a list's tokens, in no more memory than the entries take.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusList {
    /// How many bits an entry takes: 1, 2, 4 or 8.
    bits: u8,
    entries: Box<[u8]>,
}

impl fmt::Debug for StatusList {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("StatusList").field("bits", &self.bits).field("len", &self.len()).finish_non_exhaustive()
    }
}

/// The state of one token (section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// `VALID`: the token is valid.
    Valid,
    /// `INVALID`, `SUSPENDED`, or a status that this project gives no meaning to: the token is not valid.
    Revoked,
}

/// Why a text is not the requested status list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum StatusListError {
    /// The Status List Token is not valid.
    #[error("{0}")]
    Token(#[from] TokenError),
    /// The token is for another list.
    #[error("the status list's `sub` is not its address")]
    Subject,
    /// The list has expired.
    #[error("the status list has expired")]
    Expired,
    /// Entries take 1, 2, 4 or 8 bits.
    #[error("the status list's `bits` is not 1, 2, 4 or 8")]
    Bits,
    /// `lst` cannot be decompressed.
    #[error("the status list's `lst` is not base64url of ZLIB data, or larger than 1 MiB")]
    Data,
}

/// A list from a Status List Token, with the times that the token names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedStatusList {
    /// The list.
    pub list: StatusList,
    /// Its times.
    pub times: StatusListTimes,
    /// The key that has signed the token.
    pub kid: Kid<'static>,
}

impl DatedStatusList {
    /// The version under which a bundle of the list's issuer names exactly this list; see [`status_list_version`].
    pub fn version(&self) -> String {
        status_list_version(&entries_digest(&self.list.entries), self.times.iat, &self.kid)
    }
}

/// When a Status List Token was made and for how long it may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusListTimes {
    /// When it was made.
    pub iat: UnixSeconds,
    /// When it expires.
    pub exp: Option<UnixSeconds>,
    /// For how many seconds it may be kept after it was fetched.
    pub ttl: Option<u64>,
}

impl StatusListTimes {
    /// The moment from which a list is no longer valid if the time of its fetch is unknown: `exp`, or `ttl` after its creation, because it
    /// cannot have been fetched earlier.
    pub fn end(&self) -> UnixSeconds {
        let kept_until = self.ttl.map(|ttl| self.iat.plus(ttl));
        [self.exp, kept_until].into_iter().flatten().min().unwrap_or(UnixSeconds::NEVER)
    }
}

impl StatusList {
    /// A list of one bit each, `entries` with the first token in the lowest bit of the first byte (section 4).
    pub fn of_bits(entries: impl Into<Box<[u8]>>) -> Self {
        Self { bits: 1, entries: entries.into() }
    }

    /// Reads a list that [`Self::to_bytes`] has written.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (bits, entries) = bytes.split_first()?;
        matches!(bits, 1 | 2 | 4 | 8).then(|| Self { bits: *bits, entries: entries.into() })
    }

    /// The list in a form that can be read without checks, for sharing it inside one process.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.entries.len() + 1);
        bytes.push(self.bits);
        bytes.extend_from_slice(&self.entries);
        bytes
    }

    /// Reads the Status List Token of the list at `uri`, which one of `keys` must have signed and which must not have expired at
    /// `now` (section 8.3).
    pub fn from_token(
        token: &[u8],
        uri: &str,
        keys: &KeySet,
        verifier: &dyn Verifier,
        now: UnixSeconds,
    ) -> Result<DatedStatusList, StatusListError> {
        let unverified = UnverifiedToken::parse_within(token, MAX_STATUS_LIST_TOKEN_LEN, None)?;
        let key = keys.find(unverified.kid()?).ok_or(TokenError::NoKey)?;
        let signed = unverified.verify(key, verifier)?;
        let claims = signed.read(TYPE, Claims::read)?;
        if claims.sub != uri {
            return Err(StatusListError::Subject);
        }
        if claims.exp.is_some_and(|exp| exp <= now) {
            return Err(StatusListError::Expired);
        }
        let bits = u8::try_from(claims.bits).ok().filter(|bits| matches!(bits, 1 | 2 | 4 | 8)).ok_or(StatusListError::Bits)?;
        let data = base64url::decode(claims.lst.as_bytes()).ok_or(StatusListError::Data)?;
        let entries = decompress_to_vec_zlib_with_limit(&data, MAX_STATUS_LIST_LEN).map_err(|_| StatusListError::Data)?;
        let times = StatusListTimes { iat: claims.iat, exp: claims.exp, ttl: claims.ttl };
        Ok(DatedStatusList { list: Self { bits, entries: entries.into() }, times, kid: key.kid.clone() })
    }

    /// The Status List Token for the list at `uri` (section 5.1).
    pub fn sign(&self, uri: &Identifier<'_>, times: StatusListTimes, key: &SigningKey) -> Result<String, SignError> {
        #[derive(Serialize)]
        struct Claims<'a> {
            sub: &'a str,
            iat: UnixSeconds,
            #[serde(skip_serializing_if = "Option::is_none")]
            exp: Option<UnixSeconds>,
            #[serde(skip_serializing_if = "Option::is_none")]
            ttl: Option<u64>,
            status_list: List,
        }
        #[derive(Serialize)]
        struct List {
            bits: u8,
            lst: String,
        }
        let lst = base64url::encode(&compress_to_vec_zlib(&self.entries, 6));
        let StatusListTimes { iat, exp, ttl } = times;
        let claims = Claims { sub: uri.as_str(), iat, exp, ttl, status_list: List { bits: self.bits, lst } };
        key.sign_payload(TYPE, &serde_json::to_vec(&claims).map_err(|_| SignError::Claims)?)
    }

    /// The number of entries.
    pub const fn len(&self) -> usize {
        self.entries.len() * 8 / self.bits as usize
    }

    /// Whether the list has no entries.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The state of the token at `index`; `None` when the list is too short.
    pub fn status(&self, index: u64) -> Option<Status> {
        let bit = usize::try_from(index).ok()?.checked_mul(usize::from(self.bits))?;
        let byte = *self.entries.get(bit / 8)?;
        // Entries never cross a byte: their width divides it.
        let entry = u16::from(byte) >> (bit % 8) & ((1 << self.bits) - 1);
        Some(if entry == 0 { Status::Valid } else { Status::Revoked })
    }
}

/// The claims of a Status List Token.
struct Claims<'a> {
    sub: std::borrow::Cow<'a, str>,
    iat: UnixSeconds,
    exp: Option<UnixSeconds>,
    ttl: Option<u64>,
    bits: u64,
    lst: std::borrow::Cow<'a, str>,
}

impl<'a> Claims<'a> {
    fn read(node: Node<'a>) -> Option<Self> {
        let Node::Object(members) = node else { return None };
        let (mut sub, mut exp, mut iat, mut ttl, mut entries) = (None, None, None, None, None);
        for (name, value) in members {
            match (&*name, value) {
                ("sub", Node::Text(text)) => sub = Some(text),
                ("exp", Node::Whole(number)) => exp = Some(UnixSeconds(number)),
                ("iat", Node::Whole(number)) => iat = Some(UnixSeconds(number)),
                ("ttl", Node::Whole(number)) => ttl = Some(number),
                ("status_list", Node::Object(members)) => entries = Some(members),
                ("exp" | "ttl", _) => return None,
                // What is required is missing if it has another type.
                _ => {}
            }
        }
        let (mut bits, mut lst) = (None, None);
        for (name, value) in entries? {
            match (&*name, value) {
                ("bits", Node::Whole(number)) => bits = Some(number),
                ("lst", Node::Text(text)) => lst = Some(text),
                _ => {}
            }
        }
        Some(Self { sub: sub?, iat: iat?, exp, ttl, bits: bits?, lst: lst? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Algorithm, SoftwareVerifier, VerifyingKey};

    const URI: &str = "https://issuer.example/status/3";
    const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

    fn key(algorithm: Algorithm) -> SigningKey {
        SigningKey::new(algorithm, Identifier::parse("s1").unwrap(), &[7; 32]).unwrap()
    }

    fn read(token: &str, uri: &str, key: &SigningKey, now: UnixSeconds) -> Result<StatusList, StatusListError> {
        let keys = KeySet::new(vec![VerifyingKey::try_from(&key.verifying_document()).unwrap()]).unwrap();
        StatusList::from_token(token.as_bytes(), uri, &keys, &SoftwareVerifier, now).map(|dated| dated.list)
    }

    fn times(exp: Option<u64>) -> StatusListTimes {
        StatusListTimes { iat: NOW, exp: exp.map(UnixSeconds), ttl: Some(60) }
    }

    #[test]
    fn a_signed_list_reads_back_the_same() {
        let uri = Identifier::parse(URI).unwrap();
        let list = StatusList::of_bits(vec![0xb9, 0xa3]);
        for algorithm in [Algorithm::Hs256, Algorithm::Es256, Algorithm::EdDsa] {
            let key = key(algorithm);
            let token = list.sign(&uri, times(None), &key).unwrap();
            assert_eq!(read(&token, URI, &key, NOW), Ok(list.clone()));
            assert_eq!(read(&token, "https://issuer.example/status/4", &key, NOW), Err(StatusListError::Subject));
            assert!(matches!(read(&token[1..], URI, &key, NOW), Err(StatusListError::Token(_))));
        }
        let key = key(Algorithm::Hs256);
        let token = list.sign(&uri, times(Some(NOW.0)), &key).unwrap();
        assert_eq!(read(&token, URI, &key, NOW), Err(StatusListError::Expired));
        assert_eq!(StatusList::from_bytes(&list.to_bytes()), Some(list));
        assert_eq!(StatusList::from_bytes(&[]), None);
        assert_eq!(StatusList::from_bytes(&[3, 0]), None);
    }

    #[test]
    fn a_list_ends_with_exp_or_ttl_whichever_comes_first() {
        for (exp, ttl, end) in
            [(None, None, u64::MAX), (Some(9), None, 9), (None, Some(3), 8), (Some(9), Some(3), 8), (Some(7), Some(3), 7)]
        {
            let times = StatusListTimes { iat: UnixSeconds(5), exp: exp.map(UnixSeconds), ttl };
            assert_eq!(times.end(), UnixSeconds(end), "{times:?}");
        }
        let key = key(Algorithm::Es256);
        let (uri, times) = (Identifier::parse(URI).unwrap(), StatusListTimes { iat: NOW, exp: Some(NOW.plus(9)), ttl: Some(3) });
        let token = StatusList::of_bits(vec![0]).sign(&uri, times, &key).unwrap();
        let keys = KeySet::new(vec![VerifyingKey::try_from(&key.verifying_document()).unwrap()]).unwrap();
        let dated = StatusList::from_token(token.as_bytes(), URI, &keys, &SoftwareVerifier, NOW).unwrap();
        assert_eq!(dated.times, times);
        assert_eq!(dated.version(), status_list_version(&entries_digest(&[0]), NOW, key.kid()));
    }

    /// The examples of section 4.
    #[test]
    fn bits_are_counted_from_the_lowest() {
        let one = StatusList::of_bits(vec![0xb9, 0xa3]);
        let revoked: Vec<u64> = (0..16).filter(|index| one.status(*index) == Some(Status::Revoked)).collect();
        assert_eq!(revoked, [0, 3, 4, 5, 7, 8, 9, 13, 15]);
        assert_eq!(one.status(16), None);
        assert_eq!(one.status(u64::MAX), None);
        let two = StatusList::from_bytes(&[2, 0xc9, 0x44, 0xf9]).unwrap();
        let states: Vec<_> = (0..12).map(|index| two.status(index) == Some(Status::Revoked)).collect();
        // 1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3
        assert_eq!(states, [true, true, false, true, false, true, false, true, true, true, true, true]);
        assert_eq!(two.status(12), None);
        assert_eq!((one.len(), two.len()), (16, 12));
        assert!(!one.is_empty() && StatusList::of_bits([]).is_empty());
    }

    #[test]
    fn a_list_that_decompresses_beyond_the_limit_is_refused() {
        let key = key(Algorithm::Hs256);
        let uri = Identifier::parse(URI).unwrap();
        let largest = StatusList::of_bits(vec![0; MAX_STATUS_LIST_LEN]);
        assert_eq!(read(&largest.sign(&uri, times(None), &key).unwrap(), URI, &key, NOW).map(|list| list.len()), Ok(1 << 23));
        let larger = StatusList::of_bits(vec![0; MAX_STATUS_LIST_LEN + 1]);
        assert_eq!(read(&larger.sign(&uri, times(None), &key).unwrap(), URI, &key, NOW), Err(StatusListError::Data));
    }

    #[test]
    fn the_largest_list_can_be_incompressible() {
        let mut random = postern_vectors::Random::new(1);
        let entries: Vec<u8> = (0..MAX_STATUS_LIST_LEN).map(|_| u8::try_from(random.below(256)).unwrap()).collect();
        let (key, list) = (key(Algorithm::Hs256), StatusList::of_bits(entries));
        let token = list.sign(&Identifier::parse(URI).unwrap(), times(None), &key).unwrap();
        assert_eq!(read(&token, URI, &key, NOW), Ok(list));
    }

    #[test]
    fn every_wrong_claim_is_refused() {
        let key = key(Algorithm::Hs256);
        let list = r#"{"bits":1,"lst":"eNrbuRgAAhcBXQ"}"#;
        let good = format!(r#"{{"sub":"{URI}","iat":1,"status_list":{list}}}"#);
        let check = |typ: &str, payload: &str| read(&key.sign_payload(typ, payload.as_bytes()).unwrap(), URI, &key, NOW);
        assert_eq!(check(TYPE, &good), Ok(StatusList::of_bits(vec![0xb9, 0xa3])));
        assert_eq!(check("at+jwt", &good), Err(StatusListError::Token(TokenError::Type)));
        for (from, to, error) in [
            (r#""bits":1"#, r#""bits":3"#, StatusListError::Bits),
            (r#""bits":1"#, r#""bits":256"#, StatusListError::Bits),
            (r#""bits":1"#, r#""bits":"1""#, StatusListError::Token(TokenError::Claims)),
            (r#""iat":1,"#, "", StatusListError::Token(TokenError::Claims)),
            (r#""iat":1,"#, r#""iat":"1","#, StatusListError::Token(TokenError::Claims)),
            (r#""bits":1,"#, r#""bits":1,"lst":7,"x":"#, StatusListError::Token(TokenError::Claims)),
            (list, "[]", StatusListError::Token(TokenError::Claims)),
            (r#""iat":1,"#, r#""iat":1,"exp":"9","#, StatusListError::Token(TokenError::Claims)),
            (r#""iat":1,"#, r#""iat":1,"ttl":-1,"#, StatusListError::Token(TokenError::Claims)),
            (r#""iat":1,"#, r#""iat":1,"ttl":1.5,"#, StatusListError::Token(TokenError::Claims)),
            ("eNrbuRgAAhcBXQ", "eNrbuRgAAhcBXR", StatusListError::Data),
            ("eNrbuRgAAhcBXQ", "eNrbuRgAAhcB", StatusListError::Data),
            ("eNrbuRgAAhcBXQ", "uaM", StatusListError::Data),
        ] {
            assert_eq!(check(TYPE, &good.replace(from, to)), Err(error), "{to}");
        }
    }
}
