//! The branding, kept in memory so that a page costs no query for it.

use std::fmt::Write as _;
use std::sync::{Arc, PoisonError, RwLock};

use postern_model::Branding;
use sha2::{Digest as _, Sha256};

/// The current branding.
#[derive(Debug, Default)]
pub struct CurrentBranding {
    /// The branding.
    pub branding: Branding,
    /// The digest of the logo, in hexadecimal digits; empty without a logo.
    pub logo_digest: String,
    /// A number that is higher after each change.
    pub(crate) version: u64,
}

/// The branding that pages show.
#[derive(Debug, Default)]
pub struct BrandingCache(RwLock<Arc<CurrentBranding>>);

impl BrandingCache {
    /// The current branding. After a change by another process it may be a few seconds old.
    pub fn current(&self) -> Arc<CurrentBranding> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn set(&self, (branding, version): (Branding, u64)) {
        let mut logo_digest = String::new();
        if let Some(logo) = &branding.logo {
            for byte in Sha256::digest(logo.as_bytes()).iter().take(12) {
                // Writing to a string cannot fail.
                let _ = write!(logo_digest, "{byte:02x}");
            }
        }
        let current = Arc::new(CurrentBranding { branding, logo_digest, version });
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = current;
    }
}
