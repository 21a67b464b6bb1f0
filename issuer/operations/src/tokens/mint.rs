//! Minting an application token and storing its record, the last step of every operation that issues one; and recreating a token from its
//! record.

use postern_token::{AccessToken, Claims, Identifier, Kind, Scopes, SigningKey, StatusReference, Subscriptions, UnsignedToken};
use serde_json::json;

use super::bounds;
use crate::error::{ApplicationError, SettingsError, SigningKeyError, TokenError};
use crate::reserved_index::ReservedIndex;
use crate::settings::TokenValidity;
use crate::{Act, Error, settings};
use postern_model::{
    Action, ApplicationState, KeySet, Obtained, Restrictions, Settings, StatusBits, StatusIndex, StatusListId, SubscriptionState,
    TokenId, TokenRecord, TokenState, Validity,
};
use postern_storage::{StorageError, Transaction};

/// The default leeway of edges for clocks that differ, in seconds.
const CLOCK_LEEWAY: u64 = 60;

/// A minted token.
#[derive(Debug, Clone)]
pub struct MintedToken {
    /// The token.
    pub access_token: AccessToken,
    /// The seconds until the token expires; `None` means never.
    pub expires_in: Option<u64>,
    /// The scopes that it holds.
    pub scopes: Option<Scopes<'static>>,
    /// The id of the token's record.
    pub id: TokenId,
}

/// A token whose record is stored and that is not signed yet.
pub(crate) struct UnsignedAccessToken {
    pub(super) token: UnsignedToken,
    pub(super) expires_in: Option<u64>,
    pub(super) scopes: Option<Scopes<'static>>,
    pub(super) id: TokenId,
}

impl UnsignedAccessToken {
    /// Signs the token. This takes longer than the rest of minting, so it happens after the transaction.
    pub(crate) fn sign(self) -> Result<MintedToken, Error> {
        let Self { token, expires_in, scopes, id } = self;
        Ok(MintedToken { access_token: token.sign()?, expires_in, scopes, id })
    }
}

/// Runs `work` as one transaction, with a status index for the token that it mints.
pub(crate) fn minting<T>(act: &Act<'_>, work: impl Fn(&Transaction<'_>, StatusIndex) -> Result<T, Error>) -> Result<T, Error> {
    with_status_index(act, |reserved| act.storage().write(|transaction| work(transaction, reserved.check(transaction)?)))
}

/// Like [`minting`], concurrently with other writers: `work` locks the application that it concerns.
pub(crate) fn minting_concurrent<T>(
    act: &Act<'_>,
    work: impl Fn(&Transaction<'_>, StatusIndex) -> Result<T, Error>,
) -> Result<T, Error> {
    with_status_index(act, |reserved| {
        act.storage().write_concurrent(|transaction| work(transaction, reserved.check(transaction)?))
    })
}

fn with_status_index<T>(act: &Act<'_>, run: impl Fn(ReservedIndex) -> Result<T, Error>) -> Result<T, Error> {
    if let Some(status_index) = act.storage().reserved_status_index() {
        return run(status_index?);
    }
    let status_indexes = &act.instance.status_indexes;
    match run(status_indexes.next(act.storage(), act.now)?) {
        Err(Error::Token(TokenError::StatusListDeleted)) => {
            status_indexes.forget();
            run(status_indexes.next(act.storage(), act.now)?)
        }
        result => result,
    }
}

/// The inputs for minting a token: the key set, the scopes and the validity.
pub(crate) struct MintRequest<'a> {
    pub(crate) key_set: &'a KeySet,
    pub(crate) application_state: ApplicationState,
    /// The scopes of the token; the caller has made sure that the key set has them.
    pub(crate) scopes: Option<Scopes<'static>>,
    pub(crate) validity: TokenValidity,
    pub(crate) obtained: Obtained,
}

/// The settings, the signing key, the subscriptions and the validity at the time of minting.
pub(super) struct MintingContext {
    pub(super) settings: Settings,
    pub(super) key: SigningKey,
    pub(super) apis: Subscriptions<'static>,
    pub(super) validity: Validity,
}

