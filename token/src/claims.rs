//! The claims of an access token (RFC 9068, with Postern's own), read strictly and written in one order.

mod read;

use std::borrow::Cow;
use std::fmt;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use crate::address::AddressBlock;
use crate::domain::DomainPattern;
use crate::identifier::Identifier;
use crate::scope::Scopes;
use crate::time::UnixSeconds;

/// The claims of a token. Only the type and the form of each value have been checked: the edge checks the token's times and its audience.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims<'a> {
    /// Who minted the token.
    pub iss: Cow<'a, str>,
    /// The audiences for which it was minted; at least one.
    pub aud: Vec<Cow<'a, str>>,
    /// The moment from which on it is refused; a token without it never expires.
    pub exp: Option<UnixSeconds>,
    /// The moment before which it is refused.
    pub nbf: Option<UnixSeconds>,
    /// When it was minted.
    pub iat: UnixSeconds,
    /// The token's own name.
    pub jti: Identifier<'a>,
    /// The consumer key.
    pub client_id: Identifier<'a>,
    /// The consumer key in an application token, the user's id in a user token.
    pub sub: Identifier<'a>,
    /// Whether it stands for an application or for a user of it.
    pub kind: Kind,
    /// Production or sandbox.
    pub key_type: KeyType,
    /// The application's id.
    pub app: Identifier<'a>,
    /// The APIs that the application is subscribed to, each with its tier.
    pub apis: Subscriptions<'a>,
    /// What the token may be used for.
    pub scope: Option<Scopes<'a>>,
    /// The client domains that may use it; absent means any.
    pub domains: Option<Vec<DomainPattern<'a>>>,
    /// The client addresses that may use it; absent means any.
    pub ips: Option<Vec<AddressBlock>>,
    /// The status list and the index of the token.
    pub status: Option<StatusReference<'a>>,
}

impl Claims<'_> {
    /// The same claims, owning their text.
    pub fn into_owned(self) -> Claims<'static> {
        Claims {
            iss: Cow::Owned(self.iss.into_owned()),
            aud: self.aud.into_iter().map(|audience| Cow::Owned(audience.into_owned())).collect(),
            exp: self.exp,
            nbf: self.nbf,
            iat: self.iat,
            jti: self.jti.into_owned(),
            client_id: self.client_id.into_owned(),
            sub: self.sub.into_owned(),
            kind: self.kind,
            key_type: self.key_type,
            app: self.app.into_owned(),
            apis: self.apis.into_owned(),
            scope: self.scope.map(Scopes::into_owned),
            domains: self.domains.map(|domains| domains.into_iter().map(DomainPattern::into_owned).collect()),
            ips: self.ips,
            status: self.status.map(StatusReference::into_owned),
        }
    }
}

/// Whether a token stands for an application or for a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An application on its own.
    Application,
    /// One end user of an application.
    User,
}

impl Kind {
    /// The kind, as in the claim.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::User => "user",
        }
    }
}

/// Which of an application's key sets a token comes from, and which environment an edge serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyType {
    /// Live traffic.
    #[default]
    Production,
    /// Tests and trials.
    Sandbox,
}

impl KeyType {
    /// The key type, as in the claim.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Sandbox => "sandbox",
        }
    }
}

/// An entry in a Token Status List (draft-ietf-oauth-status-list section 6.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReference<'a> {
    /// The index of the token's entry.
    pub index: u64,
    /// The list's address.
    pub uri: Cow<'a, str>,
}

impl StatusReference<'_> {
    /// The same reference, owning its text.
    pub fn into_owned(self) -> StatusReference<'static> {
        StatusReference { index: self.index, uri: Cow::Owned(self.uri.into_owned()) }
    }
}

/// The name of one version of an API, written `name/version`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiReference<'a>(Cow<'a, str>);

impl<'a> ApiReference<'a> {
    /// Parses two parts of letters, digits, `.`, `_`, `-` and `~`, separated by one slash.
    pub fn parse(text: impl Into<Cow<'a, str>>) -> Result<Self, &'static str> {
        let text = text.into();
        match text.split_once('/') {
            Some((name, version)) if Self::is_part(name) && Self::is_part(version) => Ok(Self(text)),
            _ => Err("must be `name/version`, each of 1 to 100 letters, digits, `.`, `_`, `-` and `~`"),
        }
    }

    /// Whether `text` can be a name or a version.
    pub fn is_part(text: &str) -> bool {
        (1..=100).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'~'))
    }

    /// The reference, as in a claim.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the slash.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(name, _)| name)
    }

    /// The part after the slash.
    pub fn version(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, version)| version)
    }

    /// The same reference, owning its text.
    pub fn into_owned(self) -> ApiReference<'static> {
        ApiReference(Cow::Owned(self.0.into_owned()))
    }
}

