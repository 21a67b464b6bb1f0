//! Records of bundle keys, without the keys themselves.

use postern_token::{Algorithm, Kid, UnixSeconds};

/// The record of a key that signs bundles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleKeyRecord {
    /// Its name.
    pub kid: Kid<'static>,
    /// Its only algorithm.
    pub algorithm: Algorithm,
    /// The public key, which edges pin: a JWK in JSON.
    pub public: String,
    /// Whether it signs bundles.
    pub signs: bool,
    /// When it was created.
    pub created_at: UnixSeconds,
}
