//! SHA-256 outside of the decision.

use sha2::{Digest as _, Sha256};

/// The digest of what `hash` has absorbed. It is never inlined, so that the plugin has it once: its code is larger than its callers.
#[inline(never)]
pub fn finish_sha256(hash: Sha256) -> [u8; 32] {
    hash.finalize().into()
}
