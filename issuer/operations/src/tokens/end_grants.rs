//! Ends grants: the refresh token of each, and its access token at every edge.

use postern_token::UnixSeconds;

use crate::status_indexes::set_status_bits;
use crate::{Act, Error};
use postern_model::{ConsumerKey, StatusIndex, TokenState, UserId};
use postern_storage::{GrantSelector, Transaction, UserTables, UserTokenSelector};

/// The number of ended grants and tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Ended {
    pub(crate) grants: usize,
    pub(crate) tokens: usize,
}

/// Ends grants and their tokens.
pub(crate) fn end_grants(
    act: &Act<'_>,
    main: &Transaction<'_>,
    tables: &UserTables<'_, '_>,
    which: GrantSelector<'_>,
    state: TokenState,
) -> Result<Ended, Error> {
    let (ended, status_indexes) = end_grants_on_record(act, tables, which, state)?;
    set_status_bits(main, &status_indexes, act.now)?;
    Ok(ended)
}

/// The same, except for the bits at these status indexes, which the caller sets in the same transaction.
pub(crate) fn end_grants_on_record(
    act: &Act<'_>,
    tables: &UserTables<'_, '_>,
    which: GrantSelector<'_>,
    state: TokenState,
) -> Result<(Ended, Vec<StatusIndex>), Error> {
    let grants = tables.end_grants(which, act.now)?;
    let status_indexes = tables.end_user_tokens(UserTokenSelector::Grants(which), state, UnixSeconds(0))?;
    Ok((Ended { grants, tokens: status_indexes.len() }, status_indexes))
}

/// Ends all grants of a user, to all clients or to one, and the pending ones: codes that are not exchanged yet, and allowed devices that
/// have not polled since.
pub(crate) fn end_all_of(
    act: &Act<'_>,
    main: &Transaction<'_>,
    tables: &UserTables<'_, '_>,
    user: &UserId,
    client: Option<&ConsumerKey>,
) -> Result<Ended, Error> {
    let which = client.map_or(GrantSelector::Of(&user.name), |client| GrantSelector::OfTo(&user.name, client));
    tables.delete_unspent_codes(&user.name, client)?;
    main.deny_allowed_devices(user, client)?;
    end_grants(act, main, tables, which, TokenState::Revoked)
}