impl fmt::Display for ApiReference<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// API references, each with the tier of its subscription; each API occurs once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subscriptions<'a>(Vec<(ApiReference<'a>, Identifier<'a>)>);

impl<'a> Subscriptions<'a> {
    /// Collects subscriptions, or returns `None` when an API occurs twice.
    pub fn new(list: impl IntoIterator<Item = (ApiReference<'a>, Identifier<'a>)>) -> Option<Self> {
        let mut list: Vec<_> = list.into_iter().collect();
        list.sort_unstable();
        let repeated = list.windows(2).any(|pair| matches!(pair, [(a, _), (b, _)] if a == b));
        (!repeated).then_some(Self(list))
    }

    /// The same for a list in which no API occurs twice.
    pub(crate) const fn of_unique(list: Vec<(ApiReference<'a>, Identifier<'a>)>) -> Self {
        Self(list)
    }

    /// The same subscriptions, owning their text.
    pub fn into_owned(self) -> Subscriptions<'static> {
        Subscriptions(self.0.into_iter().map(|(api, tier)| (api.into_owned(), tier.into_owned())).collect())
    }

    /// The APIs, each with its tier.
    pub fn iter(&self) -> impl Iterator<Item = (&ApiReference<'a>, &Identifier<'a>)> {
        self.0.iter().map(|(api, tier)| (api, tier))
    }

    /// The tier at which `api` is subscribed to.
    pub fn tier(&self, api: &ApiReference<'_>) -> Option<&Identifier<'a>> {
        self.0.iter().find(|(held, _)| held == api).map(|(_, tier)| tier)
    }
}

impl Serialize for Subscriptions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(api, tier)| (api.as_str(), tier)))
    }
}

impl Serialize for Claims<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("iss", &self.iss)?;
        match self.aud.as_slice() {
            [only] => map.serialize_entry("aud", only)?,
            all => map.serialize_entry("aud", all)?,
        }
        entry(&mut map, "exp", self.exp.as_ref())?;
        entry(&mut map, "nbf", self.nbf.as_ref())?;
        map.serialize_entry("iat", &self.iat)?;
        map.serialize_entry("jti", &self.jti)?;
        map.serialize_entry("client_id", &self.client_id)?;
        map.serialize_entry("sub", &self.sub)?;
        map.serialize_entry("kind", &self.kind)?;
        map.serialize_entry("key_type", &self.key_type)?;
        map.serialize_entry("app", &self.app)?;
        map.serialize_entry("apis", &self.apis)?;
        entry(&mut map, "scope", self.scope.as_ref())?;
        entry(&mut map, "domains", self.domains.as_ref())?;
        entry(&mut map, "ips", self.ips.as_ref())?;
        entry(&mut map, "status", self.status.as_ref())?;
        map.end()
    }
}

fn entry<M: serde::ser::SerializeMap, T: Serialize>(map: &mut M, name: &str, value: Option<&T>) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(name, value))
}

impl Serialize for StatusReference<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Entry<'a> {
            idx: u64,
            uri: &'a str,
        }
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("status_list", &Entry { idx: self.index, uri: &self.uri })?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_has_a_name_and_a_version() {
        let api = ApiReference::parse("pizza/1.0.0").unwrap();
        assert_eq!((api.name(), api.version(), api.to_string().as_str()), ("pizza", "1.0.0", "pizza/1.0.0"));
    }

    #[test]
    fn each_subscription_has_its_tier() {
        let api = |text| ApiReference::parse(text).unwrap();
        let tier = |text| Identifier::parse(text).unwrap();
        let list = [(api("b/1"), tier("gold")), (api("a/1"), tier("bronze"))];
        let subscriptions = Subscriptions::new(list.clone()).unwrap().into_owned();
        assert_eq!(subscriptions.tier(&api("a/1")), Some(&tier("bronze")));
        assert_eq!(subscriptions.tier(&api("b/1")), Some(&tier("gold")));
        assert_eq!(subscriptions.tier(&api("b/2")), None);
        assert_eq!(Subscriptions::new(list.into_iter().chain([(api("a/1"), tier("gold"))])), None);
    }
}
