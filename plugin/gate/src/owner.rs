//! For whom a request counts when open requests take too much memory.

use std::hash::Hasher as _;

use postern_token::Claims;

use crate::index::Fnv;

/// The number of owners. Two subjects out of a thousand have the same number, and count as one.
const OWNERS: u16 = 1024;

/// The subject of a token, a user or a client, as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner(u16);

impl Owner {
    /// The owner of all requests without a token.
    pub(crate) const NONE: Self = Self(0);

    /// The owner of requests with such a token.
    pub(crate) fn of(claims: &Claims<'_>) -> Self {
        let mut hash = Fnv::default();
        hash.write(claims.sub.as_str().as_bytes());
        let [first, second, ..] = hash.finish().to_le_bytes();
        Self(1 + u16::from_le_bytes([first, second]) % (OWNERS - 1))
    }
}

/// The bytes that the requests of each owner take.
#[derive(Debug)]
pub(crate) struct Bytes {
    by_owner: Vec<u64>,
    sum: u64,
}

impl Default for Bytes {
    fn default() -> Self {
        Self { by_owner: vec![0; usize::from(OWNERS)], sum: 0 }
    }
}

impl Bytes {
    pub(crate) fn add(&mut self, Owner(owner): Owner, bytes: u64) {
        self.sum += bytes;
        if let Some(own) = self.by_owner.get_mut(usize::from(owner)) {
            *own += bytes;
        }
    }

    pub(crate) fn subtract(&mut self, Owner(owner): Owner, bytes: u64) {
        self.sum -= bytes;
        if let Some(own) = self.by_owner.get_mut(usize::from(owner)) {
            *own -= bytes;
        }
    }

    /// The bytes of one owner.
    pub(crate) fn of(&self, Owner(owner): Owner) -> u64 {
        self.by_owner.get(usize::from(owner)).copied().unwrap_or_default()
    }

    /// The bytes of all owners.
    pub(crate) const fn sum(&self) -> u64 {
        self.sum
    }

    /// The owner whose requests take most.
    pub(crate) fn heaviest(&self) -> Owner {
        let heaviest = (0..OWNERS).zip(&self.by_owner).max_by_key(|(_, bytes)| **bytes);
        heaviest.map_or(Owner::NONE, |(owner, _)| Owner(owner))
    }
}
