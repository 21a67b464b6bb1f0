//! `/api/v1/applications/{id}/user-tokens`: what is kept of the tokens that an application got for its users.

use axum::response::Response;
use postern_token::UnixSeconds;
use postern_token::bundle::Problems;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Answer;
use super::call::Call;
use super::pagination::{Limit, Listing, Page};
use super::path::Named;
use super::query::{Parameters, Query, ReadQuery};
use super::restrictions::RestrictionsView;
use super::tokens::{StateWord, state};
use super::values::TokenName;
use super::words::KeyTypeWord;
use crate::problem::ApiProblem;
use postern_model::{ApplicationId, UserStoreName};
use postern_operations::{self as operations, Act, UserTokenDetails};

/// What is kept of a user's token, which is never the token itself
#[derive(Serialize, ToSchema)]
#[schema(as = UserToken)]
struct UserTokenView {
    /// Its id
    jti: String,
    /// Whom it stands for
    user: String,
    /// The grant that it came of
    grant: String,
    /// The application that it was minted for
    application: String,
    /// The client that it was minted for
    consumer_key: String,
    /// What it is for
    #[schema(value_type = KeyTypeWord)]
    key_type: &'static str,
    /// How the client got it
    #[schema(value_type = ObtainedWord)]
    obtained: &'static str,
    #[serde(flatten)]
    restrictions: RestrictionsView,
    /// When it was minted, in seconds since 1970
    issued_at: u64,
    /// When it runs out; absent means never
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expires_at: Option<u64>,
    /// Whether it counts
    #[schema(value_type = StateWord)]
    state: &'static str,
    /// The key that signed it
    kid: String,
}

/// How a client got a user's token
#[derive(ToSchema)]
#[schema(as = UserTokenObtained, rename_all = "snake_case")]
#[allow(dead_code, reason = "it documents words that are written elsewhere")]
enum ObtainedWord {
    /// With a code, after the user consented in a browser
    AuthorizationCode,
    /// With a refresh token
    RefreshToken,
    /// With a device code
    DeviceCode,
    /// With the user's password
    Password,
}

impl From<&(UnixSeconds, UserTokenDetails)> for UserTokenView {
    fn from((now, token): &(UnixSeconds, UserTokenDetails)) -> Self {
        let UserTokenDetails { user, grant, record } = token;
        Self {
            jti: record.id.as_str().to_owned(),
            user: user.to_string(),
            grant: grant.as_str().to_owned(),
            application: record.application.to_string(),
            consumer_key: record.consumer_key.to_string(),
            key_type: record.key_type.as_str(),
            obtained: record.obtained.as_str(),
            restrictions: (&record.restrictions).into(),
            issued_at: record.issued_at.0,
            expires_at: record.expires_at.map(|expires_at| expires_at.0),
            state: state(record, *now),
            kid: record.kid.to_string(),
        }
    }
}

/// Which page of which store's tokens is asked for.
pub(super) struct Which {
    page: Page<TokenName>,
    store: Option<UserStoreName>,
}

impl ReadQuery for Which {
    fn read(parameters: &mut Parameters, problems: &mut Problems) -> Option<Self> {
        let store = parameters.optional("store", problems);
        Some(Self { page: Page::read(parameters, problems)?, store })
    }
}

/// List what is kept of the tokens that an application got for the users of one store, the oldest first
#[utoipa::path(get, path = "/api/v1/applications/{id}/user-tokens", tag = "tokens", operation_id = "list_user_tokens",
    params(("id" = String, Path, description = "The application's id"),
        ("store" = Option<String>, Query, description = "The user store's name; absent means the first one", pattern = "^[a-z]([a-z0-9.-]{0,30}[a-z0-9])?$"),
        Limit, ("after" = Option<String>, Query, description = "`next` of the page before", pattern = "^[0-9a-z]{1,255}$")),
    responses((status = 200, body = Listing<UserTokenView>),
        (status = 404, description = "`no_such_application`, `no_such_user_store`, or `no_such_token` when the one of `after` is forgotten by now")))]
pub(super) async fn list(
    call: Call,
    Named(id): Named<ApplicationId>,
    Query(Which { page, store }): Query<Which>,
) -> Result<Response, ApiProblem> {
    let (after, limit) = (page.after.clone(), page.one_more());
    let list = move |act: &Act<'_>| {
        let after = after.map(|TokenName(after)| after);
        let tokens = operations::list_user_tokens(act, &id, store.as_ref(), after.as_ref(), limit)?;
        Ok(tokens.into_iter().map(|token| (act.now(), token)).collect::<Vec<_>>())
    };
    let tokens = call.read(list).await?;
    let listing: Listing<UserTokenView> = page.show(&tokens, |(_, token)| token.record.id.as_str().to_owned());
    call.answer(Answer::told(&listing))
}
