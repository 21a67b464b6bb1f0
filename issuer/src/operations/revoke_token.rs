//! Taking tokens back.

use postern_token::UnixSeconds;

use super::Error;
use super::revocation::{RevokedTokens, end};
use crate::catalogue::{ApplicationId, TokenId, TokenState};
use crate::storage::{Ending, Storage};

/// Revokes one token. One that is dead already stays so.
pub fn revoke_token(storage: &Storage, id: &TokenId, now: UnixSeconds) -> Result<RevokedTokens, Error> {
    storage.write(|transaction| {
        if transaction.token(id)?.is_none() {
            return Err(Error::NoSuchToken);
        }
        end(transaction, Ending::Token(id), TokenState::Revoked, now)
    })
}

/// Revokes every live token of an application. It gets new ones as before.
pub fn revoke_all_tokens(storage: &Storage, application: &ApplicationId, now: UnixSeconds) -> Result<RevokedTokens, Error> {
    storage.write(|transaction| {
        if transaction.application(application)?.is_none() {
            return Err(Error::NoSuchApplication(application.clone()));
        }
        end(transaction, Ending::Application(application), TokenState::Revoked, now)
    })
}
