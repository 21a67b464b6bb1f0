//! `/api/v1/applications/{id}/tokens` and `/api/v1/tokens`: records of tokens, and their revocation.

use axum::response::Response;
use postern_token::{AddressBlock, Kind, UnixSeconds};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::call::Call;
use super::pagination::{Limit, Listing, Page};
use super::path::Segment;
use super::query::{Nothing, Query};
use super::values::TokenName;
use super::words::KeyTypeView;
use crate::problem::ApiProblem;
use postern_model::{ApplicationId, Obtained, Restrictions, TokenRecord, TokenState};
use postern_operations::{self as operations, Error, RevokedTokens};
use postern_storage::StorageError;

/// The restrictions of a token
#[derive(Serialize, ToSchema)]
#[schema(as = Restrictions)]
pub(super) struct RestrictionsView {
    /// The scopes, separated by spaces. Absent: none
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    scope: Option<String>,
    /// The client domains that may use the token. Absent: any
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    domains: Vec<String>,
    /// The blocks of client addresses (CIDR) that may use the token. Absent: any
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    ips: Vec<String>,
}

impl From<&Restrictions> for RestrictionsView {
    fn from(restrictions: &Restrictions) -> Self {
        Self {
            scope: restrictions.scopes.as_ref().map(ToString::to_string),
            domains: restrictions.domains.iter().map(|domain| domain.as_str().to_owned()).collect(),
            ips: restrictions.ips.iter().map(AddressBlock::to_string).collect(),
        }
    }
}

/// The number of revoked tokens
#[derive(Serialize, ToSchema)]
#[schema(as = Revoked)]
pub(super) struct RevokedView {
    /// All revoked tokens
    revoked: usize,
    /// Revoked tokens without a status index (minted by an old version). Edges accept these until they expire
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    without_status: Option<usize>,
}

impl From<RevokedTokens> for RevokedView {
    fn from(tokens: RevokedTokens) -> Self {
        Self { revoked: tokens.count, without_status: Some(tokens.without_status).filter(|count| *count > 0) }
    }
}

/// The record of a token, without the token itself
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
struct TokenView {
    /// The token's id, its claim `jti`
    jti: String,
    /// The id of the application that it was minted for
    application: String,
    /// The consumer key of the client that it was minted for
    consumer_key: String,
    /// Whether the token is the application's or a user's
    kind: TokenKindView,
    /// The key type
    key_type: KeyTypeView,
    /// How it was obtained
    obtained: TokenObtainedView,
    /// Who requested it, such as `member:alice`. Absent: not recorded
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    minted_by: Option<String>,
    #[serde(flatten)]
    restrictions: RestrictionsView,
    /// When it was minted (Unix time in seconds)
    issued_at: u64,
    /// When it expires (Unix time in seconds). Absent: never
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expires_at: Option<u64>,
    /// The token's state
    state: TokenStateView,
    /// Whether a client that requests the same again gets this token
    current: bool,
    /// The name of the signing key that signed it
    kid: String,
}

/// The kind of a token
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TokenKind)]
#[serde(rename_all = "lowercase")]
enum TokenKindView {
    /// An application token
    Application,
    /// A user token
    User,
}

impl From<Kind> for TokenKindView {
    fn from(value: Kind) -> Self {
        match value {
            Kind::Application => Self::Application,
            Kind::User => Self::User,
        }
    }
}

/// How a token was obtained
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TokenObtained)]
#[serde(rename_all = "snake_case")]
enum TokenObtainedView {
    /// Together with its key set
    Generated,
    /// Regenerated, replacing the previous one
    Regenerated,
    /// With the client credentials grant
    ClientCredentials,
}

/// The state of a token
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TokenState)]
#[serde(rename_all = "lowercase")]
pub(super) enum TokenStateView {
    /// Edges accept it
    Active,
    /// It has expired
    Expired,
    /// It was replaced by a new one
    Replaced,
    /// It was revoked
    Revoked,
}

