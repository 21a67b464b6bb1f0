//! A clock that stands still and a random source that repeats, for unit tests.

use std::sync::Mutex;

use postern_token::UnixSeconds;
use sha2::{Digest as _, Sha256};

use crate::clock::Clock;
use crate::entropy::{Entropy, EntropyError};

/// It always says the same.
pub(crate) struct FixedClock(pub(crate) UnixSeconds);

impl Clock for FixedClock {
    fn now(&self) -> UnixSeconds {
        self.0
    }
}

/// Bytes that follow from a seed, the same in every run.
pub(crate) struct SeededEntropy(Mutex<[u8; 32]>);

impl SeededEntropy {
    pub(crate) fn new(seed: u8) -> Self {
        Self(Mutex::new([seed; 32]))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        let mut state = self.0.lock().unwrap();
        for chunk in bytes.chunks_mut(32) {
            *state = Sha256::digest(*state).into();
            chunk.copy_from_slice(&state[..chunk.len()]);
        }
        Ok(())
    }
}
