//! Prunes expired records of user stores.

use postern_token::UnixSeconds;

use crate::status_lists::EXPIRY_GRACE;
use crate::{Act, Error, settings};
use postern_model::UserStoreName;

/// The most rows of a table that one transaction deletes, because other writers wait for it.
const STEP: u32 = 1000;

/// The seconds for which a code is kept after it expired: its reuse ends the grant that came from it (RFC 6749 section 4.1.2).
const CODES_KEPT: u64 = 86400;

/// The numbers of deleted records.
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
    /// Whether there may be more to delete.
    pub more: bool,
}

/// Deletes some expired records of a store: tokens that expired, and grants that ended or became unusable, more than `keep` seconds ago;
/// sessions and codes. Call it again while there may be more.
pub fn prune_users(act: &Act<'_>, store: &UserStoreName, keep: u64) -> Result<PrunedUsers, Error> {
    let store = act.stores().find(store)?;
    let before = |seconds: u64| UnixSeconds(act.now.0.saturating_sub(seconds));
    act.storage().write(|transaction| {
        let policies = settings::current(transaction)?.policies;
        store.write(transaction, |tables| {
            let full = |count: usize| count >= usize::try_from(STEP).unwrap_or(usize::MAX);
            let tokens = tables.delete_expired_user_tokens(before(keep.max(EXPIRY_GRACE)), STEP)?;
            // A grant that was unused for the lifetime of a refresh token cannot be used again; a live access token keeps it.
            let unused = before(keep.saturating_add(policies.refresh_idle));
            let grants = tables.delete_old_grants(before(keep), unused, STEP)?;
            let sessions = tables.delete_old_sessions(before(policies.session_lifetime), before(policies.session_idle))?;
            let codes = tables.delete_expired_codes(before(CODES_KEPT))?;
            Ok(PrunedUsers { tokens, grants, sessions, codes, more: full(tokens) || full(grants) })
        })
    })
}
