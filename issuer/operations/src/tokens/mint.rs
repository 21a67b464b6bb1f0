//! Minting an application token and storing its record, the last step of every operation that issues one; and recreating a token from its
//! record.

use std::borrow::Cow;
use std::collections::HashMap;

use postern_token::{
    AccessToken, Algorithm, Claims, Identifier, Kind, Scopes, SigningKey, StatusReference, Subscriptions, UnixSeconds,
    UnsignedToken,
};

use crate::client_memory::Client;
use crate::clients::active_subscriptions;
use crate::error::{ApplicationError, SettingsError, SigningKeyError, TokenError};
use crate::reserved_index::ReservedIndex;
use crate::settings::TokenValidity;
use crate::{Act, Error, settings};
use postern_model::{
    Action, ApplicationState, AuditEntry, KeySet, Obtained, Restrictions, Settings, StatusBits, StatusIndex, StatusListId,
    TokenId, TokenRecord, TokenState, Validity, token_details,
};
use postern_storage::Transaction;

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
#[derive(Debug)]
pub struct UnsignedAccessToken {
    pub(super) token: UnsignedToken,
    pub(super) expires_in: Option<u64>,
    pub(super) scopes: Option<Scopes<'static>>,
    pub(super) id: TokenId,
}

impl UnsignedAccessToken {
    /// Whether the signature takes longer than a thread that serves many requests should be held up: about a millisecond with RSA.
    pub fn is_slow_to_sign(&self) -> bool {
        self.token.algorithm() == Algorithm::Rs256
    }

    /// Signs the token. This takes longer than the rest of minting, so it happens after the transaction.
    pub fn sign(self) -> Result<MintedToken, Error> {
        let Self { token, expires_in, scopes, id } = self;
        Ok(MintedToken { access_token: token.sign()?, expires_in, scopes, id })
    }
}

/// Runs `work` as one transaction, with a status index for the token that it mints.
pub(crate) fn minting<T>(act: &Act<'_>, work: impl Fn(&Transaction<'_>, StatusIndex) -> Result<T, Error>) -> Result<T, Error> {
    with_status_index(act, |reserved| act.storage().write(|transaction| work(transaction, reserved.check(transaction)?)))
}

