//! For whom a request counts when open requests take too much memory.

use postern_token::{Claims, finish_sha256};
use sha2::{Digest as _, Sha256};

/// The subject of a token, a user or a client of one issuer, as a number. The chance that two subjects have the same is 1 in 2^64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner(u64);

impl Owner {
    /// The owner of all requests without a token.
    pub(crate) const NONE: Self = Self(0);

    /// The owner of requests with such a token.
    pub(crate) fn of(claims: &Claims<'_>) -> Self {
        Self::named(&claims.iss, claims.sub.as_str())
    }

    fn named(issuer: &str, subject: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [issuer, "\n", subject] {
            hash.update(part);
        }
        Self(finish_sha256(hash).first_chunk().map_or(1, |number| u64::from_le_bytes(*number).max(1)))
    }

    /// The position of the list that has the owner's account.
    fn list(self) -> usize {
        let [first, ..] = self.0.to_le_bytes();
        usize::from(first)
    }
}

/// The bytes that the open requests of an owner take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// Of the requests that have not been ended.
    pub(crate) open: u64,
    /// Also of those that have been ended and not removed: a host may keep a request whose response waits for a slow client.
    pub(crate) held: u64,
}

/// The number of lists of accounts. An owner's account is found by its number, so each list stays short.
const LISTS: usize = 256;

/// The bytes that the requests of each owner take.
#[derive(Debug)]
pub(crate) struct Accounts {
    /// The owners that hold something.
    lists: Box<[Vec<Account>; LISTS]>,
    open: u64,
}

impl Default for Accounts {
    fn default() -> Self {
        Self { lists: Box::new([const { Vec::new() }; LISTS]), open: 0 }
    }
}

#[derive(Debug, Clone)]
struct Account {
    owner: Owner,
    usage: Usage,
}

impl Accounts {
    /// A request is opened.
    pub(crate) fn open(&mut self, owner: Owner, bytes: u64) {
        self.open += bytes;
        if let Some(usage) = self.find_mut(owner) {
            usage.open += bytes;
            usage.held += bytes;
        } else if let Some(list) = self.lists.get_mut(owner.list()) {
            list.push(Account { owner, usage: Usage { open: bytes, held: bytes } });
        }
    }

    /// An open request is ended.
    pub(crate) fn end(&mut self, owner: Owner, bytes: u64) {
        if let Some(usage) = self.find_mut(owner) {
            usage.open -= bytes;
            self.open -= bytes;
        }
    }

    /// An ended request is removed.
    pub(crate) fn remove(&mut self, owner: Owner, bytes: u64) {
        let Some(usage) = self.find_mut(owner) else { return };
        usage.held -= bytes;
        if usage.held == 0
            && let Some(list) = self.lists.get_mut(owner.list())
        {
            list.retain(|account| account.owner != owner);
        }
    }

    /// The bytes of one owner.
    pub(crate) fn of(&self, owner: Owner) -> Usage {
        let account = self.lists.get(owner.list()).and_then(|list| list.iter().find(|account| account.owner == owner));
        account.map_or_else(Usage::default, |account| account.usage)
    }

    fn find_mut(&mut self, owner: Owner) -> Option<&mut Usage> {
        let account = self.lists.get_mut(owner.list())?.iter_mut().find(|account| account.owner == owner);
        account.map(|account| &mut account.usage)
    }

    /// The bytes of the open requests of all owners.
    pub(crate) const fn open_bytes(&self) -> u64 {
        self.open
    }

    /// The owner whose open requests take most.
    pub(crate) fn heaviest(&self) -> Owner {
        let heaviest = self.lists.iter().flatten().max_by_key(|account| account.usage.open);
        heaviest.map_or(Owner::NONE, |account| account.owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_subject_of_each_issuer_is_an_owner_of_its_own() {
        let mut numbers = HashSet::from([Owner::NONE.0]);
        for issuer in ["https://one.example", "https://two.example"] {
            for number in 0..10_000 {
                let subject = format!("user-{number}@users");
                let owner = Owner::named(issuer, &subject);
                assert_eq!(owner, Owner::named(issuer, &subject));
                assert!(numbers.insert(owner.0), "{issuer} {subject}");
            }
        }
    }

    #[test]
    fn an_owner_that_holds_nothing_takes_no_memory() {
        let mut accounts = Accounts::default();
        for owner in 1..1000 {
            accounts.open(Owner(owner), owner);
        }
        assert_eq!(accounts.heaviest(), Owner(999));
        assert_eq!(accounts.of(Owner(999)), Usage { open: 999, held: 999 });
        accounts.end(Owner(999), 999);
        assert_eq!((accounts.heaviest(), accounts.of(Owner(999))), (Owner(998), Usage { open: 0, held: 999 }));
        assert_eq!(accounts.open_bytes(), 998 * 999 / 2);
        accounts.remove(Owner(999), 999);
        for owner in 1..999 {
            accounts.end(Owner(owner), owner);
            accounts.remove(Owner(owner), owner);
        }
        assert!(accounts.lists.iter().all(Vec::is_empty));
        assert_eq!((accounts.open_bytes(), accounts.heaviest()), (0, Owner::NONE));
    }
}
