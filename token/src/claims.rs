//! The claims of an access token (RFC 9068, with Postern's own), read strictly and written in one order.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use crate::address::AddressBlock;
use crate::domain::DomainPattern;
use crate::identifier::{Identifier, TextVisitor};
use crate::json::{Name, Unknown, fill};
use crate::scope::Scopes;
use crate::time::UnixSeconds;

/// What a token says about its bearer. Every value has been checked for its type and its shape, and nothing else:
/// whether the token is in time, and for whom it is, the edge decides.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims<'a> {
    /// Who minted the token.
    pub iss: Cow<'a, str>,
    /// For whom it was minted; at least one.
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
    /// Where the token's life is looked up.
    pub status: Option<StatusReference<'a>>,
}

/// Whom a token stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An application on its own.
    Application,
    /// One end user of an application.
    User,
}

impl Kind {
    /// The kind as the claim has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::User => "user",
        }
    }
}

/// Which of an application's key sets a token comes from, and which environment an edge serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyType {
    /// The real thing.
    Production,
    /// For trying.
    Sandbox,
}

impl KeyType {
    /// The key type as the claim has it.
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

/// The name of one version of an API, written `name/version`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApiReference<'a>(Cow<'a, str>);

impl<'a> ApiReference<'a> {
    /// Takes `text` when it is two parts of letters, digits, `.`, `_`, `-` and `~`, with one slash between them.
    pub fn parse(text: impl Into<Cow<'a, str>>) -> Result<Self, &'static str> {
        let text = text.into();
        let part = |part: &str| {
            !part.is_empty()
                && part.len() <= 100
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'~'))
        };
        match text.split_once('/') {
            Some((name, version)) if part(name) && part(version) => Ok(Self(text)),
            _ => Err("must be `name/version`, each of 1 to 100 letters, digits, `.`, `_`, `-` and `~`"),
        }
    }

    /// The reference as it stands in a claim.
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

/// API references, each with the subscription's tier; an API stands there once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subscriptions<'a>(Vec<(ApiReference<'a>, Identifier<'a>)>);

impl<'a> Subscriptions<'a> {
    /// Collects subscriptions, or returns `None` when an API comes twice.
    pub fn new(mut list: Vec<(ApiReference<'a>, Identifier<'a>)>) -> Option<Self> {
        list.sort_unstable();
        let repeated = list.windows(2).any(|pair| matches!(pair, [(a, _), (b, _)] if a == b));
        (!repeated).then_some(Self(list))
    }

    /// The tier at which `api` is subscribed to.
    pub fn tier(&self, api: &ApiReference<'_>) -> Option<&Identifier<'a>> {
        let at = self.0.binary_search_by(|(held, _)| held.as_str().cmp(api.as_str())).ok()?;
        self.0.get(at).map(|(_, tier)| tier)
    }
}

impl Serialize for Subscriptions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(api, tier)| (api.as_str(), tier)))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Subscriptions<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SubscriptionsVisitor;

        impl<'de> Visitor<'de> for SubscriptionsVisitor {
            type Value = Subscriptions<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object of API references and tiers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                while let Some(name) = map.next_key_seed(Name)? {
                    let api = ApiReference::parse(name).map_err(de::Error::custom)?;
                    list.push((api, map.next_value()?));
                }
                Subscriptions::new(list).ok_or_else(|| de::Error::custom("duplicate name"))
            }
        }

        deserializer.deserialize_map(SubscriptionsVisitor)
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

impl<'de: 'a, 'a> Deserialize<'de> for Claims<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ClaimsVisitor)
    }
}

struct ClaimsVisitor;

