//! Numbers for public keys, so that JavaScript can keep an imported key for each.

/// How many keys have a number at the same time. A bundle has a few; keys that have retired make room.
const MAX_KEYS: usize = 64;

/// The public keys that signatures had to be verified with, each with a number that no other key ever gets.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    keys: Vec<(u32, Vec<u8>)>,
    last: u32,
}

impl Keys {
    /// The number of a key.
    pub(crate) fn number(&mut self, key: &[u8]) -> u32 {
        if let Some((number, _)) = self.keys.iter().find(|(_, own)| own == key) {
            return *number;
        }
        if self.keys.len() == MAX_KEYS {
            self.keys.remove(0);
        }
        self.last = self.last.wrapping_add(1);
        self.keys.push((self.last, key.to_vec()));
        self.last
    }

    /// The key with that number.
    pub(crate) fn key(&self, number: u32) -> Option<&[u8]> {
        self.keys.iter().find(|(own, _)| *own == number).map(|(_, key)| key.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_keeps_its_number_until_others_take_its_room() {
        let mut keys = Keys::default();
        let first = keys.number(b"first");
        assert_eq!(keys.number(b"first"), first);
        for other in 1..MAX_KEYS {
            assert_ne!(keys.number(&other.to_le_bytes()), first);
        }
        assert_eq!(keys.key(first), Some(&b"first"[..]));
        let last = keys.number(b"last");
        assert_eq!((keys.key(first), keys.key(last)), (None, Some(&b"last"[..])));
        assert_ne!(keys.number(b"first"), first);
    }
}
