//! Ending grants: with each goes its refresh token, and its access token at every edge.

use postern_token::UnixSeconds;

use crate::status_indexes::set_bits;
use crate::{Act, Error};
use postern_model::{ConsumerKey, TokenState, UserId};
use postern_storage::{EndingUserTokens, Transaction, UserTables, WhichGrants};

/// How much was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Ended {
    pub(crate) grants: usize,
    pub(crate) tokens: usize,
}

/// Ends grants and what they have.
pub(crate) fn end_grants(
    act: &Act<'_>,
    main: &Transaction<'_>,
    tables: &UserTables<'_, '_>,
    which: WhichGrants<'_>,
    state: TokenState,
) -> Result<Ended, Error> {
    let grants = tables.end_grants(which, act.now)?;
    let places = tables.end_user_tokens(EndingUserTokens::Grants(which), state, UnixSeconds(0))?;
    set_bits(main, &places, act.now)?;
    Ok(Ended { grants, tokens: places.len() })
}

/// Ends all that a user gave, to everybody or to one client, and what is on its way: a code that was not exchanged yet, and a device that was let in and has
/// not asked since.
pub(crate) fn end_all_of(
    act: &Act<'_>,
    main: &Transaction<'_>,
    tables: &UserTables<'_, '_>,
    user: &UserId,
    client: Option<&ConsumerKey>,
) -> Result<Ended, Error> {
    let which = client.map_or(WhichGrants::Of(&user.name), |client| WhichGrants::OfTo(&user.name, client));
    tables.delete_unspent_codes(&user.name, client)?;
    main.deny_allowed_devices(user, client)?;
    end_grants(act, main, tables, which, TokenState::Revoked)
}
