//! What the variable parts of a path name, and paths that name something.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use crate::problem::ApiProblem;

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

/// The path of what is at these names below `/api/v1`, whatever characters the names hold.
pub(super) fn to(names: &[&str]) -> String {
    let mut path = String::from("/api/v1");
    for name in names {
        path.push('/');
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~@:".contains(&byte) {
                path.push(char::from(byte));
            } else {
                // Writing to a string cannot fail.
                let _ = write!(path, "%{byte:02X}");
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_path_holds_any_name() {
        assert_eq!(super::to(&["members", "ci@example"]), "/api/v1/members/ci@example");
        assert_eq!(super::to(&["edge-keys", "a b/c%?#"]), "/api/v1/edge-keys/a%20b%2Fc%25%3F%23");
    }
}
