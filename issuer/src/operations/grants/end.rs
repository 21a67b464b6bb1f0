//! Ending grants: with each goes its refresh token, and its access token at every edge.

use crate::catalogue::TokenState;
use crate::operations::tokens::set_bits;
use crate::operations::{Act, Error};
use crate::storage::{EndingUserTokens, Transaction, UserTables, WhichGrants};

/// How much was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::operations) struct Ended {
    pub(in crate::operations) grants: usize,
    pub(in crate::operations) tokens: usize,
}

/// Ends grants and what they have.
pub(in crate::operations) fn end_grants(
    act: &Act<'_>,
    main: &Transaction<'_>,
    tables: &UserTables<'_, '_>,
    which: WhichGrants<'_>,
    state: TokenState,
) -> Result<Ended, Error> {
    let grants = tables.end_grants(which, act.now)?;
    let places = tables.end_user_tokens(EndingUserTokens::Grants(which), state)?;
    set_bits(main, &places, act.now)?;
    Ok(Ended { grants, tokens: places.len() })
}
