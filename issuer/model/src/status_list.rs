//! Status lists: one bit for each token; a set bit means that the token is revoked.

use std::fmt;

use postern_token::{Identifier, UnixSeconds, entries_digest};

use super::Issuer;

/// The number of a status list, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusListId(pub u64);

impl StatusListId {
    /// The largest number, whose URI is the longest.
    pub const MAX: Self = Self(u64::MAX);

    /// The URI of the list, as tokens refer to it. The limit on an issuer's length ensures that the URI is a valid identifier.
    pub fn uri(self, issuer: &Issuer) -> String {
        issuer.endpoint(&format!("/status/{self}"))
    }
}

impl fmt::Display for StatusListId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The location of a token's bit: the status list, and the index in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusIndex {
    /// The status list.
    pub list: StatusListId,
    /// The index of the token's bit in the list.
    pub index: u32,
}

/// The metadata of a status list, without its bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusListSummary {
    /// The number of the list.
    pub id: StatusListId,
    /// The version of the bits.
    pub version: StatusListVersion,
    /// When the bits last changed.
    pub changed_at: UnixSeconds,
}

/// The version of a list's bits: the first half of their SHA-256, in base64url. It is not a counter, because a database that is
/// restored from a backup would use the same number again for other bits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StatusListVersion(Identifier<'static>);

impl StatusListVersion {
    /// Parses a stored version.
    pub fn parse(text: String) -> Option<Self> {
        Identifier::parse(text).ok().map(Self)
    }

    /// The version as text: letters, digits, `-` and `_`.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// The bits of a status list. Index 0 is the lowest bit of the first byte. A set bit means that the token is revoked.
#[derive(Clone, PartialEq, Eq)]
pub struct StatusBits(Box<[u8]>);

impl StatusBits {
    /// The number of tokens in a list. After a change, an edge fetches the whole list, at most 16 KiB.
    pub const CAPACITY: u32 = 1 << 17;

    /// The length of the bits in bytes.
    const LEN: usize = Self::CAPACITY as usize / 8;

    /// A list in which no token is revoked.
    pub fn new() -> Self {
        Self(vec![0; Self::LEN].into())
    }

    /// The stored bits; `None` if their length is not 16 KiB.
    pub fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() == Self::LEN).then(|| Self(bytes.into()))
    }

    /// The bits, to store or sign.
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Marks the token at `index` as revoked, which cannot be undone. An index outside of the list is ignored.
    pub fn set(&mut self, index: u32) {
        let byte = usize::try_from(index / 8).ok().and_then(|at| self.0.get_mut(at));
        if let Some(byte) = byte {
            *byte |= 1 << (index % 8);
        }
    }

    /// The version of these bits.
    pub fn version(&self) -> Option<StatusListVersion> {
        StatusListVersion::parse(entries_digest(&self.0))
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
    fn an_edge_reads_the_bits_that_were_set() {
        let mut bits = StatusBits::new();
        let empty = bits.version();
        for index in [0, 9, 131_071] {
            bits.set(index);
        }
        bits.set(StatusBits::CAPACITY);
        let list = StatusList::of_bits(bits.as_bytes());
        assert_eq!(list.len(), 131_072);
        let revoked: Vec<u64> = (0..131_072).filter(|index| list.status(*index) == Some(Status::Revoked)).collect();
        assert_eq!(revoked, [0, 9, 131_071]);
        assert_ne!(bits.version(), empty);
        assert_eq!(StatusBits::from_bytes(bits.as_bytes().to_vec()), Some(bits));
        assert_eq!(StatusBits::from_bytes(vec![0; 16_383]), None);
    }
}
