//! Status lists: where the life of every token is kept, one bit for each.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postern_token::{Identifier, UnixSeconds};
use sha2::{Digest as _, Sha256};

use super::Issuer;

/// A list's number, which counts up from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusListId(pub u64);

impl StatusListId {
    /// The largest one there can be, whose address is the longest.
    pub const MAX: Self = Self(u64::MAX);

    /// The list's address, where its tokens say that it is. An issuer's identifier leaves room for it.
    pub fn uri(self, issuer: &Issuer) -> String {
        issuer.endpoint(&format!("/status/{self}"))
    }
}

impl fmt::Display for StatusListId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// One token's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusIndex {
    /// The list.
    pub list: StatusListId,
    /// The token's index in it.
    pub index: u32,
}

/// What is known of a list beside its bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusListSummary {
    /// Its number.
    pub id: StatusListId,
    /// What its bits are called; other bits are called otherwise.
    pub version: StatusListVersion,
    /// When they became what they are.
    pub changed_at: UnixSeconds,
}

/// The name of a list's content: half of its SHA-256 in base64url. A counter would say the same of two contents once a database
/// is restored from an older copy.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StatusListVersion(Identifier<'static>);

impl StatusListVersion {
    /// The version that was kept as `text`.
    pub fn parse(text: String) -> Option<Self> {
        Identifier::parse(text).ok().map(Self)
    }

    /// The version as text: letters, digits, `-` and `_`.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// A list's bits: the token at index 0 in the lowest bit of the first byte, and a bit that is set means a token that is dead.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusBits(Box<[u8]>);

impl StatusBits {
    /// How many tokens a list has room for. A change costs an edge the list, at most 16 KiB, and each token a bit of its memory.
    pub const CAPACITY: u32 = 1 << 17;

    /// How many bytes the bits take.
    const LEN: usize = Self::CAPACITY as usize / 8;

    /// A list all of whose tokens live.
    pub fn new() -> Self {
        Self(vec![0; Self::LEN].into())
    }

    /// The bits that were kept as `bytes`, or `None` when they are not as many as they must be.
    pub fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() == Self::LEN).then(|| Self(bytes.into()))
    }

    /// The bits, to be kept or signed.
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Marks a token as dead, once and for all.
    pub fn set(&mut self, index: u32) {
        let byte = usize::try_from(index / 8).ok().and_then(|at| self.0.get_mut(at));
        if let Some(byte) = byte {
            *byte |= 1 << (index % 8);
        }
    }

    /// The name of this content.
    pub fn version(&self) -> Option<StatusListVersion> {
        let digest = Sha256::digest(&self.0);
        StatusListVersion::parse(URL_SAFE_NO_PAD.encode(digest.first_chunk::<16>()?))
    }
}

impl Default for StatusBits {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for StatusBits {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set: u32 = self.0.iter().map(|byte| byte.count_ones()).sum();
        formatter.debug_struct("StatusBits").field("set", &set).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use postern_token::{Status, StatusList};

    use super::*;

    #[test]
    fn a_bit_is_where_an_edge_looks_for_it() {
        let mut bits = StatusBits::new();
        let empty = bits.version();
        for index in [0, 9, 131_071] {
            bits.set(index);
        }
        bits.set(StatusBits::CAPACITY);
        let list = StatusList::of_bits(bits.as_bytes());
        assert_eq!(list.len(), 131_072);
        let dead: Vec<u64> = (0..131_072).filter(|index| list.status(*index) == Some(Status::Revoked)).collect();
        assert_eq!(dead, [0, 9, 131_071]);
        assert_ne!(bits.version(), empty);
        assert_eq!(StatusBits::from_bytes(bits.as_bytes().to_vec()), Some(bits));
        assert_eq!(StatusBits::from_bytes(vec![0; 16_383]), None);
    }
}
