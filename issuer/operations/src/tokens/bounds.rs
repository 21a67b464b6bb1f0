//! Bounds of the tokens that one client obtains, because each adds a record to the database.

use postern_token::UnixSeconds;

use crate::error::TokenError;
use crate::{Act, Error};
use postern_model::{ConsumerKey, UserName};
use postern_storage::{StorageError, Transaction, UserTables};

/// In seconds.
const HOUR: u64 = 3600;

/// Refuses another application token to a client that asks for more and more combinations.
pub(super) fn check(act: &Act<'_>, transaction: &Transaction<'_>, client: &ConsumerKey) -> Result<(), Error> {
    let most = act.instance.bounds.tokens;
    if most > 0 && transaction.live_tokens_of_client(client, act.now, most)? >= u64::from(most) {
        return Err(TokenError::TooMany(most).into());
    }
    check_hour(act, |time, number| transaction.obtained_after(client, time, number))
}

/// Refuses another token of a user to a client. The bound is one for each user, because a client may have any number of users.
pub(super) fn check_for_user(
    act: &Act<'_>,
    tables: &UserTables<'_, '_>,
    client: &ConsumerKey,
    user: &UserName,
) -> Result<(), Error> {
    check_hour(act, |time, number| tables.user_tokens_obtained_after((client, user), time, number))
}

/// Refuses another token to a client that has obtained many in the last hour. `obtained_after` tells when it obtained the one with a number,
/// counted from the newest. Records outlive their tokens, so short validities and revocation must not make room for more of them.
fn check_hour(
    act: &Act<'_>,
    obtained_after: impl FnOnce(UnixSeconds, u32) -> Result<Option<UnixSeconds>, StorageError>,
) -> Result<(), Error> {
    let most = act.instance.bounds.tokens_per_hour;
    if most == 0 {
        return Ok(());
    }
    let hour_ago = act.now.0.saturating_sub(HOUR);
    match obtained_after(UnixSeconds(hour_ago), most)? {
        // By another process's clock, it may have been obtained slightly in the future.
        Some(time) => Err(TokenError::TooManyInAnHour { most, seconds: time.0.saturating_sub(hour_ago).clamp(1, HOUR) }.into()),
        None => Ok(()),
    }
}
