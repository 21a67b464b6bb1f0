//! A fixed clock and a deterministic random source, for tests.

use std::sync::{Mutex, PoisonError};

use postern_token::UnixSeconds;
use sha2::{Digest as _, Sha256};

use crate::clock::Clock;
use crate::entropy::{Entropy, EntropyError};

/// A clock that always returns the same time.
pub struct FixedClock(pub UnixSeconds);

impl Clock for FixedClock {
    fn now(&self) -> UnixSeconds {
        self.0
    }
}

/// A deterministic random source: the same seed gives the same bytes in every run.
pub struct SeededEntropy(Mutex<[u8; 32]>);

impl SeededEntropy {
    /// A source with this seed.
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
