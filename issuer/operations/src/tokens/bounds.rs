//! Bounds of the tokens that one client obtains, because each adds a record to the database.

use postern_token::UnixSeconds;

use crate::client_memory::Room;
use crate::error::TokenError;
use crate::{Act, Bounds, Error};
use postern_model::{ConsumerKey, UserName};
use postern_storage::{MintingState, Transaction, UserTables};

/// In seconds.
const HOUR: u64 = 3600;

/// Refuses another application token to a client that asks for more and more combinations. Counting reads each of its tokens, so it is done
/// only when the client may have reached a bound since the last count, and once a second for a client that has. `pending` are the clients of
/// the tokens that this transaction will store.
pub(crate) fn check<'a>(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    client: &ConsumerKey,
    state: MintingState,
    pending: impl ExactSizeIterator<Item = &'a ConsumerKey>,
) -> Result<(), Error> {
    let memory = &act.instance.client_memory;
    let newer = state.last_token.saturating_add(u64::try_from(pending.len()).unwrap_or(u64::MAX));
    let counted_at = (act.now, state.bundle);
    match memory.room(client) {
        Some(room) if newer.saturating_sub(room.last_token) < room.tokens => return Ok(()),
        Some(Room { tokens: 0, refusal: Some(refusal), counted_at: before, .. }) if before == counted_at => {
            return Err(refusal.into());
        }
        _ => {}
    }
    let pending = u64::try_from(pending.filter(|other| *other == client).count()).unwrap_or(u64::MAX);
    let counted = count_room(act, transaction, client, pending);
    let (tokens, refusal) = match &counted {
        Ok(tokens) => (*tokens, None),
        Err(Error::Token(TokenError::TooMany(most))) => (0, Some(TokenError::TooMany(*most))),
        Err(Error::Token(TokenError::TooManyInAnHour { most, seconds })) => {
            (0, Some(TokenError::TooManyInAnHour { most: *most, seconds: *seconds }))
        }
        Err(_) => return counted.map(drop),
    };
    memory.keep_room(client, Room { counted_at, last_token: newer, tokens, refusal });
    counted.map(drop)
}

/// How many more tokens a client may obtain, at least 1, or an error. `pending` of its tokens are not stored yet.
fn count_room(act: &Act<'_>, transaction: &Transaction<'_>, client: &ConsumerKey, pending: u64) -> Result<u64, Error> {
    let Bounds { tokens: most_live, tokens_per_hour: most_in_hour, .. } = act.instance.bounds;
    let mut room = u64::MAX;
    if most_live > 0 {
        let live = transaction.live_tokens_of_client(client, act.now, most_live)?.saturating_add(pending);
        room = u64::from(most_live).saturating_sub(live);
        if room == 0 {
            return Err(TokenError::TooMany(most_live).into());
        }
    }
    if most_in_hour > 0 {
        let obtained = transaction.count_obtained_after(client, hour_before(act.now), most_in_hour)?;
        if obtained >= u64::from(most_in_hour) {
            let hour_ago = hour_before(act.now);
            refuse_after(transaction.obtained_after(client, hour_ago, most_in_hour)?, most_in_hour, hour_ago)?;
        }
        let left = u64::from(most_in_hour).saturating_sub(obtained.saturating_add(pending));
        if left == 0 {
            // The tokens that fill the hour are obtained just now.
            return Err(TokenError::TooManyInAnHour { most: most_in_hour, seconds: HOUR }.into());
        }
        room = room.min(left);
    }
    Ok(room)
}

fn hour_before(now: UnixSeconds) -> UnixSeconds {
    UnixSeconds(now.0.saturating_sub(HOUR))
}

/// Refuses another token of a user to a client; the answers are in the order of the clients and users. The bound is one for each user, because
/// a client may have any number of users.
pub(crate) fn check_for_users(
    act: &Act<'_>,
    tables: &UserTables<'_, '_>,
    of: &[(&ConsumerKey, &UserName)],
) -> Result<Vec<Result<(), TokenError>>, Error> {
    let most = act.instance.bounds.tokens_per_hour;
    if most == 0 {
        return Ok(of.iter().map(|_| Ok(())).collect());
    }
    let hour_ago = hour_before(act.now);
    let obtained = tables.user_tokens_obtained_after(of, hour_ago, most)?;
    Ok(obtained.into_iter().map(|time| refuse_after(time, most, hour_ago)).collect())
}

/// Refuses another token to a client that has obtained many in the last hour. Records outlive their tokens, so short validities and revocation
/// must not make room for more of them. `obtained` is when it obtained the first of the most that it may.
fn refuse_after(obtained: Option<UnixSeconds>, most: u32, hour_ago: UnixSeconds) -> Result<(), TokenError> {
    match obtained {
        // By another process's clock, it may have been obtained slightly in the future.
        Some(time) => Err(TokenError::TooManyInAnHour { most, seconds: time.0.saturating_sub(hour_ago.0).clamp(1, HOUR) }),
        None => Ok(()),
    }
}
