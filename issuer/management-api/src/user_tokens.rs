//! `/api/v1/applications/{id}/user-tokens`: records of the tokens that an application got for its users.

use axum::response::Response;
use postern_token::UnixSeconds;
use postern_token::document::{Fields, Problems};
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::body::ReadFields;
use super::call::Call;
use super::pagination::{Limit, Listing, Page};
use super::path::Segment;
use super::query::Query;
use super::tokens::{RestrictionsView, TokenStateView};
use super::values::TokenName;
use super::words::KeyTypeView;
use crate::problem::ApiProblem;
use postern_model::{ApplicationId, Obtained, UserStoreName};
use postern_operations::{self as operations, Act, Error, UserTokenDetails};
use postern_storage::StorageError;

/// The record of a user's token, without the token itself
#[derive(Serialize, ToSchema)]
#[schema(as = UserToken)]
struct UserTokenView {
    /// The token's id, its claim `jti`
    jti: String,
    /// The user's id, the token's claim `sub`
    user: String,
    /// The id of the user's grant that it belongs to
    grant: String,
    /// The id of the application that it was minted for
    application: String,
    /// The consumer key of the client that it was minted for
    consumer_key: String,
    /// The key type
    key_type: KeyTypeView,
    /// How it was obtained
    obtained: UserTokenObtainedView,
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
    /// The name of the signing key that signed it
    kid: String,
}

/// How a user's token was obtained
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = UserTokenObtained)]
#[serde(rename_all = "snake_case")]
enum UserTokenObtainedView {
    /// With an authorization code, after the user consented in a browser
    AuthorizationCode,
    /// With a refresh token
    RefreshToken,
    /// With a device code
    DeviceCode,
    /// With the user's password
    Password,
}

impl TryFrom<Obtained> for UserTokenObtainedView {
    type Error = Error;

    fn try_from(obtained: Obtained) -> Result<Self, Error> {
        match obtained {
            Obtained::AuthorizationCode => Ok(Self::AuthorizationCode),
            Obtained::RefreshToken => Ok(Self::RefreshToken),
            Obtained::DeviceCode => Ok(Self::DeviceCode),
            Obtained::Password => Ok(Self::Password),
            // Tokens of applications are stored in another table.
            Obtained::Generated | Obtained::Regenerated | Obtained::ClientCredentials => {
                Err(StorageError::Corrupt { table: "tokens", column: "obtained" }.into())
            }
        }
    }
}

impl UserTokenView {
    /// The view of the token at the time `now`.
    fn at(now: UnixSeconds, token: &UserTokenDetails) -> Result<Self, Error> {
        let UserTokenDetails { user, grant, record } = token;
        Ok(Self {
            jti: record.id.as_str().to_owned(),
            user: user.to_string(),
            grant: grant.as_str().to_owned(),
            application: record.application.to_string(),
            consumer_key: record.consumer_key.to_string(),
            key_type: record.key_type.into(),
            obtained: record.obtained.try_into()?,
            restrictions: (&record.restrictions).into(),
            issued_at: record.issued_at.0,
            expires_at: record.expires_at.map(|expires_at| expires_at.0),
            state: TokenStateView::at(now, record),
            kid: record.kid.to_string(),
        })
    }
}

/// The store and the page that are asked for.
pub(super) struct UserTokensQuery {
    page: Page<TokenName>,
    store: Option<UserStoreName>,
}

impl ReadFields for UserTokensQuery {
    fn read(parameters: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Self> {
        let store = parameters.optional_parsed("store", problems);
        Some(Self { page: Page::read(parameters, problems)?, store })
    }
}

/// List the records of the tokens that an application got for the users of one store, the oldest first
#[utoipa::path(get, path = "/api/v1/applications/{id}/user-tokens", tag = "tokens",
    params(("id" = String, Path, description = "The application's id"),
        ("store" = Option<String>, Query, description = "The user store's name. Absent: the default store", pattern = "^[a-z]([a-z0-9.-]{0,30}[a-z0-9])?$"),
        Limit, ("after" = Option<String>, Query, description = "`next` of the previous page", pattern = "^[0-9a-z]{1,255}$")),
    responses((status = 200, body = Listing<UserTokenView>),
        (status = 404, description = "`no_such_application`, `no_such_user_store`, or `no_such_token` when the record of `after` was pruned")))]
pub(super) async fn list(
    call: Call,
    Segment(id): Segment<ApplicationId>,
    Query(UserTokensQuery { page, store }): Query<UserTokensQuery>,
) -> Result<Response, ApiProblem> {
    let (after, limit) = (page.after.clone(), page.one_more());
    let list = move |act: &Act<'_>| {
        let after = after.map(|TokenName(after)| after);
        let tokens = operations::list_user_tokens(act, &id, store.as_ref(), after.as_ref(), limit)?;
        tokens.iter().map(|token| UserTokenView::at(act.now(), token)).collect::<Result<Vec<_>, _>>()
    };
    let tokens = call.read(list).await?;
    let listing = page.of(tokens, |token| token.jti.clone());
    call.answer(Answer::ok(&listing))
}
