//! Variable segments of paths, and paths of resources.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use crate::problem::ApiProblem;

/// The one variable segment of a path.
pub(super) struct Segment<T>(pub(super) T);

/// The two variable segments of a path, in order.
pub(super) struct TwoSegments<A, B>(pub(super) A, pub(super) B);

/// The three variable segments of a path, in order.
pub(super) struct ThreeSegments<A, B, C>(pub(super) A, pub(super) B, pub(super) C);

impl<S: Send + Sync, T: FromStr<Err: fmt::Display>> FromRequestParts<S> for Segment<T> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiProblem> {
        let names = segments(parts, state).await?;
        Ok(Self(parse(&names, 0)?))
    }
}

impl<S, A, B> FromRequestParts<S> for TwoSegments<A, B>
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

impl<S, A, B, C> FromRequestParts<S> for ThreeSegments<A, B, C>
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
    let names = names.map_err(|_| ApiProblem::no_resource("the path is not UTF-8"))?;
    Ok(names.iter().map(|(_, value)| value.to_owned()).collect())
}

/// A segment that cannot be a name is answered with 404: there is no such resource.
fn parse<T: FromStr<Err: fmt::Display>>(names: &[String], index: usize) -> Result<T, ApiProblem> {
    let name = names.get(index).ok_or_else(ApiProblem::internal)?;
    name.parse().map_err(ApiProblem::no_resource)
}

/// The path of the resource with these segments below `/api/v1`. Segments may hold any characters.
pub(super) fn location(names: &[&str]) -> String {
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
    fn a_location_encodes_any_segment() {
        assert_eq!(super::location(&["members", "ci@example"]), "/api/v1/members/ci@example");
        assert_eq!(super::location(&["edge-keys", "a b/c%?#"]), "/api/v1/edge-keys/a%20b%2Fc%25%3F%23");
    }
}