impl<'de> Visitor<'de> for ClaimsVisitor {
    type Value = Claims<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of claims")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut iss: Option<Text<'_>> = None;
        let mut aud: Option<Audience<'_>> = None;
        let (mut exp, mut nbf, mut iat) = (None, None, None);
        let (mut jti, mut client_id, mut sub, mut app) = (None, None, None, None);
        let (mut kind, mut key_type, mut apis) = (None, None, None);
        let (mut scope, mut domains, mut ips, mut status) = (None, None, None, None);
        let mut unknown = Unknown::default();
        while let Some(name) = map.next_key_seed(Name)? {
            match &*name {
                "iss" => fill(&mut iss, &mut map)?,
                "aud" => fill(&mut aud, &mut map)?,
                "exp" => fill(&mut exp, &mut map)?,
                "nbf" => fill(&mut nbf, &mut map)?,
                "iat" => fill(&mut iat, &mut map)?,
                "jti" => fill(&mut jti, &mut map)?,
                "client_id" => fill(&mut client_id, &mut map)?,
                "sub" => fill(&mut sub, &mut map)?,
                "kind" => fill(&mut kind, &mut map)?,
                "key_type" => fill(&mut key_type, &mut map)?,
                "app" => fill(&mut app, &mut map)?,
                "apis" => fill(&mut apis, &mut map)?,
                "scope" => fill(&mut scope, &mut map)?,
                "domains" => fill(&mut domains, &mut map)?,
                "ips" => fill(&mut ips, &mut map)?,
                "status" => fill(&mut status, &mut map)?,
                // A sender-constrained token is no bearer token: to read past `cnf` (RFC 7800) would turn it into one.
                "cnf" => return Err(de::Error::custom("proof of possession is not supported")),
                _ => unknown.skip(name, &mut map)?,
            }
        }
        Ok(Claims {
            iss: required("iss", iss)?.0,
            aud: required("aud", aud)?.0,
            exp,
            nbf,
            iat: required("iat", iat)?,
            jti: required("jti", jti)?,
            client_id: required("client_id", client_id)?,
            sub: required("sub", sub)?,
            kind: required("kind", kind)?,
            key_type: required("key_type", key_type)?,
            app: required("app", app)?,
            apis: required("apis", apis)?,
            scope,
            domains: not_empty("domains", domains)?,
            ips: not_empty("ips", ips)?,
            status: status.map(|status: Status<'_>| status.0),
        })
    }
}

fn required<T, E: de::Error>(name: &'static str, value: Option<T>) -> Result<T, E> {
    value.ok_or_else(|| de::Error::missing_field(name))
}

/// An empty list of what is allowed could mean nothing or anything, so it is refused.
fn not_empty<T, E: de::Error>(name: &'static str, list: Option<Vec<T>>) -> Result<Option<Vec<T>>, E> {
    match list {
        Some(list) if list.is_empty() => Err(de::Error::custom(format_args!("`{name}` is empty"))),
        list => Ok(list),
    }
}

struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor).map(Text)
    }
}

/// One string or a list of strings (RFC 7519 section 4.1.3).
struct Audience<'a>(Vec<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Audience<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AudienceVisitor;

        impl<'de> Visitor<'de> for AudienceVisitor {
            type Value = Audience<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string or a list of strings")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Audience(vec![Cow::Borrowed(text)]))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Audience(vec![Cow::Owned(text.to_owned())]))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                while let Some(Text(text)) = items.next_element()? {
                    list.push(text);
                }
                if list.is_empty() { Err(de::Error::custom("`aud` is empty")) } else { Ok(Audience(list)) }
            }
        }

        deserializer.deserialize_any(AudienceVisitor)
    }
}

struct Status<'a>(StatusReference<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Status<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct RawStatus<'a> {
            #[serde(borrow)]
            status_list: RawReference<'a>,
        }
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct RawReference<'a> {
            idx: u64,
            #[serde(borrow)]
            uri: Text<'a>,
        }
        let RawStatus { status_list } = serde::Deserialize::deserialize(deserializer)?;
        Ok(Self(StatusReference { index: status_list.idx, uri: status_list.uri.0 }))
    }
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
