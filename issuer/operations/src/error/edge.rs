//! Errors about edges, their keys and their bundles.

use postern_model::EdgeName;
use postern_token::bundle::Problems;
use thiserror::Error;

/// Why an operation on an edge, or by one, did not succeed.
#[derive(Debug, Error)]
pub enum EdgeError {
    /// No edge key has this name.
    #[error("there is no edge key `{0}`")]
    KeyNotFound(EdgeName),
    /// An edge key with this name exists.
    #[error("the edge key `{0}` already exists: choose another name")]
    KeyAlreadyExists(EdgeName),
    /// The edge key that an edge authenticates with is unknown.
    #[error("the edge key is unknown or was deleted: create one, and set it in the edge's configuration")]
    UnknownKey,
    /// The bundle that the database holds would be refused by every edge.
    #[error("every edge would refuse the bundle: {0}")]
    InvalidBundle(Problems),
}
