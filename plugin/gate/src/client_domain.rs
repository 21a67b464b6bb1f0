//! The client's domain: which one a request names, and whether the token allows it.

use postern_token::{ClientDomain, DomainPattern};

use crate::decision::DomainProblem;
use crate::request::{Field, Request};

/// Checks the request's domain against `allowed`; `None` allows any. The first of these headers that is present decides:
/// the configured one, `Origin`, `Referer`.
pub(crate) fn check(
    request: &Request<'_>,
    header: Option<&str>,
    allowed: Option<&[DomainPattern<'_>]>,
) -> Result<(), DomainProblem> {
    let named = header.map_or(Field::Absent, |name| request.field(name));
    let domain = match (named, request.field("origin"), request.field("referer")) {
        (Field::Once(value), _, _) => ClientDomain::parse(value),
        (Field::Absent, Field::Once(value), _) => ClientDomain::from_origin(value),
        (Field::Absent, Field::Absent, Field::Once(value)) => ClientDomain::from_referer(value),
        (Field::Absent, Field::Absent, Field::Absent) => return Err(DomainProblem::Missing),
        _ => None,
    };
    let domain = domain.ok_or(DomainProblem::Unreadable)?;
    match allowed {
        Some(patterns) if !patterns.iter().any(|pattern| pattern.matches(&domain)) => Err(DomainProblem::NotListed),
        _ => Ok(()),
    }
}