impl MintRequest<'_> {
    /// Stores the record of an application token with the current subscriptions. From now on it is the current token of its combination.
    pub(crate) fn mint(
        self,
        act: &Act<'_>,
        transaction: &Transaction<'_>,
        status_index: StatusIndex,
    ) -> Result<UnsignedAccessToken, Error> {
        let moment = self.context(act, transaction, Kind::Application)?;
        self.mint_at(act, transaction, status_index, moment)
    }

    /// The current token of the request's combination (client, kind, scopes), if minting would give the same and enough of its validity
    /// remains.
    pub(crate) fn find_live(&self, act: &Act<'_>, transaction: &Transaction<'_>) -> Result<Option<UnsignedAccessToken>, Error> {
        let moment = self.context(act, transaction, Kind::Application)?;
        let Some(record) = self.find_candidate(act, transaction, moment.validity)? else { return Ok(None) };
        Self::reuse(act, record, &moment)
    }

    /// Returns the current token as [`Self::find_live`] does, or mints one.
    pub(crate) fn find_live_or_mint(
        self,
        act: &Act<'_>,
        transaction: &Transaction<'_>,
        status_index: StatusIndex,
    ) -> Result<UnsignedAccessToken, Error> {
        let moment = self.context(act, transaction, Kind::Application)?;
        if let Some(record) = self.find_candidate(act, transaction, moment.validity)?
            && let Some(token) = Self::reuse(act, record, &moment)?
        {
            return Ok(token);
        }
        self.mint_at(act, transaction, status_index, moment)
    }

    pub(super) fn context(&self, act: &Act<'_>, transaction: &Transaction<'_>, kind: Kind) -> Result<MintingContext, Error> {
        if self.application_state == ApplicationState::Blocked {
            return Err(ApplicationError::Blocked(self.key_set.application.clone()).into());
        }
        let (settings, signer) = transaction.settings_and_signer(self.key_set.key_type)?.ok_or(SettingsError::NotInitialised)?;
        let validity = self.validity.resolve(&settings.policies, kind)?;
        let key = act.keyring().for_tokens(transaction, &signer)?;
        Ok(MintingContext { settings, key, apis: active_subscriptions(transaction, self.key_set)?, validity })
    }

    fn mint_at(
        self,
        act: &Act<'_>,
        transaction: &Transaction<'_>,
        status_index: StatusIndex,
        moment: MintingContext,
    ) -> Result<UnsignedAccessToken, Error> {
        let MintingContext { settings, key, apis, validity } = moment;
        // A token that a member mints replaces the previous one.
        if self.obtained == Obtained::ClientCredentials {
            bounds::check(act, transaction, &self.key_set.consumer_key)?;
        }
        let record = self.record(act, TokenId::generate(act.now, act.entropy)?, key.kid(), status_index, apis, validity);
        // Before the record is stored, because a token that cannot be signed must have none.
        let token = prepare(transaction, &key, &record, &claims(&settings, &record))?;
        transaction.insert_token(&record)?;
        let action = if record.obtained == Obtained::Regenerated { Action::TokenRegenerate } else { Action::TokenMint };
        let details = json!({ "obtained": record.obtained, "scope": record.restrictions.scopes, "validity": validity });
        act.audit(transaction, action, Some(&record.application), Some(record.id.as_str()), Some(&details))?;
        Ok(UnsignedAccessToken { token, expires_in: validity.expires_in(), scopes: record.restrictions.scopes, id: record.id })
    }

    /// The record of the combination's current token, if it matches the request.
    fn find_candidate(
        &self,
        act: &Act<'_>,
        transaction: &Transaction<'_>,
        validity: Validity,
    ) -> Result<Option<TokenRecord>, Error> {
        let found = transaction.current_token(&self.key_set.consumer_key, Kind::Application, self.scopes.as_ref())?;
        let wanted = &self.key_set.restrictions;
        Ok(found.filter(|record| {
            record.state == TokenState::Active
                && record.restrictions.domains == wanted.domains
                && record.restrictions.ips == wanted.ips
                && record.restrictions.scopes == self.scopes
                && record.key_type == self.key_set.key_type
                && record.expires_at == validity.expiry(record.issued_at)
                && record.status.is_some()
                // Edges refuse a token that was issued in the future, which happens when the clock was wrong.
                && record.issued_at.0 <= act.now.0.saturating_add(CLOCK_LEEWAY)
        }))
    }

    /// The token of a record, if minting would give the same now and enough of its validity remains.
    fn reuse(act: &Act<'_>, record: TokenRecord, moment: &MintingContext) -> Result<Option<UnsignedAccessToken>, Error> {
        let MintingContext { settings, key, apis, validity } = moment;
        // By another process's clock, or while this one waited, the token may have been issued slightly in the future.
        let now = act.now.0.max(record.issued_at.0);
        let remains = record.expires_at.map(|expires_at| expires_at.0.saturating_sub(now));
        let share = u64::from(settings.policies.renew_below_percent);
        let enough = match (remains, validity.expires_in()) {
            (Some(remains), Some(all)) => remains > 0 && u128::from(remains) * 100 > u128::from(all) * u128::from(share),
            _ => share < 100,
        };
        let same = record.kid == *key.kid() && record.apis.as_ref() == Some(apis);
        if !(same && enough) {
            return Ok(None);
        }
        let token = key.prepare(&claims(settings, &record))?;
        Ok(Some(UnsignedAccessToken { token, expires_in: remains, scopes: record.restrictions.scopes, id: record.id }))
    }

    pub(super) fn record(
        self,
        act: &Act<'_>,
        id: TokenId,
        kid: &postern_token::Kid<'static>,
        status_index: StatusIndex,
        apis: Subscriptions<'static>,
        validity: Validity,
    ) -> TokenRecord {
        let Self { key_set, scopes, obtained, .. } = self;
        TokenRecord {
            id,
            application: key_set.application.clone(),
            consumer_key: key_set.consumer_key.clone(),
            kind: Kind::Application,
            key_type: key_set.key_type,
            obtained,
            restrictions: Restrictions { scopes, ..key_set.restrictions.clone() },
            issued_at: act.now,
            expires_at: validity.expiry(act.now),
            state: TokenState::Active,
            kid: kid.clone(),
            status: Some(status_index),
            apis: Some(apis),
            current: true,
            minted_by: Some(act.actor.to_string()),
        }
    }
}

