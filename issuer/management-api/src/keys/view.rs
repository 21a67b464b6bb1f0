//! Views of key sets, secrets and minted tokens.

use postern_token::KeyType;
use serde::Serialize;
use utoipa::ToSchema;

use super::settings::GrantTypeView;
use super::warning::warning_text;
use crate::application_view::KeySetView;
use crate::words::KeyTypeView;
use postern_model::{ApplicationId, ConsumerKey, ConsumerSecret, Validity};
use postern_operations::{HeldScope, KeyDetails, MintedToken, ScopeState, TokenWarning};
use postern_secrets::PlainSecret;

/// An application's key set for one environment
#[derive(Serialize, ToSchema)]
#[schema(as = Keys)]
pub(super) struct KeysView {
    #[serde(flatten)]
    key_set: KeySetView,
    /// The grant types of the client
    grant_types: Vec<GrantTypeView>,
    /// The redirect URIs
    redirect_uris: Vec<String>,
    /// Whether the client is public: it has no secret
    public: bool,
    /// Validity of user tokens in seconds. Negative: they never expire. Absent: the application's validity
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    user_validity: Option<i64>,
    /// Whether a user has at most one grant to the client
    one_grant: bool,
    /// The valid secrets, the oldest first
    secrets: Vec<SecretView>,
    /// The scopes, each with its state
    scopes: Vec<HeldScopeView>,
}

/// A scope of a key set
#[derive(Serialize, ToSchema)]
#[schema(as = HeldScope)]
pub(crate) struct HeldScopeView {
    /// The scope
    scope: String,
    /// Its state
    state: ScopeStateView,
    /// What to do about the state. Absent: nothing
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    detail: Option<String>,
}

/// The state of a scope of a key set
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ScopeState)]
#[serde(rename_all = "lowercase")]
enum ScopeStateView {
    /// New tokens hold it
    Active,
    /// New tokens hold it, and no API to which the application is subscribed requires it
    Unlisted,
    /// New tokens do not hold it until an administrator approves it
    Waiting,
    /// New tokens do not hold it: the owner's role does not allow it
    Forbidden,
}

impl From<&HeldScope> for HeldScopeView {
    fn from(held: &HeldScope) -> Self {
        let state = match held.state {
            ScopeState::Active => ScopeStateView::Active,
            ScopeState::Unlisted => ScopeStateView::Unlisted,
            ScopeState::Waiting => ScopeStateView::Waiting,
            ScopeState::Forbidden => ScopeStateView::Forbidden,
        };
        Self { scope: held.scope.clone(), state, detail: held.warning.as_ref().map(warning_text) }
    }
}

/// A consumer secret, without the secret itself
#[derive(Serialize, ToSchema)]
#[schema(as = ConsumerSecret)]
pub(super) struct SecretView {
    /// The secret's id
    id: String,
    /// What it is for
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    description: Option<String>,
    /// When it was created (Unix time in seconds)
    created_at: u64,
    /// When it expires (Unix time in seconds). Absent: never
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expires_at: Option<u64>,
}

impl From<&ConsumerSecret> for SecretView {
    fn from(secret: &ConsumerSecret) -> Self {
        Self {
            id: secret.id.as_str().to_owned(),
            description: secret.description.clone(),
            created_at: secret.created_at.0,
            expires_at: secret.expires_at.map(|expires_at| expires_at.0),
        }
    }
}

impl From<&KeyDetails> for KeysView {
    fn from(keys: &KeyDetails) -> Self {
        let key_set = &keys.key_set;
        Self {
            key_set: key_set.into(),
            grant_types: key_set.grant_types.iter().copied().map(GrantTypeView::from).collect(),
            redirect_uris: key_set.redirect_uris.iter().map(|uri| uri.as_str().to_owned()).collect(),
            public: key_set.for_users.public,
            user_validity: key_set.for_users.validity.map(Validity::as_seconds),
            one_grant: key_set.for_users.one_grant,
            secrets: keys.secrets.iter().map(Into::into).collect(),
            scopes: keys.scopes.iter().map(Into::into).collect(),
        }
    }
}

/// A minted token, and the consumer secret when a new one was created. They are shown only once
#[derive(Serialize, ToSchema)]
#[schema(as = MintedToken)]
pub(super) struct MintedView<'a> {
    /// The application's id
    application: &'a str,
    /// The key type
    key_type: KeyTypeView,
    /// The client id
    consumer_key: &'a str,
    /// The consumer secret. Absent: no new one was created, or the client is public
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    consumer_secret: Option<&'a str>,
    /// The token's id, with which it is listed and revoked
    jti: &'a str,
    /// The token
    access_token: &'a str,
    /// Always `Bearer`
    token_type: &'static str,
    /// Seconds until the token expires. Absent: never
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expires_in: Option<u64>,
    /// The token's scopes, separated by spaces. Absent: none
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    scope: Option<&'a str>,
    /// Warnings about the token: it gives access to nothing, it does not hold a scope, or a scope has no effect. Absent: no warning
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    warnings: Vec<String>,
}

impl<'a> MintedView<'a> {
    pub(super) fn new(
        application: &'a ApplicationId,
        key_type: KeyType,
        consumer_key: &'a ConsumerKey,
        consumer_secret: Option<&'a PlainSecret>,
        token: &'a MintedToken,
        warnings: &[TokenWarning],
    ) -> Self {
        Self {
            application: application.as_str(),
            key_type: key_type.into(),
            consumer_key: consumer_key.as_str(),
            consumer_secret: consumer_secret.map(PlainSecret::expose),
            jti: token.id.as_str(),
            access_token: token.access_token.expose(),
            token_type: "Bearer",
            expires_in: token.expires_in,
            scope: token.scopes.as_ref().map(postern_token::Scopes::as_str),
            warnings: warnings.iter().map(warning_text).collect(),
        }
    }
}
