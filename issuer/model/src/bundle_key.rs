//! What is known of the keys that sign bundles beside the keys themselves.

use postern_token::{Algorithm, Kid, UnixSeconds};

/// The record of a key that signs bundles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleKeyRecord {
    /// Its name.
    pub kid: Kid<'static>,
    /// The one algorithm that it is for.
    pub algorithm: Algorithm,
    /// The public key, which edges pin: a JWK in JSON.
    pub public: String,
    /// Whether it is the one that signs.
    pub signs: bool,
    /// When it was made.
    pub created_at: UnixSeconds,
}
