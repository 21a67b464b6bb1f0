//! What is told after tokens were ended.

use serde::Serialize;
use utoipa::ToSchema;

use postern_operations::RevokedTokens;

/// The number of revoked tokens
#[derive(Serialize, ToSchema)]
#[schema(as = Revoked)]
pub(super) struct RevokedView {
    /// All revoked tokens
    revoked: usize,
    /// Revoked tokens without a status index (minted by an old version). Edges accept these until they expire
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    without_status: Option<usize>,
}

impl From<RevokedTokens> for RevokedView {
    fn from(tokens: RevokedTokens) -> Self {
        Self { revoked: tokens.count, without_status: Some(tokens.without_status).filter(|count| *count > 0) }
    }
}
