//! How what the issuer knows is shown as JSON.

use postern_issuer::catalogue::{
    Application, ApplicationId, ConsumerKey, KeySet, KeyState, Obtained, Restrictions, SigningKeyRecord, Subscription, TierName,
    TokenId, TokenRecord, TokenState, Validities, Validity,
};
use postern_issuer::operations::{ApplicationDetails, MintedToken, RevokedTokens, SigningKeyDetails};
use postern_token::{AddressBlock, Algorithm, DomainPattern, KeyType, Kid, Kind, Scopes, UnixSeconds};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct ApplicationView<'a> {
    id: &'a ApplicationId,
    name: &'a str,
    #[serde(flatten)]
    validities: Validities,
    created_at: UnixSeconds,
}

impl<'a> From<&'a Application> for ApplicationView<'a> {
    fn from(application: &'a Application) -> Self {
        Self {
            id: &application.id,
            name: application.name.as_str(),
            validities: application.validities,
            created_at: application.created_at,
        }
    }
}

#[derive(Serialize)]
pub(super) struct ApplicationDetailsView<'a> {
    #[serde(flatten)]
    application: ApplicationView<'a>,
    key_sets: Vec<KeySetView<'a>>,
    subscriptions: Vec<SubscriptionView<'a>>,
}

impl<'a> From<&'a ApplicationDetails> for ApplicationDetailsView<'a> {
    fn from(details: &'a ApplicationDetails) -> Self {
        Self {
            application: (&details.application).into(),
            key_sets: details.key_sets.iter().map(Into::into).collect(),
            subscriptions: details.subscriptions.iter().map(Into::into).collect(),
        }
    }
}

#[derive(Serialize)]
struct KeySetView<'a> {
    key_type: KeyType,
    consumer_key: &'a ConsumerKey,
    #[serde(flatten)]
    restrictions: RestrictionsView<'a>,
    validity: Validity,
}

impl<'a> From<&'a KeySet> for KeySetView<'a> {
    fn from(key_set: &'a KeySet) -> Self {
        Self {
            key_type: key_set.key_type,
            consumer_key: &key_set.consumer_key,
            restrictions: (&key_set.restrictions).into(),
            validity: key_set.validity,
        }
    }
}

#[derive(Serialize)]
struct SubscriptionView<'a> {
    api: &'a str,
    tier: &'a TierName,
}

impl<'a> From<&'a Subscription> for SubscriptionView<'a> {
    fn from(subscription: &'a Subscription) -> Self {
        Self { api: subscription.api.as_str(), tier: &subscription.tier }
    }
}

/// As in a token: what is not restricted is absent.
#[derive(Serialize)]
struct RestrictionsView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a Scopes<'static>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    domains: &'a [DomainPattern<'static>],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    ips: &'a [AddressBlock],
}

impl<'a> From<&'a Restrictions> for RestrictionsView<'a> {
    fn from(restrictions: &'a Restrictions) -> Self {
        Self { scope: restrictions.scopes.as_ref(), domains: &restrictions.domains, ips: &restrictions.ips }
    }
}

/// A token, for the one who may have it.
#[derive(Serialize)]
pub(super) struct MintedView<'a> {
    pub(super) application: &'a ApplicationId,
    pub(super) key_type: KeyType,
    pub(super) consumer_key: &'a ConsumerKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) consumer_secret: Option<&'a str>,
    /// The token's name, under which it is listed and revoked.
    jti: &'a str,
    access_token: &'a str,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a Scopes<'static>>,
}

impl<'a> MintedView<'a> {
    pub(super) fn new(
        application: &'a ApplicationId,
        key_type: KeyType,
        consumer_key: &'a ConsumerKey,
        consumer_secret: Option<&'a str>,
        token: &'a MintedToken,
    ) -> Self {
        Self {
            jti: token.id.as_str(),
            application,
            key_type,
            consumer_key,
            consumer_secret,
            access_token: token.access_token.expose(),
            token_type: "Bearer",
            expires_in: token.expires_in,
            scope: token.scopes.as_ref(),
        }
    }
}

/// What is kept of a token.
#[derive(Serialize)]
pub(super) struct TokenView<'a> {
    jti: &'a TokenId,
    application: &'a ApplicationId,
    consumer_key: &'a ConsumerKey,
    kind: Kind,
    key_type: KeyType,
    obtained: Obtained,
    #[serde(flatten)]
    restrictions: RestrictionsView<'a>,
    issued_at: UnixSeconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<UnixSeconds>,
    state: TokenState,
    kid: &'a Kid<'static>,
}

impl<'a> From<&'a TokenRecord> for TokenView<'a> {
    fn from(record: &'a TokenRecord) -> Self {
        Self {
            jti: &record.id,
            application: &record.application,
            consumer_key: &record.consumer_key,
            kind: record.kind,
            key_type: record.key_type,
            obtained: record.obtained,
            restrictions: (&record.restrictions).into(),
            issued_at: record.issued_at,
            expires_at: record.expires_at,
            state: record.state,
            kid: &record.kid,
        }
    }
}

/// How many tokens were revoked, and how many of them no edge hears of.
#[derive(Serialize)]
pub(super) struct RevokedView {
    revoked: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    without_status: Option<usize>,
}

impl From<RevokedTokens> for RevokedView {
    fn from(tokens: RevokedTokens) -> Self {
        Self { revoked: tokens.count, without_status: Some(tokens.without_status).filter(|count| *count > 0) }
    }
}

#[derive(Serialize)]
pub(super) struct DeletedView<'a> {
    pub(super) deleted: &'a ApplicationId,
    pub(super) name: &'a str,
    #[serde(flatten)]
    pub(super) revoked: RevokedView,
}

#[derive(Serialize)]
pub(super) struct UnsubscribedView<'a> {
    pub(super) application: &'a ApplicationId,
    pub(super) api: &'a str,
    #[serde(flatten)]
    pub(super) revoked: RevokedView,
}

#[derive(Serialize)]
pub(super) struct SigningKeyView<'a> {
    kid: &'a Kid<'static>,
    algorithm: Algorithm,
    state: KeyState,
    created_at: UnixSeconds,
}

impl<'a> From<&'a SigningKeyRecord> for SigningKeyView<'a> {
    fn from(key: &'a SigningKeyRecord) -> Self {
        Self { kid: &key.kid, algorithm: key.algorithm, state: key.state, created_at: key.created_at }
    }
}

#[derive(Serialize)]
pub(super) struct SigningKeyDetailsView<'a> {
    #[serde(flatten)]
    key: SigningKeyView<'a>,
    live_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    live_until: Option<UnixSeconds>,
}

impl<'a> From<&'a SigningKeyDetails> for SigningKeyDetailsView<'a> {
    fn from(details: &'a SigningKeyDetails) -> Self {
        Self { key: (&details.key).into(), live_tokens: details.live.count, live_until: details.live.until }
    }
}

#[derive(Serialize)]
pub(super) struct RetiredKeyView<'a> {
    pub(super) retired: &'a Kid<'static>,
    #[serde(flatten)]
    pub(super) revoked: RevokedView,
}
