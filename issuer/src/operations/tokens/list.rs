//! Listing an application's tokens.

use crate::catalogue::{ApplicationId, TokenId, TokenRecord};
use crate::operations::{Act, Error};

/// The records of an application's tokens, the oldest first, also of an application that was deleted: so many at most, from the one after `after` on.
pub fn list_tokens(
    act: &Act<'_>,
    application: &ApplicationId,
    after: Option<&TokenId>,
    limit: u32,
) -> Result<Vec<TokenRecord>, Error> {
    act.storage().read(|transaction| {
        if !transaction.knows_application(application, act.owner())? {
            return Err(Error::NoSuchApplication(application.clone()));
        }
        // A list that begins again where it should go on would never end.
        if let Some(after) = after
            && transaction.token(after)?.is_none_or(|record| record.application != *application)
        {
            return Err(Error::NoSuchToken);
        }
        Ok(transaction.tokens(application, after, limit)?)
    })
}
