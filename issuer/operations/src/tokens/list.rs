//! Listing an application's tokens.

use crate::error::{ApplicationError, TokenError, UserError};
use crate::{Act, Error};
use postern_model::{ApplicationId, GrantId, TokenId, TokenRecord, UserId, UserStoreName, UserToken};

/// The records of an application's tokens, the oldest first, also of an application that was deleted: so many at most, from the one after `after` on.
pub fn list_tokens(
    act: &Act<'_>,
    application: &ApplicationId,
    after: Option<&TokenId>,
    limit: u32,
) -> Result<Vec<TokenRecord>, Error> {
    act.storage().read(|transaction| {
        if !transaction.knows_application(application, act.owner())? {
            return Err(ApplicationError::NotFound(application.clone()).into());
        }
        // A list that begins again where it should go on would never end.
        if let Some(after) = after
            && transaction.token(after)?.is_none_or(|record| record.application != *application)
        {
            return Err(TokenError::NotFound.into());
        }
        Ok(transaction.tokens(application, after, limit)?)
    })
}

/// What is kept of a user's token.
#[derive(Debug, Clone)]
pub struct UserTokenDetails {
    /// Whom it stands for.
    pub user: UserId,
    /// The grant that it came of.
    pub grant: GrantId,
    /// What every token has.
    pub record: TokenRecord,
}

/// The tokens that an application got for users of one store, or of the first one, the oldest first: so many at most, from the one after `after` on.
pub fn list_user_tokens(
    act: &Act<'_>,
    application: &ApplicationId,
    store: Option<&UserStoreName>,
    after: Option<&TokenId>,
    limit: u32,
) -> Result<Vec<UserTokenDetails>, Error> {
    let store = match store {
        Some(name) => act.stores().find(name)?,
        None => act.stores().first().ok_or_else(|| UserError::NoSuchStore(UserStoreName::local()))?,
    };
    let tokens = act.storage().read(|transaction| {
        if !transaction.knows_application(application, act.owner())? {
            return Err(ApplicationError::NotFound(application.clone()).into());
        }
        store.read(transaction, |tables| {
            if let Some(after) = after
                && tables.user_token(after)?.is_none_or(|token| token.record.application != *application)
            {
                return Err(TokenError::NotFound.into());
            }
            Ok(tables.user_tokens(application, after, limit)?)
        })
    })?;
    let details = |UserToken { record, user, grant }| {
        let user = UserId { name: user, store: store.name().clone() };
        UserTokenDetails { user, grant, record }
    };
    Ok(tokens.into_iter().map(details).collect())
}
