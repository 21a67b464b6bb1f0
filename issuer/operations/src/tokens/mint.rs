//! Minting an application token and keeping its record, the common end of every operation that hands one out; and making it again from its
//! record.

use postern_token::{AccessToken, Claims, Identifier, Kind, Scopes, SigningKey, StatusReference, Subscriptions, UnsignedToken};
use serde_json::json;

use crate::error::{ApplicationError, SettingsError, SigningKeyError, TokenError};
use crate::{Act, Error, settings};
use postern_model::{
    Action, ApplicationState, KeySet, Obtained, Restrictions, Settings, StatusBits, StatusListId, StatusPlace, SubscriptionState,
    TokenId, TokenRecord, TokenState, Validity,
};
use postern_storage::{StorageError, Transaction};

/// By how many seconds clocks may differ, as edges have it unless they are told otherwise.
const CLOCK_LEEWAY: u64 = 60;

/// A token, for the one who may have it.
#[derive(Debug, Clone)]
pub struct MintedToken {
    /// The token.
    pub access_token: AccessToken,
    /// The seconds until it runs out; `None` means never.
    pub expires_in: Option<u64>,
    /// The scopes that it holds.
    pub scopes: Option<Scopes<'static>>,
    /// What is kept of it.
    pub id: TokenId,
}

/// A token that is on record and not signed yet.
pub(crate) struct Unsigned {
    pub(super) token: UnsignedToken,
    pub(super) expires_in: Option<u64>,
    pub(super) scopes: Option<Scopes<'static>>,
    pub(super) id: TokenId,
}

impl Unsigned {
    /// Signs the token. That takes longer than all the rest of minting, so it is done when the transaction is over and others can go on.
    pub(crate) fn sign(self) -> Result<MintedToken, Error> {
        let Self { token, expires_in, scopes, id } = self;
        Ok(MintedToken { access_token: token.sign()?, expires_in, scopes, id })
    }
}

/// Runs what mints a token as one transaction, with a place for the token's status.
pub(crate) fn minting<T>(act: &Act<'_>, work: impl Fn(&Transaction<'_>, StatusPlace) -> Result<T, Error>) -> Result<T, Error> {
    with_place(act, |place| act.storage().write(|transaction| work(transaction, place)))
}

/// The same for what concerns one application alone, which `work` locks.
pub(crate) fn minting_beside_others<T>(
    act: &Act<'_>,
    work: impl Fn(&Transaction<'_>, StatusPlace) -> Result<T, Error>,
) -> Result<T, Error> {
    with_place(act, |place| act.storage().write_beside_others(|transaction| work(transaction, place)))
}

fn with_place<T>(act: &Act<'_>, run: impl Fn(StatusPlace) -> Result<T, Error>) -> Result<T, Error> {
    if let Some(place) = act.storage().place_at_hand() {
        return run(place?);
    }
    let places = &act.instance.places;
    match run(places.next(act)?) {
        Err(Error::Token(TokenError::StatusListDeleted)) => {
            places.forget();
            run(places.next(act)?)
        }
        result => result,
    }
}

/// What a token is minted for.
pub(crate) struct Order<'a> {
    pub(crate) key_set: &'a KeySet,
    pub(crate) application_state: ApplicationState,
    /// The scopes that it is to hold; the caller made sure that the key set has them.
    pub(crate) scopes: Option<Scopes<'static>>,
    pub(crate) validity: Validity,
    pub(crate) obtained: Obtained,
}

/// What holds at the moment at which an order is carried out.
pub(super) struct Moment {
    pub(super) settings: Settings,
    pub(super) key: SigningKey,
    pub(super) apis: Subscriptions<'static>,
}