/// Like [`minting`], concurrently with other writers: `work` locks the application that it concerns, and checks the epoch of the index.
pub(crate) fn minting_concurrent<T>(
    act: &Act<'_>,
    work: impl Fn(&Transaction<'_>, ReservedIndex) -> Result<T, Error>,
) -> Result<T, Error> {
    with_status_index(act, |reserved| act.storage().write_concurrent(|transaction| work(transaction, reserved)))
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
pub(crate) struct MintingContext<'a> {
    pub(super) settings: Cow<'a, Settings>,
    pub(super) key: SigningKey,
    pub(super) apis: Cow<'a, Subscriptions<'static>>,
    pub(super) validity: Validity,
}

/// A token to store: its record, its entry in the audit log, and what is to be signed when both are stored.
pub(crate) struct PreparedToken {
    pub(crate) record: TokenRecord,
    pub(crate) entry: AuditEntry,
    pub(crate) unsigned: UnsignedAccessToken,
}

impl MintRequest<'_> {
    /// Stores the record of an application token with the current subscriptions. From now on it is the current token of its combination.
    pub(crate) fn mint(
        self,
        act: &Act<'_>,
        transaction: &Transaction<'_>,
        status_index: StatusIndex,
    ) -> Result<UnsignedAccessToken, Error> {
        let context = self.context(act, transaction)?;
        let PreparedToken { record, mut entry, unsigned } =
            self.prepare(act, transaction, status_index, &context, &mut ExtendedLists::default())?;
        transaction.insert_token(&record)?;
        act.append(transaction, std::slice::from_mut(&mut entry))?;
        Ok(unsigned)
    }

    fn context(&self, act: &Act<'_>, transaction: &Transaction<'_>) -> Result<MintingContext<'static>, Error> {
        self.check_not_blocked()?;
        let (settings, signer) = transaction.settings_and_signer(self.key_set.key_type)?.ok_or(SettingsError::NotInitialised)?;
        let validity = self.validity.resolve(&settings.policies, Kind::Application)?;
        let key = act.keyring().for_tokens(transaction, &signer)?;
        let apis = active_subscriptions(transaction, self.key_set)?;
        Ok(MintingContext { settings: Cow::Owned(settings), key, apis: Cow::Owned(apis), validity })
    }

    /// The same for a token of a client whose key set this is.
    pub(crate) fn context_of<'a>(
        &self,
        act: &Act<'_>,
        transaction: &Transaction<'_>,
        client: &'a Client,
        kind: Kind,
    ) -> Result<MintingContext<'a>, Error> {
        self.check_not_blocked()?;
        let validity = self.validity.resolve(&client.settings.policies, kind)?;
        let key = act.keyring().for_tokens(transaction, &client.signer)?;
        Ok(MintingContext { settings: Cow::Borrowed(&client.settings), key, apis: Cow::Borrowed(&client.apis), validity })
    }

    fn check_not_blocked(&self) -> Result<(), Error> {
        if self.application_state == ApplicationState::Blocked {
            return Err(ApplicationError::Blocked(self.key_set.application.clone()).into());
        }
        Ok(())
    }

    /// Prepares an application token. The caller stores its record and its entry in this transaction, and then signs it.
    pub(crate) fn prepare(
        self,
        act: &Act<'_>,
        transaction: &Transaction<'_>,
        status_index: StatusIndex,
        context: &MintingContext<'_>,
        extended: &mut ExtendedLists,
    ) -> Result<PreparedToken, Error> {
        let MintingContext { settings, key, apis, validity } = context;
        let id = TokenId::generate(act.now, act.entropy)?;
        let record = self.record(act, id, key.kid(), status_index, apis.clone().into_owned(), *validity);
        // Before the record is stored, because a token that cannot be signed must have none.
        let token = prepare(transaction, key, &record, &claims(settings, &record), extended)?;
        let action = if record.obtained == Obtained::Regenerated { Action::TokenRegenerate } else { Action::TokenMint };
        let details = token_details(record.obtained, record.scopes(), *validity);
        let entry = act.entry(action, Some(&record.application), Some(record.id.as_str()), Some(&details));
        let (scopes, id) = (record.restrictions.scopes.clone(), record.id.clone());
        Ok(PreparedToken {
            record,
            entry,
            unsigned: UnsignedAccessToken { token, expires_in: validity.expires_in(), scopes, id },
        })
    }

    /// The current token of the request's combination (client, kind, scopes), made again from its record, if minting would give the same now
    /// and enough of its validity remains.
    pub(crate) fn repeat(
        &self,
        act: &Act<'_>,
        record: &TokenRecord,
        context: &MintingContext<'_>,
    ) -> Result<Option<UnsignedAccessToken>, Error> {
        let MintingContext { settings, key, apis, validity } = context;
        if !self.matches(act, record, *validity) {
            return Ok(None);
        }
        // By another process's clock, or while this one waited, the token may have been issued slightly in the future.
        let now = act.now.0.max(record.issued_at.0);
        let remains = record.expires_at.map(|expires_at| expires_at.0.saturating_sub(now));
        let share = u64::from(settings.policies.renew_below_percent);
        let enough = match (remains, validity.expires_in()) {
            (Some(remains), Some(all)) => remains > 0 && u128::from(remains) * 100 > u128::from(all) * u128::from(share),
            _ => share < 100,
        };
        let same = record.kid == *key.kid() && record.apis.as_ref() == Some(&**apis);
        if !(same && enough) {
            return Ok(None);
        }
        let token = key.prepare(&claims(settings, record))?;
        let (scopes, id) = (record.restrictions.scopes.clone(), record.id.clone());
        Ok(Some(UnsignedAccessToken { token, expires_in: remains, scopes, id }))
    }

    /// Whether a record is of a token as the request asks for.
    fn matches(&self, act: &Act<'_>, record: &TokenRecord, validity: Validity) -> bool {
        let wanted = &self.key_set.restrictions;
        record.state == TokenState::Active
            && record.restrictions.domains == wanted.domains
            && record.restrictions.ips == wanted.ips
            && record.restrictions.scopes == self.scopes
            && record.key_type == self.key_set.key_type
            && record.expires_at == validity.expiry(record.issued_at)
            && record.status.is_some()
            // Edges refuse a token that was issued in the future, which happens when the clock was wrong.
            && record.issued_at.0 <= act.now.0.saturating_add(CLOCK_LEEWAY)
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

/// The status lists of which one transaction has made sure that they exist long enough: until the given time, or forever if there is none.
#[derive(Debug, Default)]
pub(crate) struct ExtendedLists(HashMap<StatusListId, Option<UnixSeconds>>);

impl ExtendedLists {
    /// Makes sure that a list exists as long as a token that expires then.
    fn extend(
        &mut self,
        transaction: &Transaction<'_>,
        list: StatusListId,
        expires_at: Option<UnixSeconds>,
    ) -> Result<(), Error> {
        let covers =
            |until: &Option<UnixSeconds>| until.is_none() || expires_at.is_some_and(|expires_at| Some(expires_at) <= *until);
        if self.0.get(&list).is_some_and(covers) {
            return Ok(());
        }
        if !transaction.extend_status_list(list, expires_at)? {
            return Err(TokenError::StatusListDeleted.into());
        }
        self.0.insert(list, expires_at);
        Ok(())
    }
}

/// Prepares a new token for its signature, and makes sure that its status list exists as long as the token lasts.
pub(super) fn prepare(
    transaction: &Transaction<'_>,
    key: &SigningKey,
    record: &TokenRecord,
    claims: &Claims<'_>,
    extended: &mut ExtendedLists,
) -> Result<UnsignedToken, Error> {
    if let Some(status_index) = record.status {
        extended.extend(transaction, status_index.list, record.expires_at)?;
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
