//! Errors about signing keys and the master key.

use postern_signing::GenerateError;
use thiserror::Error;

/// Why an operation that needs signing keys did not succeed.
#[derive(Debug, Error)]
pub enum SigningKeyError {
    /// No signing key has this `kid`.
    #[error("there is no signing key `{0}`")]
    NotFound(String),
    /// The signing key is retired.
    #[error("the signing key `{0}` is retired and cannot be used again")]
    Retired(String),
    /// The signing key is the active one of its environment.
    #[error("the signing key `{0}` signs new tokens: sign with another signing key first, and then retire this one")]
    Active(String),
    /// The signing key has signed tokens that have not expired.
    #[error("tokens signed with the signing key `{kid}` have not expired ({tokens} in all; {}): retire the signing key after they have expired, or use `force` to revoke them now", last_expiry(*.seconds))]
    InUse {
        /// The key's `kid`.
        kid: String,
        /// The number of unexpired tokens.
        tokens: u64,
        /// The seconds until the last of them expires; `None` when one of them never does.
        seconds: Option<u64>,
    },
    /// A secret signing key would sign for both environments.
    #[error(
        "the HS256 signing key `{0}` is for one environment only: an edge that verifies with it can also mint tokens, so the sandbox must not have the signing key of production. Create another one with `planned_for`"
    )]
    SharedSecret(String),
    /// No bundle key has this `kid`.
    #[error("there is no bundle key `{0}`")]
    BundleKeyNotFound(String),
    /// The bundle key signs.
    #[error("the bundle key `{0}` signs bundles: sign with another bundle key first, and then delete this one")]
    BundleKeySigns(String),
    /// The algorithm cannot sign bundles.
    #[error("a bundle key must be for ES256 or EdDSA, because edges verify bundles with its public key")]
    BundleAlgorithm,
    /// No key pair could be generated.
    #[error(transparent)]
    Generate(GenerateError),
    /// The stored signing keys are damaged or contradict each other.
    #[error("the signing keys in the database cannot be used")]
    Unusable,
    /// The operation needs the master key, and the process was started without it.
    #[error("the master key is missing")]
    NoMasterKey,
    /// The master key does not decrypt the key that seals what user stores keep.
    #[error(
        "the master key cannot decrypt the secrets of second factors: use the master key of `postern init`, or of the last `postern admin master-key change`"
    )]
    WrongMasterKeyForUsers,
    /// The master key does not decrypt the signing key.
    #[error(
        "the master key cannot decrypt the signing key `{kid}`: use the master key of `postern init`, or of the last `postern admin master-key change`"
    )]
    WrongMasterKey {
        /// The key's `kid`.
        kid: String,
    },
}

fn last_expiry(seconds: Option<u64>) -> String {
    seconds.map_or("some never expire".into(), |seconds| format!("the last expires in {seconds} seconds"))
}