impl Order<'_> {
    /// Puts an application token with the subscriptions of this moment on record. It is the one that grants answer with from now on.
    pub(crate) fn mint(self, act: &Act<'_>, transaction: &Transaction<'_>, place: StatusPlace) -> Result<Unsigned, Error> {
        let moment = self.moment(act, transaction)?;
        self.mint_at(act, transaction, place, moment)
    }

    /// The token that the combination of this order has, when it is what minting would make now and enough of its life remains.
    pub(super) fn find_live(&self, act: &Act<'_>, transaction: &Transaction<'_>) -> Result<Option<Unsigned>, Error> {
        let Some(record) = self.find_alike(act, transaction)? else { return Ok(None) };
        let moment = self.moment(act, transaction)?;
        self.judge(act, record, &moment)
    }

    /// The one or the other.
    pub(super) fn find_live_or_mint(
        self,
        act: &Act<'_>,
        transaction: &Transaction<'_>,
        place: StatusPlace,
    ) -> Result<Unsigned, Error> {
        let moment = self.moment(act, transaction)?;
        if let Some(record) = self.find_alike(act, transaction)?
            && let Some(token) = self.judge(act, record, &moment)?
        {
            return Ok(token);
        }
        self.mint_at(act, transaction, place, moment)
    }

    pub(super) fn moment(&self, act: &Act<'_>, transaction: &Transaction<'_>) -> Result<Moment, Error> {
        if self.application_state == ApplicationState::Blocked {
            return Err(ApplicationError::Blocked(self.key_set.application.clone()).into());
        }
        let (settings, kid) = transaction.settings_and_signer(self.key_set.key_type)?.ok_or(SettingsError::NotInitialised)?;
        if self.validity == Validity::Forever && !settings.policies.forever_allowed {
            return Err(TokenError::UnlimitedValidityForbidden.into());
        }
        let key = act.keyring().named(transaction, &kid)?;
        Ok(Moment { settings, key, apis: held(transaction, self.key_set)? })
    }

    fn mint_at(
        self,
        act: &Act<'_>,
        transaction: &Transaction<'_>,
        place: StatusPlace,
        moment: Moment,
    ) -> Result<Unsigned, Error> {
        let Moment { settings, key, apis } = moment;
        let validity = self.validity;
        let record = self.record(act, TokenId::generate(act.now, act.entropy)?, key.kid(), place, apis);
        if !transaction.extend_status_list(place.list, record.expires_at)? {
            return Err(TokenError::StatusListDeleted.into());
        }
        // Before it is on record: what cannot be signed must not be.
        let token = postern_signing::prepare(&key, &claims(&settings, &record))?;
        transaction.insert_token(&record)?;
        let action = if record.obtained == Obtained::Regenerated { Action::TokenRegenerate } else { Action::TokenMint };
        let details = json!({ "obtained": record.obtained, "scope": record.restrictions.scopes, "validity": validity });
        act.record(transaction, action, Some(&record.application), Some(record.id.as_str()), Some(&details))?;
        Ok(Unsigned { token, expires_in: validity.expires_in(), scopes: record.restrictions.scopes, id: record.id })
    }

    /// The record of the combination's token, when the order itself would make no other.
    fn find_alike(&self, act: &Act<'_>, transaction: &Transaction<'_>) -> Result<Option<TokenRecord>, Error> {
        let found = transaction.current_token(&self.key_set.consumer_key, Kind::Application, self.scopes.as_ref())?;
        let wanted = &self.key_set.restrictions;
        Ok(found.filter(|record| {
            record.state == TokenState::Active
                && record.restrictions.domains == wanted.domains
                && record.restrictions.ips == wanted.ips
                && record.restrictions.scopes == self.scopes
                && record.key_type == self.key_set.key_type
                && record.expires_at == self.validity.expiry(record.issued_at)
                && record.status.is_some()
                // Edges refuse one that was minted later than it is, when the clock was wrong.
                && record.issued_at.0 <= act.now.0.saturating_add(CLOCK_LEEWAY)
        }))
    }

    /// The token of a record, when it still is what minting would make at this moment, and enough of its life remains.
    fn judge(&self, act: &Act<'_>, record: TokenRecord, moment: &Moment) -> Result<Option<Unsigned>, Error> {
        let Moment { settings, key, apis } = moment;
        // By another process's clock, or since this one began to wait, it may have been minted a moment from now.
        let now = act.now.0.max(record.issued_at.0);
        let remains = record.expires_at.map(|expires_at| expires_at.0.saturating_sub(now));
        let share = u64::from(settings.policies.renew_below_percent);
        let enough = match (remains, self.validity.expires_in()) {
            (Some(remains), Some(all)) => remains > 0 && u128::from(remains) * 100 > u128::from(all) * u128::from(share),
            _ => share < 100,
        };
        let same = record.kid == *key.kid() && record.apis.as_ref() == Some(apis);
        if !(same && enough) {
            return Ok(None);
        }
        let token = key.prepare(&claims(settings, &record))?;
        Ok(Some(Unsigned { token, expires_in: remains, scopes: record.restrictions.scopes, id: record.id }))
    }

    pub(super) fn record(
        self,
        act: &Act<'_>,
        id: TokenId,
        kid: &postern_token::Kid<'static>,
        place: StatusPlace,
        apis: Subscriptions<'static>,
    ) -> TokenRecord {
        let Self { key_set, scopes, validity, obtained, .. } = self;
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
            status: Some(place),
            apis: Some(apis),
            current: true,
            minted_by: Some(act.actor.to_string()),
        }
    }
}

/// Makes sure that a token with all that a key set may have can be minted, without minting it. What is in the way is its
/// length, on which neither its name nor the key has any bearing: both are made up, and the master key is not needed. Its place is
/// made up too, as the longest there can be.
pub(crate) fn check_mintable(act: &Act<'_>, transaction: &Transaction<'_>, key_set: &KeySet) -> Result<(), Error> {
    let order = Order {
        key_set,
        application_state: ApplicationState::Active,
        scopes: key_set.restrictions.scopes.clone(),
        validity: key_set.validity,
        obtained: Obtained::ClientCredentials,
    };
    let kid = Identifier::parse("0".repeat(postern_signing::KID_LEN)).map_err(|_| SigningKeyError::Unusable)?;
    let place = StatusPlace { list: StatusListId::MAX, index: StatusBits::CAPACITY };
    let apis = held(transaction, key_set)?;
    let record = order.record(act, TokenId::generate(act.now, act.entropy)?, &kid, place, apis);
    Ok(postern_signing::check_mintable(&claims(&settings::current(transaction)?, &record), &kid)?)
}

/// The subscriptions that count.
fn held(transaction: &Transaction<'_>, key_set: &KeySet) -> Result<Subscriptions<'static>, Error> {
    let subscriptions = transaction.subscriptions(&key_set.application)?;
    let active = subscriptions.into_iter().filter(|subscription| subscription.state == SubscriptionState::Active);
    let apis = active.map(|held| (held.api, held.tier.identifier().clone()));
    // The table's primary key keeps an API from coming twice.
    Ok(Subscriptions::new(apis).ok_or(StorageError::Corrupt { table: "subscriptions", column: "api_name" })?)
}

/// The claims of the token that a record is of. They follow from the record and from what never changes, so that the token can be made again.
pub(super) fn claims(settings: &Settings, record: &TokenRecord) -> Claims<'static> {
    let Restrictions { domains, ips, scopes } = record.restrictions.clone();
    let status =
        |place: StatusPlace| StatusReference { index: u64::from(place.index), uri: place.list.uri(&settings.issuer).into() };
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
