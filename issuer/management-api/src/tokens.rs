//! `/api/v1/applications/{id}/tokens` and `/api/v1/tokens`: what is kept of tokens, and taking them back.

use axum::response::Response;
use postern_token::{Kind, UnixSeconds};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::call::Call;
use super::pagination::{Limit, Listing, Page};
use super::path::Named;
use super::query::{Nothing, Query};
use super::restrictions::RestrictionsView;
use super::revoked::RevokedView;
use super::values::TokenName;
use super::words::KeyTypeView;
use crate::problem::ApiProblem;
use postern_model::{ApplicationId, Obtained, TokenRecord, TokenState};
use postern_operations::{self as operations, Error};
use postern_storage::StorageError;

/// What is kept of a token, which is never the token itself
#[derive(Serialize, ToSchema)]
#[schema(as = Token)]
struct TokenView {
    /// Its id
    jti: String,
    /// The application that it was minted for
    application: String,
    /// The client that it was minted for
    consumer_key: String,
    /// Whom it stands for
    kind: TokenKindView,
    /// What it is for
    key_type: KeyTypeView,
    /// How it came to be
    obtained: TokenObtainedView,
    /// Who had it minted, such as `member:alice`; absent where that was not recorded
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    minted_by: Option<String>,
    #[serde(flatten)]
    restrictions: RestrictionsView,
    /// When it was minted, in seconds since 1970
    issued_at: u64,
    /// When it runs out; absent means never
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expires_at: Option<u64>,
    /// Whether it counts
    state: TokenStateView,
    /// Whether its client is given this one again when it asks for the same
    current: bool,
    /// The key that signed it
    kid: String,
}

/// Whom a token stands for
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TokenKind)]
#[serde(rename_all = "lowercase")]
enum TokenKindView {
    /// The application itself
    Application,
    /// One end user of it
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

/// How a token came to be
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TokenObtained)]
#[serde(rename_all = "snake_case")]
enum TokenObtainedView {
    /// With its keys
    Generated,
    /// Again, in the place of one before it
    Regenerated,
    /// By the application, through the client credentials grant
    ClientCredentials,
}

/// Whether a token counts
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = TokenState)]
#[serde(rename_all = "lowercase")]
pub(super) enum TokenStateView {
    /// It does
    Active,
    /// It ran out
    Expired,
    /// Another one was minted in its place
    Replaced,
    /// It was taken back
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
    /// The token of `record` as it is at the time `now`.
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

/// List what is kept of an application's own tokens, the oldest first, also after the application was deleted
#[utoipa::path(get, path = "/api/v1/applications/{id}/tokens", tag = "tokens",
    params(("id" = String, Path, description = "The application's id"), Limit, ("after" = Option<String>, Query, description = "`next` of the page before", pattern = "^[0-9a-z]{1,255}$")),
    responses((status = 200, body = Listing<TokenView>),
        (status = 404, description = "`no_such_application`, or `no_such_token` when the one of `after` is forgotten by now")))]
pub(super) async fn list(
    call: Call,
    Named(id): Named<ApplicationId>,
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
    call.answer(Answer::told(&listing))
}

/// Revoke every live token of an application, which gets new ones as before
#[utoipa::path(post, path = "/api/v1/applications/{id}/tokens/revoke", tag = "tokens",
    params(("id" = String, Path, description = "The application's id")),
    responses((status = 200, body = RevokedView), (status = 404, description = "`no_such_application`")))]
pub(super) async fn revoke_all(
    call: Call,
    Named(id): Named<ApplicationId>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let revoked = call.write(move |act| operations::revoke_all_tokens(act, &id)).await?;
    call.answer(Answer::told(&RevokedView::from(revoked)))
}

/// Revoke a token, an application's or a user's; one that does not count any more stays as it is. The grant of a user's token stays too: end that to let
/// the application get no other one
#[utoipa::path(post, path = "/api/v1/tokens/{jti}/revoke", tag = "tokens",
    params(("jti" = String, Path, description = "The token's id, never the token itself")),
    responses((status = 200, body = RevokedView), (status = 404, description = "`no_such_token`")))]
pub(super) async fn revoke(
    call: Call,
    Named(TokenName(id)): Named<TokenName>,
    Query(Nothing): Query<Nothing>,
) -> Result<Response, ApiProblem> {
    let revoked = call.write(move |act| operations::revoke_token(act, &id)).await?;
    call.answer(Answer::told(&RevokedView::from(revoked)))
}
