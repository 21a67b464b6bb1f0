//! For whom a request counts when open requests take too much memory.

use std::rc::Rc;

use postern_token::Claims;

/// The subject of a token, a user or a client of one issuer; or all requests without a token.
#[derive(Debug, Clone)]
pub(crate) struct Owner {
    /// The claims of one of the subject's tokens.
    claims: Option<Rc<Claims<'static>>>,
    /// The position of the list that has the owner's account.
    list: u8,
}

impl Owner {
    /// The owner of all requests without a token.
    pub(crate) const NONE: Self = Self { claims: None, list: 0 };

    /// The owner of requests with such a token, whose subject has that hash.
    pub(crate) fn of(claims: &Rc<Claims<'static>>, hash: SubjectHash) -> Self {
        Self { claims: Some(Rc::clone(claims)), list: hash.0 }
    }
}

/// Spreads subjects over the lists of [`Accounts`]. Subjects that have the same one share a list, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SubjectHash(u8);

impl SubjectHash {
    /// The hash of the subject of these claims.
    pub(crate) fn of(claims: &Claims<'_>) -> Self {
        Self::of_bytes(claims.sub.as_str().as_bytes())
    }

    /// Eight bytes at a time, each multiplied by 2^64 divided by the golden ratio (Knuth, The Art of Computer Programming, section 6.4).
    fn of_bytes(subject: &[u8]) -> Self {
        let (words, rest) = subject.as_chunks::<8>();
        let rest = rest.iter().fold(0, |hash: u64, byte| hash << 8 | u64::from(*byte));
        let words = words.iter().map(|word| u64::from_le_bytes(*word));
        let hash = words.chain([0]).fold(rest, |hash, word| (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let [first, ..] = hash.to_be_bytes();
        Self(first)
    }
}

impl PartialEq for Owner {
    fn eq(&self, other: &Self) -> bool {
        match (&self.claims, &other.claims) {
            (Some(one), Some(other)) => Rc::ptr_eq(one, other) || one.sub == other.sub && one.iss == other.iss,
            (one, other) => one.is_none() && other.is_none(),
        }
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

/// The bytes that the requests of each owner take.
#[derive(Debug)]
pub(crate) struct Accounts {
    /// The owners that hold something, each in the list at its position.
    lists: Box<[Vec<Account>; 256]>,
    open: u64,
}

impl Default for Accounts {
    fn default() -> Self {
        Self { lists: Box::new([const { Vec::new() }; 256]), open: 0 }
    }
}

#[derive(Debug)]
struct Account {
    owner: Owner,
    usage: Usage,
}

impl Accounts {
    /// A request is opened.
    pub(crate) fn open(&mut self, owner: &Owner, bytes: u64) {
        self.open += bytes;
        if let Some(usage) = self.find_mut(owner) {
            usage.open += bytes;
            usage.held += bytes;
        } else if let Some(list) = self.lists.get_mut(usize::from(owner.list)) {
            list.push(Account { owner: owner.clone(), usage: Usage { open: bytes, held: bytes } });
        }
    }

    /// An open request is ended.
    pub(crate) fn end(&mut self, owner: &Owner, bytes: u64) {
        self.open -= bytes;
        if let Some(usage) = self.find_mut(owner) {
            usage.open -= bytes;
        }
    }

    /// A request is removed, which is open or was ended.
    pub(crate) fn remove(&mut self, owner: &Owner, bytes: u64, is_open: bool) {
        let open = if is_open { bytes } else { 0 };
        self.open -= open;
        let Some(list) = self.lists.get_mut(usize::from(owner.list)) else { return };
        let Some(at) = list.iter().position(|account| account.owner == *owner) else { return };
        let Some(Account { usage, .. }) = list.get_mut(at) else { return };
        usage.open -= open;
        usage.held -= bytes;
        if usage.held == 0 {
            list.swap_remove(at);
        }
    }

    /// The bytes of one owner.
    pub(crate) fn of(&self, owner: &Owner) -> Usage {
        let account =
            self.lists.get(usize::from(owner.list)).and_then(|list| list.iter().find(|account| account.owner == *owner));
        account.map_or_else(Usage::default, |account| account.usage)
    }

    fn find_mut(&mut self, owner: &Owner) -> Option<&mut Usage> {
        let account = self.lists.get_mut(usize::from(owner.list))?.iter_mut().find(|account| account.owner == *owner);
        account.map(|account| &mut account.usage)
    }

    /// The bytes of the open requests of all owners.
    pub(crate) const fn open_bytes(&self) -> u64 {
        self.open
    }

    /// A level, in bytes: if each owner's open requests take at most as much, they all take `excess` bytes less, which is more than 0. It is
    /// at least half of the highest such level, and one less than a power of two.
    pub(crate) fn level(&self, excess: u64) -> u64 {
        // For each length in bits: how many owners have a number of bytes of that length, and their sum.
        let mut by_length = [(0_u64, 0_u64); 65];
        for account in self.lists.iter().flatten() {
            let bytes = account.usage.open;
            if let Some((owners, sum)) = by_length.get_mut((u64::BITS - bytes.leading_zeros()) as usize) {
                *owners += 1;
                *sum += bytes;
            }
        }
        let (mut owners, mut sum, mut level) = (0, 0, u64::MAX);
        for (more, bytes) in by_length.iter().rev() {
            (owners, sum, level) = (owners + more, sum + bytes, level >> 1);
            if sum.saturating_sub(owners.saturating_mul(level)) >= excess {
                return level;
            }
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use postern_token::{SoftwareVerifier, UnverifiedToken};
    use postern_vectors::{Forge, TokenSpec};
    use serde_json::json;

    fn owner(issuer: &str, subject: &str) -> Owner {
        let claims =
            [("iss", issuer), ("sub", subject), ("client_id", subject)].map(|(name, value)| (name.to_owned(), json!(value)));
        let token = Forge::new(1).token(&TokenSpec { claims: claims.into_iter().collect(), ..TokenSpec::default() });
        let bundle = postern_token::bundle::Bundle::from_json(postern_vectors::bundle().as_bytes()).unwrap();
        let key = bundle.issuers[0].keys.find("k1").unwrap();
        let unverified = UnverifiedToken::parse(token.as_bytes()).unwrap();
        let signed = unverified.verify(key, &SoftwareVerifier).unwrap();
        let claims = Rc::new(signed.claims().unwrap().into_owned());
        let hash = SubjectHash::of(&claims);
        Owner::of(&claims, hash)
    }

    #[test]
    fn each_subject_of_each_issuer_is_an_owner_of_its_own() {
        let mut accounts = Accounts::default();
        // More than there are lists.
        let owners: Vec<Owner> =
            (0..600).map(|at| owner(if at % 2 == 0 { "https://one" } else { "https://two" }, &format!("u{}", at / 2))).collect();
        for (owner, bytes) in owners.iter().zip(1..) {
            accounts.open(owner, bytes);
        }
        accounts.open(&Owner::NONE, 1000);
        for (owner, bytes) in owners.iter().zip(1..) {
            assert_eq!(accounts.of(owner), Usage { open: bytes, held: bytes });
        }
        assert_eq!(accounts.of(&Owner::NONE), Usage { open: 1000, held: 1000 });
        assert_eq!(accounts.open_bytes(), 600 * 601 / 2 + 1000);
    }

    #[test]
    fn subjects_that_differ_little_are_spread_over_the_lists() {
        for form in ["u", "user-at-a-long-name-", "ck_2f8d"] {
            for end in ["", "@a-store-with-a-long-name", "000000000"] {
                let mut counts = [0; 256];
                for number in 0..25_600 {
                    counts[usize::from(SubjectHash::of_bytes(format!("{form}{number}{end}").as_bytes()).0)] += 1;
                }
                assert!(counts.iter().all(|count| *count < 300), "{form} {end} {:?}", counts.iter().max());
            }
        }
    }

    #[test]
    fn two_tokens_of_a_subject_have_one_owner() {
        let mut accounts = Accounts::default();
        accounts.open(&owner("https://one", "u1"), 5);
        accounts.open(&owner("https://one", "u1"), 6);
        assert_eq!(accounts.of(&owner("https://one", "u1")), Usage { open: 11, held: 11 });
    }

    #[test]
    fn an_owner_that_holds_nothing_takes_no_memory() {
        let mut accounts = Accounts::default();
        let [light, heavy] = ["light", "heavy"].map(|name| owner("https://one", name));
        accounts.open(&light, 3);
        accounts.open(&heavy, 3);
        accounts.open(&heavy, 1);
        assert_eq!([1, 4, 5, 6].map(|excess| accounts.level(excess)), [3, 1, 1, 0]);
        accounts.end(&heavy, 3);
        assert_eq!(accounts.level(1), 1);
        assert_eq!(accounts.of(&heavy), Usage { open: 1, held: 4 });
        accounts.remove(&heavy, 1, true);
        assert_eq!(accounts.of(&heavy), Usage { open: 0, held: 3 });
        accounts.remove(&heavy, 3, false);
        accounts.remove(&light, 3, true);
        assert!(accounts.lists.iter().all(Vec::is_empty));
        assert_eq!((accounts.open_bytes(), accounts.level(1)), (0, 0));
    }
}
