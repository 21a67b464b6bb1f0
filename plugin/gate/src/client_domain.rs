//! The client's domain: which one a request names, and whether the token allows it.

use postern_token::{ClientDomain, DomainPattern};

use crate::decision::DomainProblem;
use crate::request::{Field, Request};

/// Checks the request's domain against `allowed`; `None` allows any.
///
/// A browser sets `Origin` itself. So `Origin` decides if it is present, and the configured header must agree with it, because a page could
/// claim another domain in that header. Without `Origin` the configured header decides, and without both, `Referer`.
pub(crate) fn check(
    request: &Request<'_>,
    header: Option<&str>,
    allowed: Option<&[DomainPattern<'_>]>,
) -> Result<(), DomainProblem> {
    let named = match header.map_or(Field::Absent, |name| request.field(name)) {
        Field::Absent => None,
        Field::Once(value) => Some(ClientDomain::parse(value).ok_or(DomainProblem::Unreadable)?),
        Field::Repeated => return Err(DomainProblem::Unreadable),
    };
    let domain = match (request.field("origin"), named) {
        (Field::Once(value), named) => {
            let origin = ClientDomain::from_origin(value).ok_or(DomainProblem::Unreadable)?;
            if named.is_some_and(|named| !named.agrees_with(&origin)) {
                return Err(DomainProblem::Conflicting);
            }
            origin
        }
        (Field::Repeated, _) => return Err(DomainProblem::Unreadable),
        (Field::Absent, Some(named)) => named,
        (Field::Absent, None) => match request.field("referer") {
            Field::Once(value) => ClientDomain::from_referer(value).ok_or(DomainProblem::Unreadable)?,
            Field::Repeated => return Err(DomainProblem::Unreadable),
            Field::Absent => return Err(DomainProblem::Missing),
        },
    };
    match allowed {
        Some(patterns) if !patterns.iter().any(|pattern| pattern.matches(&domain)) => Err(DomainProblem::NotListed),
        _ => Ok(()),
    }
}
