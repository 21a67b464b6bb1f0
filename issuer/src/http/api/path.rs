//! What the variable parts of a path name.

use std::fmt;
use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use crate::http::error::ApiProblem;

/// The one variable part of a path.
pub(super) struct Named<T>(pub(super) T);

/// The two variable parts of a path, in their order.
pub(super) struct NamedTwice<A, B>(pub(super) A, pub(super) B);

/// The three variable parts of a path, in their order.
pub(super) struct NamedThrice<A, B, C>(pub(super) A, pub(super) B, pub(super) C);

impl<S: Send + Sync, T: FromStr<Err: fmt::Display>> FromRequestParts<S> for Named<T> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let names = segments(parts, state).await?;
        Ok(Self(parse(&names, 0)?))
    }
}

impl<S, A, B> FromRequestParts<S> for NamedTwice<A, B>
where
    S: Send + Sync,
    A: FromStr<Err: fmt::Display>,
    B: FromStr<Err: fmt::Display>,
{
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let names = segments(parts, state).await?;
        Ok(Self(parse(&names, 0)?, parse(&names, 1)?))
    }
}

impl<S, A, B, C> FromRequestParts<S> for NamedThrice<A, B, C>
where
    S: Send + Sync,
    A: FromStr<Err: fmt::Display>,
    B: FromStr<Err: fmt::Display>,
    C: FromStr<Err: fmt::Display>,
{
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let names = segments(parts, state).await?;
        Ok(Self(parse(&names, 0)?, parse(&names, 1)?, parse(&names, 2)?))
    }
}

async fn segments<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Vec<String>, ApiProblem> {
    let names = RawPathParams::from_request_parts(parts, state).await;
    let names = names.map_err(|_| ApiProblem::nothing_called("the path is not UTF-8"))?;
    Ok(names.iter().map(|(_, value)| value.to_owned()).collect())
}

/// What cannot be a name names nothing.
fn parse<T: FromStr<Err: fmt::Display>>(names: &[String], index: usize) -> Result<T, ApiProblem> {
    let name = names.get(index).ok_or_else(ApiProblem::internal)?;
    name.parse().map_err(ApiProblem::nothing_called)
}
