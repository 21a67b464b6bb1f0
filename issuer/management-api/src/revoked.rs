//! What is told after tokens were ended.

use serde::Serialize;
use utoipa::ToSchema;

use postern_operations::RevokedTokens;

/// How many tokens were revoked
#[derive(Serialize, ToSchema)]
#[schema(as = Revoked)]
pub(super) struct RevokedView {
    /// All of them
    revoked: usize,
    /// Those of them that no edge hears of, because they were minted before there were status lists: they count until they run out
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    without_status: Option<usize>,
}

impl From<RevokedTokens> for RevokedView {
    fn from(tokens: RevokedTokens) -> Self {
        Self { revoked: tokens.count, without_status: Some(tokens.without_status).filter(|count| *count > 0) }
    }
}
