//! Listing an application's tokens.

use crate::error::{ApplicationError, TokenError, UserError};
use crate::{Act, Error};
use postern_model::{ApplicationId, GrantId, TokenId, TokenRecord, UserId, UserStoreName, UserToken};
use postern_token::KeyType;

/// At most `limit` records of an application's tokens, oldest first, starting after `after`. Works for a deleted application too.
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
        // If an unknown `after` restarted the list, paging would never end.
        if let Some(after) = after
            && transaction.token(after)?.is_none_or(|record| record.application != *application)
        {
            return Err(TokenError::NotFound.into());
        }
        Ok(transaction.tokens(application, after, limit)?)
    })
}

/// At most `limit` records of the live application tokens of a key set, starting after `after`: first those that never expire, then
/// those that expire last.
pub fn list_live_tokens(
    act: &Act<'_>,
    application: &ApplicationId,
    key_type: KeyType,
    after: Option<&TokenId>,
    limit: u32,
) -> Result<Vec<TokenRecord>, Error> {
    act.storage().read(|transaction| {
        act.application(transaction, application)?;
        match transaction.key_set(application, key_type)? {
            Some(keys) => Ok(transaction.live_tokens(&keys.consumer_key, act.now, after, limit)?),
            None => Ok(Vec::new()),
        }
    })
}

/// The record of a user token.
#[derive(Debug, Clone)]
pub struct UserTokenDetails {
    /// The user.
    pub user: UserId,
    /// The grant that it belongs to.
    pub grant: GrantId,
    /// The fields that every token has.
    pub record: TokenRecord,
}

/// At most `limit` records of the tokens that an application got for users of one store, or of the first store, oldest first, starting
/// after `after`.
pub fn list_user_tokens(
    act: &Act<'_>,
    application: &ApplicationId,
    store: Option<&UserStoreName>,
    after: Option<&TokenId>,
    limit: u32,
) -> Result<Vec<UserTokenDetails>, Error> {
    let store = match store {
        Some(name) => act.stores().find(name)?,
        None => act.stores().iter().next().ok_or_else(|| UserError::NoSuchStore(UserStoreName::local()))?,
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
