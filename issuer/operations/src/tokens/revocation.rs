//! Revoking tokens, in their records and in the status lists that edges read: the last step of every operation that revokes.

use postern_token::UnixSeconds;

use crate::status_indexes::set_status_bits;
use crate::status_lists::EXPIRY_GRACE;
use crate::{Act, Error};
use postern_model::{StatusIndex, TokenState};
use postern_storage::{GrantSelector, TokenSelector, Transaction, UserTokenSelector};

/// How many tokens an operation has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RevokedTokens {
    /// All of them.
    pub count: usize,
    /// Those without a status index, which were minted before there were status lists. Edges accept them until they expire or their
    /// signing key is retired.
    pub without_status: usize,
}

impl std::ops::AddAssign for RevokedTokens {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.without_status += other.without_status;
    }
}

/// Revokes tokens of applications and of users, except those that have expired for every edge. Each status list is written once.
pub(crate) fn end(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    which: TokenSelector<'_>,
    state: TokenState,
) -> Result<RevokedTokens, Error> {
    let ended = transaction.end_tokens(which, state, over(act))?;
    let mut status_indexes: Vec<StatusIndex> = ended.iter().copied().flatten().collect();
    let of_users = match which {
        // A token that was looked up by its id, or that a key set has, belongs to an application.
        TokenSelector::Token(_) | TokenSelector::Shown(..) => None,
        TokenSelector::Application(id) => Some(UserTokenSelector::Grants(GrantSelector::To(id))),
        TokenSelector::Key(kid) => Some(UserTokenSelector::Key(kid)),
        TokenSelector::Subscription(application, api) => Some(UserTokenSelector::Subscription(application, api)),
    };
    let without_status = ended.len() - status_indexes.len();
    let mut count = ended.len();
    // Applications first: what a user store with its own database has committed cannot be rolled back.
    set_status_bits(transaction, &status_indexes, act.now)?;
    if let Some(which) = of_users {
        act.stores().on_each(transaction, |tables| {
            status_indexes = tables.end_user_tokens(which, state, over(act))?;
            count += status_indexes.len();
            set_status_bits(transaction, &status_indexes, act.now)
        })?;
    }
    Ok(RevokedTokens { count, without_status })
}

/// Tokens that expired before this time are refused by every edge.
pub(crate) fn over(act: &Act<'_>) -> UnixSeconds {
    UnixSeconds(act.now.0.saturating_sub(EXPIRY_GRACE))
}
