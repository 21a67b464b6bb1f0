//! Forgetting what is over in user stores.

use postern_token::UnixSeconds;

use crate::status_lists::EXPIRY_GRACE;
use crate::{Act, Error, settings};
use postern_model::UserStoreName;

/// How many rows of a table one transaction forgets at most: others wait for it.
const STEP: u32 = 1000;

/// For how long a code is kept after it ran out, in seconds: who uses it again ends what it was exchanged for (RFC 6749 section 4.1.2).
const CODES_KEPT: u64 = 86400;

/// How much was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PrunedUsers {
    /// Records of tokens.
    pub tokens: usize,
    /// Grants, with their refresh tokens.
    pub grants: usize,
    /// Sessions.
    pub sessions: usize,
    /// Authorization codes.
    pub codes: usize,
    /// Whether there may be more.
    pub more: bool,
}

/// Forgets some of what is over in a store: the records of tokens that ran out, and grants that ended or that nobody can use any more, more than `keep` seconds
/// ago; sessions and codes. It is to be called again while there may be more.
pub fn prune_users(act: &Act<'_>, store: &UserStoreName, keep: u64) -> Result<PrunedUsers, Error> {
    let store = act.stores().find(store)?;
    let before = |seconds: u64| UnixSeconds(act.now.0.saturating_sub(seconds));
    act.storage().write(|transaction| {
        let policies = settings::current(transaction)?.policies;
        store.write(transaction, |tables| {
            let full = |count: usize| count >= usize::try_from(STEP).unwrap_or(usize::MAX);
            let tokens = tables.delete_expired_user_tokens(before(keep.max(EXPIRY_GRACE)), STEP)?;
            // One that lies unused for as long as a refresh token may is of no use; a token of it that lives keeps it.
            let unused = before(keep.saturating_add(policies.refresh_idle));
            let grants = tables.delete_old_grants(before(keep), unused, STEP)?;
            let sessions = tables.delete_old_sessions(before(policies.session_lifetime), before(policies.session_idle))?;
            let codes = tables.delete_expired_codes(before(CODES_KEPT))?;
            Ok(PrunedUsers { tokens, grants, sessions, codes, more: full(tokens) || full(grants) })
        })
    })
}
