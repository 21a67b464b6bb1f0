//! Names and values that several resources share, as people write them.

use std::fmt;
use std::str::FromStr;

use postern_token::bundle::Problems;
use postern_token::{AddressBlock, ApiReference, DomainPattern, Scopes};

use super::body::{Fields, Parsed};
use postern_model::{ClientDomainError, TokenId, UserRole, parse_client_domain};

/// How many roles a user has, and a scope is bound to, at most.
const MAX_ROLES: usize = 100;

/// The name of a token. It may be the token itself that was given by mistake, so what is wrong with it is not quoted.
#[derive(Debug, Clone)]
pub(super) struct TokenName(pub(super) TokenId);

impl FromStr for TokenName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        TokenId::parse(text.to_owned()).map(Self).ok_or("a token's id is its `jti`, 1 to 255 ASCII characters")
    }
}

/// The name and the version of an API, joined by a slash.
#[derive(Debug, Clone)]
pub(super) struct ApiName(pub(super) ApiReference<'static>);

impl FromStr for ApiName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        ApiReference::parse(text.to_owned()).map(Self)
    }
}

/// A client domain, as people type it.
struct ClientDomain(DomainPattern<'static>);

impl FromStr for ClientDomain {
    type Err = ClientDomainError;

    fn from_str(text: &str) -> Result<Self, ClientDomainError> {
        parse_client_domain(text).map(Self)
    }
}

/// Scopes, separated by spaces.
struct ScopeText(Scopes<'static>);

impl FromStr for ScopeText {
    type Err = postern_token::ScopeError;

    fn from_str(text: &str) -> Result<Self, postern_token::ScopeError> {
        Scopes::parse(text.to_owned()).map(Self)
    }
}

/// The client domains in a field; `None` also when one is wrong.
pub(super) fn domains(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<Vec<DomainPattern<'static>>> {
    let domains: Vec<Parsed<ClientDomain>> = fields.optional("domains", problems)?;
    Some(domains.into_iter().map(|Parsed(ClientDomain(domain))| domain).collect())
}

/// The blocks of client addresses in a field; `None` also when one is wrong.
pub(super) fn ips(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<Vec<AddressBlock>> {
    all(fields, "ips", problems)
}

/// The scopes in a field, which may be `null` for none.
#[allow(clippy::option_option, reason = "what is absent and what is `null` differ")]
pub(super) fn scope(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<Option<Scopes<'static>>> {
    let scope: Option<Parsed<ScopeText>> = fields.nullable("scope", problems)?;
    Some(scope.map(|Parsed(ScopeText(scopes))| scopes))
}

/// The roles of users in a field; `None` also when one is wrong.
pub(super) fn roles(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<Vec<UserRole>> {
    let roles: Vec<UserRole> = all(fields, "roles", problems)?;
    if roles.len() > MAX_ROLES {
        fields.wrong("roles", format!("holds more than {MAX_ROLES}"), problems);
        return None;
    }
    Some(roles)
}

/// The items of a field, each in a form of its own; `None` also when one is wrong.
pub(super) fn all<T: FromStr<Err: fmt::Display>>(
    fields: &mut Fields<'_>,
    name: &'static str,
    problems: &mut Problems,
) -> Option<Vec<T>> {
    let items: Vec<Parsed<T>> = fields.optional(name, problems)?;
    Some(items.into_iter().map(|Parsed(item)| item).collect())
}

/// A word of a few; `None` also when it is none of them.
pub(super) fn word<T>(
    fields: &mut Fields<'_>,
    name: &'static str,
    parse: impl Fn(&str) -> Option<T>,
    expected: &str,
    problems: &mut Problems,
) -> Option<T> {
    let text: String = fields.optional(name, problems)?;
    let found = parse(&text);
    if found.is_none() {
        fields.wrong(name, expected, problems);
    }
    found
}
