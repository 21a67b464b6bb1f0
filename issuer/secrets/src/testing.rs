//! A clock that stands still and a random source that repeats, for unit tests.

use std::sync::{Mutex, PoisonError};

use postern_token::UnixSeconds;
use sha2::{Digest as _, Sha256};

use crate::clock::Clock;
use crate::entropy::{Entropy, EntropyError};

/// It always says the same.
pub struct FixedClock(pub UnixSeconds);

impl Clock for FixedClock {
    fn now(&self) -> UnixSeconds {
        self.0
    }
}

/// Bytes that follow from a seed, the same in every run.
pub struct SeededEntropy(Mutex<[u8; 32]>);

impl SeededEntropy {
    /// A source whose bytes follow from `seed`.
    pub fn new(seed: u8) -> Self {
        Self(Mutex::new([seed; 32]))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in bytes.chunks_mut(32) {
            *state = Sha256::digest(*state).into();
            for (byte, drawn) in chunk.iter_mut().zip(*state) {
                *byte = drawn;
            }
        }
        Ok(())
    }
}
