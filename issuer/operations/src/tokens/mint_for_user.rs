//! Minting a user's token, which differs from an application token in its subject and in where its record is stored.

use postern_token::{Claims, Kind};

use super::mint::{ExtendedLists, MintRequest, UnsignedAccessToken, claims, prepare};
use crate::client_memory::Client;
use crate::error::SigningKeyError;
use crate::{Act, Error};
use postern_model::{GrantId, StatusIndex, TokenId, TokenRecord, UserId, UserToken, Validity};
use postern_storage::Transaction;

/// A user's token, ready to be stored and then signed.
pub(crate) struct PreparedUserToken {
    pub(crate) token: UserToken,
    pub(crate) unsigned: UnsignedAccessToken,
    pub(crate) validity: Validity,
}

impl MintRequest<'_> {
    /// Prepares a user's token with the current subscriptions. The caller stores its record in the tables of the user's store.
    pub(crate) fn prepare_for_user(
        self,
        act: &Act<'_>,
        transaction: &Transaction<'_>,
        status_index: StatusIndex,
        user: &UserId,
        (client, grant): (&Client, &GrantId),
        extended: &mut ExtendedLists,
    ) -> Result<PreparedUserToken, Error> {
        let moment = self.context_of(act, transaction, client, Kind::User)?;
        let validity = moment.validity;
        let id = TokenId::generate(act.now, act.entropy)?;
        let record = self.record(act, id, moment.key.kid(), status_index, moment.apis.into_owned(), validity);
        let record = TokenRecord { kind: Kind::User, current: false, minted_by: None, ..record };
        let sub = user.identifier().map_err(|_| SigningKeyError::Unusable)?;
        let claims = Claims { sub, ..claims(&moment.settings, &record) };
        let token = prepare(transaction, &moment.key, &record, &claims, extended)?;
        let scopes = record.restrictions.scopes.clone();
        let unsigned = UnsignedAccessToken { token, expires_in: validity.expires_in(), scopes, id: record.id.clone() };
        Ok(PreparedUserToken { token: UserToken { record, user: user.name.clone(), grant: grant.clone() }, unsigned, validity })
    }
}
