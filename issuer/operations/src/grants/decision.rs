//! What a grant decides about one request.

use super::issuance::Basis;
use postern_model::{GrantId, UserName};

/// What the secret of a request leads to.
pub(super) enum Decision {
    /// Tokens for this user.
    Issue(UserName, Basis),
    /// It was used again, so the grant of this user ends that came of it.
    End(UserName, GrantId),
}
