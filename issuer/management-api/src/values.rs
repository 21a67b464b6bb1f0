//! Values that several resources share, and how they are read.

use std::str::FromStr;

use postern_token::document::{At, Fields, Problems, Read};
use postern_token::{AddressBlock, ApiReference, DomainPattern, Node, Scopes, UnixSeconds};

use postern_model::{ClientDomainError, Role, TokenId, UserRole, Validity, parse_client_domain};
use postern_operations::Expiry;

/// The maximum number of roles of a user, and of a scope.
const MAX_ROLES: usize = 100;

/// A whole number, 0 or more, that every JSON reader and every database can hold.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Whole(pub(super) u64);

impl Whole {
    const EXPECTED: &'static str = "must be a whole number, 0 or more, of at most 63 bits";
}

impl FromStr for Whole {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i64>().ok()).flatten();
        number.and_then(|number| u64::try_from(number).ok()).map(Self).ok_or(Self::EXPECTED)
    }
}

impl Read for Whole {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        match node {
            Node::Whole(number) if i64::try_from(*number).is_ok() => Self(*number),
            _ => {
                problems.push(at, Self::EXPECTED);
                Self::default()
            }
        }
    }
}

/// A parameter that is `true` or `false`.
#[derive(Debug, Clone, Copy)]
struct Flag(bool);

impl FromStr for Flag {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| "must be `true` or `false`")
    }
}

/// The id of a token. A caller may send the token itself by mistake, so the error does not quote it.
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

/// A client domain as a user types it.
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
pub(super) fn domains(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Vec<DomainPattern<'static>>> {
    let domains = fields.optional_parsed_list("domains", problems)?;
    Some(domains.into_iter().map(|ClientDomain(domain)| domain).collect())
}

/// The blocks of client addresses in a field; `None` also when one is wrong.
pub(super) fn ips(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Vec<AddressBlock>> {
    fields.optional_parsed_list("ips", problems)
}

/// The scopes in a field, which may be `null` for none.
#[allow(clippy::option_option, reason = "what is absent and what is `null` differ")]
pub(super) fn scope(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Option<Scopes<'static>>> {
    let scope = fields.change_parsed("scope", problems)?;
    Some(scope.map(|ScopeText(scopes)| scopes))
}

/// The roles of users in a field; `None` also when one is wrong.
pub(super) fn roles(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Vec<UserRole>> {
    let roles: Vec<UserRole> = fields.optional_parsed_list("roles", problems)?;
    if roles.len() > MAX_ROLES {
        fields.problem("roles", format!("must have at most {MAX_ROLES} items"), problems);
        return None;
    }
    Some(roles)
}

/// The roles of members in a field, each once; `None` also when one is wrong.
pub(super) fn member_roles(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Option<Vec<Role>> {
    let given: Vec<Role> = fields.optional_parsed_list("member_roles", problems)?;
    Some(Role::ALL.into_iter().filter(|role| given.contains(role)).collect())
}

/// A parameter that is `true` or `false`; absent means `false`.
pub(super) fn flag(parameters: &mut Fields<'_, '_>, name: &'static str, problems: &mut Problems) -> bool {
    parameters.optional_parsed(name, problems).is_some_and(|Flag(value)| value)
}

/// The timestamp in a field; `None` also when it is wrong.
pub(super) fn timestamp(fields: &mut Fields<'_, '_>, name: &'static str, problems: &mut Problems) -> Option<UnixSeconds> {
    whole(fields, name, problems).map(UnixSeconds)
}

/// The whole number in a field, 0 or more.
pub(super) fn whole(fields: &mut Fields<'_, '_>, name: &'static str, problems: &mut Problems) -> Option<u64> {
    fields.optional(name, problems).map(|Whole(number)| number)
}

/// The whole number in a field, which may be `null` for none.
#[allow(clippy::option_option, reason = "what is absent and what is `null` differ")]
pub(super) fn whole_or_null(fields: &mut Fields<'_, '_>, name: &'static str, problems: &mut Problems) -> Option<Option<u64>> {
    Some(fields.change(name, problems)?.map(|Whole(number)| number))
}

/// When a credential is to expire: a Unix time, `null` for never, or the default where the field is absent.
pub(super) fn expiry(fields: &mut Fields<'_, '_>, problems: &mut Problems) -> Expiry {
    match whole_or_null(fields, "expires_at", problems) {
        None => Expiry::Default,
        Some(None) => Expiry::Never,
        Some(Some(seconds)) => Expiry::At(UnixSeconds(seconds)),
    }
}

/// The validity in a field, in seconds; `None` also when it is wrong.
pub(super) fn validity(fields: &mut Fields<'_, '_>, name: &'static str, problems: &mut Problems) -> Option<Validity> {
    fields.optional(name, problems).and_then(|seconds| in_range(fields, name, seconds, problems))
}

/// The validity in a field, which may be `null` for none; `None` also when it is wrong.
#[allow(clippy::option_option, reason = "what is absent and what is `null` differ")]
pub(super) fn validity_or_null(
    fields: &mut Fields<'_, '_>,
    name: &'static str,
    problems: &mut Problems,
) -> Option<Option<Validity>> {
    match fields.change(name, problems)? {
        Some(seconds) => in_range(fields, name, seconds, problems).map(Some),
        None => Some(None),
    }
}

fn in_range(fields: &Fields<'_, '_>, name: &str, seconds: i64, problems: &mut Problems) -> Option<Validity> {
    let validity = Validity::from_seconds(seconds);
    validity.map_err(|error| fields.problem(name, error.to_string(), problems)).ok()
}

/// One of a few words; `None` if it is another word.
pub(super) fn word<T>(
    fields: &mut Fields<'_, '_>,
    name: &'static str,
    parse: impl Fn(&str) -> Option<T>,
    expected: &str,
    problems: &mut Problems,
) -> Option<T> {
    let text: String = fields.optional(name, problems)?;
    let found = parse(&text);
    if found.is_none() {
        fields.problem(name, expected, problems);
    }
    found
}