impl TokenStateView {
    /// The state of a token at the time `now`.
    pub(super) fn at(now: UnixSeconds, record: &TokenRecord) -> Self {
        let expired = record.expires_at.is_some_and(|expires_at| expires_at <= now);
        match record.state {
            TokenState::Active if expired => Self::Expired,
            TokenState::Active => Self::Active,
            TokenState::Replaced => Self::Replaced,
            TokenState::Revoked => Self::Revoked,
        }
    }
}

impl TryFrom<Obtained> for TokenObtainedView {
    type Error = Error;

    fn try_from(obtained: Obtained) -> Result<Self, Error> {
        match obtained {
            Obtained::Generated => Ok(Self::Generated),
            Obtained::Regenerated => Ok(Self::Regenerated),
            Obtained::ClientCredentials => Ok(Self::ClientCredentials),
            // Tokens of users are stored in other tables.
            Obtained::AuthorizationCode | Obtained::RefreshToken | Obtained::DeviceCode | Obtained::Password => {
                Err(StorageError::Corrupt { table: "tokens", column: "obtained" }.into())
            }
        }
    }
}

impl TokenView {
    /// The view of `record` at the time `now`.
    fn at(now: UnixSeconds, record: &TokenRecord) -> Result<Self, Error> {
        Ok(Self {
            jti: record.id.as_str().to_owned(),
            application: record.application.to_string(),
            consumer_key: record.consumer_key.to_string(),
            kind: record.kind.into(),
            key_type: record.key_type.into(),
            obtained: record.obtained.try_into()?,
            minted_by: record.minted_by.clone(),
            restrictions: (&record.restrictions).into(),
            issued_at: record.issued_at.0,
            expires_at: record.expires_at.map(|expires_at| expires_at.0),
            state: TokenStateView::at(now, record),
            current: record.current,
            kid: record.kid.to_string(),
        })
    }
}

/// List the records of an application's own tokens, the oldest first, also after the application was deleted
#[utoipa::path(get, path = "/api/v1/applications/{id}/tokens", tag = "tokens",
    params(("id" = String, Path, description = "The application's id"), Limit, ("after" = Option<String>, Query, description = "`next` of the previous page", pattern = "^[0-9a-z]{1,255}$")),
    responses((status = 200, body = Listing<TokenView>),
        (status = 404, description = "`no_such_application`, or `no_such_token` when the record of `after` was pruned")))]
pub(super) async fn list(
    call: Call,
    Segment(id): Segment<ApplicationId>,
    Query(page): Query<Page<TokenName>>,
) -> Result<Response, ApiProblem> {
    let (after, limit) = (page.after.clone(), page.one_more());
    let list = move |act: &operations::Act<'_>| {
        let after = after.map(|TokenName(after)| after);
        let records = operations::list_tokens(act, &id, after.as_ref(), limit)?;
        records.iter().map(|record| TokenView::at(act.now(), record)).collect::<Result<Vec<_>, _>>()
    };
    let tokens = call.read(list).await?;
    let listing = page.of(tokens, |token| token.jti.clone());
    call.answer(Answer::ok(&listing))
}

/// Revoke all tokens of an application. It can get new ones
#[utoipa::path(post, path = "/api/v1/applications/{id}/tokens/revoke", tag = "tokens",
    params(("id" = String, Path, description = "The application's id")),
    responses((status = 200, body = RevokedView), (status = 404, description = "`no_such_application`")))]
pub(super) async fn revoke_all(
    call: Call,
    Segment(id): Segment<ApplicationId>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let revoked = call.write(move |act| operations::revoke_all_tokens(act, &id)).await?;
    call.answer(Answer::ok(&RevokedView::from(revoked)))
}

/// Revoke a token of an application or a user. Nothing happens to a token that is not active. A user's grant stays: end it to prevent new tokens
#[utoipa::path(post, path = "/api/v1/tokens/{jti}/revoke", tag = "tokens",
    params(("jti" = String, Path, description = "The token's id, never the token itself")),
    responses((status = 200, body = RevokedView), (status = 404, description = "`no_such_token`")))]
pub(super) async fn revoke(
    call: Call,
    Segment(TokenName(id)): Segment<TokenName>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let revoked = call.write(move |act| operations::revoke_token(act, &id)).await?;
    call.answer(Answer::ok(&RevokedView::from(revoked)))
}
