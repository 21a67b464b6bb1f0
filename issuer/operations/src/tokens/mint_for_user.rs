//! Minting a user's token: an application token but for whom it stands for, and for where its record is kept.

use postern_token::{Claims, Kind};

use super::mint::{Order, Unsigned, claims};
use crate::error::{SigningKeyError, TokenError};
use crate::{Act, Error};
use postern_model::{GrantId, StatusPlace, TokenId, TokenRecord, UserId, UserToken};
use postern_storage::Transaction;

/// A token that is to be put on record, and then to be signed.
pub(crate) struct Prepared {
    pub(crate) token: UserToken,
    pub(crate) unsigned: Unsigned,
}

impl Order<'_> {
    /// Makes a user's token of this order, with the subscriptions of this moment. Everything is done but to keep its record.
    pub(crate) fn prepare_for_user(
        self,
        act: &Act<'_>,
        transaction: &Transaction<'_>,
        place: StatusPlace,
        user: &UserId,
        grant: &GrantId,
    ) -> Result<Prepared, Error> {
        let moment = self.moment(act, transaction)?;
        let validity = self.validity;
        let id = TokenId::generate(act.now, act.entropy)?;
        let record = self.record(act, id, moment.key.kid(), place, moment.apis);
        let record = TokenRecord { kind: Kind::User, current: false, minted_by: None, ..record };
        if !transaction.extend_status_list(place.list, record.expires_at)? {
            return Err(TokenError::StatusListDeleted.into());
        }
        let sub = user.identifier().map_err(|_| SigningKeyError::Unusable)?;
        let claims = Claims { sub, ..claims(&moment.settings, &record) };
        let token = postern_signing::prepare(&moment.key, &claims)?;
        let scopes = record.restrictions.scopes.clone();
        let unsigned = Unsigned { token, expires_in: validity.expires_in(), scopes, id: record.id.clone() };
        Ok(Prepared { token: UserToken { record, user: user.name.clone(), grant: grant.clone() }, unsigned })
    }
}