/// Prepares a new token for its signature, and makes sure that its status list exists as long as the token lasts.
pub(super) fn prepare(
    transaction: &Transaction<'_>,
    key: &SigningKey,
    record: &TokenRecord,
    claims: &Claims<'_>,
) -> Result<UnsignedToken, Error> {
    if let Some(status_index) = record.status
        && !transaction.extend_status_list(status_index.list, record.expires_at)?
    {
        return Err(TokenError::StatusListDeleted.into());
    }
    Ok(postern_signing::prepare(key, claims)?)
}

/// Checks that a token with all that a key set allows is short enough, without minting it. Neither the id nor the signing key changes the
/// length, so both are made up and no master key is needed; the status index is the longest possible.
pub(crate) fn check_mintable(act: &Act<'_>, transaction: &Transaction<'_>, key_set: &KeySet) -> Result<(), Error> {
    let order = MintRequest {
        key_set,
        application_state: ApplicationState::Active,
        scopes: key_set.restrictions.scopes.clone(),
        validity: TokenValidity { asked: None, usual: key_set.validity },
        obtained: Obtained::ClientCredentials,
    };
    let kid = Identifier::parse("0".repeat(postern_signing::KID_LEN)).map_err(|_| SigningKeyError::Unusable)?;
    let status_index = StatusIndex { list: StatusListId::MAX, index: StatusBits::CAPACITY };
    let apis = active_subscriptions(transaction, key_set)?;
    let record = order.record(act, TokenId::generate(act.now, act.entropy)?, &kid, status_index, apis, key_set.validity);
    Ok(postern_signing::check_mintable(&claims(&settings::current(transaction)?, &record), &kid)?)
}

/// The active subscriptions.
fn active_subscriptions(transaction: &Transaction<'_>, key_set: &KeySet) -> Result<Subscriptions<'static>, Error> {
    let subscriptions = transaction.subscriptions(&key_set.application)?;
    let active = subscriptions.into_iter().filter(|subscription| subscription.state == SubscriptionState::Active);
    let apis = active.map(|held| (held.api, held.tier.identifier().clone()));
    // The table's primary key ensures that an API occurs only once.
    Ok(Subscriptions::new(apis).ok_or(StorageError::Corrupt { table: "subscriptions", column: "api_name" })?)
}

/// The claims of a record's token. They depend only on the record and on settings that never change, so that the token can be made again.
pub(super) fn claims(settings: &Settings, record: &TokenRecord) -> Claims<'static> {
    let Restrictions { domains, ips, scopes } = record.restrictions.clone();
    let status = |status_index: StatusIndex| StatusReference {
        index: u64::from(status_index.index),
        uri: status_index.list.uri(&settings.issuer).into(),
    };
    Claims {
        iss: settings.issuer.as_str().to_owned().into(),
        aud: vec![settings.audience.as_str().to_owned().into()],
        exp: record.expires_at,
        nbf: None,
        iat: record.issued_at,
        jti: record.id.identifier().clone(),
        client_id: record.consumer_key.identifier().clone(),
        sub: record.consumer_key.identifier().clone(),
        kind: record.kind,
        key_type: record.key_type,
        app: record.application.identifier().clone(),
        apis: record.apis.clone().unwrap_or_default(),
        scope: scopes,
        domains: Some(domains).filter(|list| !list.is_empty()),
        ips: Some(ips).filter(|list| !list.is_empty()),
        status: record.status.map(status),
    }
}
