//! Key sets: a consumer key, its grant types, and the restrictions of its tokens.

use std::fmt;
use std::str::FromStr;

use postern_token::{AddressBlock, DomainPattern, Identifier, KeyType, Scopes};
use serde::Serialize;

use super::{ApplicationId, GrantType, IdError, RedirectUri, Validity, check_id};
use postern_secrets::{Entropy, EntropyError, random_name};

/// The OAuth client of an application in one environment.
#[derive(Debug, Clone)]
pub struct KeySet {
    /// The consumer key, which is the client id.
    pub consumer_key: ConsumerKey,
    /// The application that owns the key set.
    pub application: ApplicationId,
    /// The environment of the key set.
    pub key_type: KeyType,
    /// The restrictions of new tokens.
    pub restrictions: Restrictions,
    /// The validity of new application tokens.
    pub validity: Validity,
    /// The grant types that the client may use.
    pub grant_types: Vec<GrantType>,
    /// The registered redirect URIs.
    pub redirect_uris: Vec<RedirectUri>,
    /// The settings for user tokens.
    pub for_users: ForUsers,
}

/// A client's settings for user tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ForUsers {
    /// Whether the client is a public client (RFC 6749 section 2.1): it has no secret, so that an authorization code is
    /// protected by its proof key alone (RFC 7636).
    pub public: bool,
    /// The validity of new user tokens; `None` means the application's user validity.
    pub validity: Option<Validity>,
    /// Whether a user has at most one grant at this client: a new sign-in ends the previous grant.
    pub one_grant: bool,
}

/// The restrictions on the use of a token.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Restrictions {
    /// The client domains that may use the token; empty means any.
    pub domains: Vec<DomainPattern<'static>>,
    /// The client addresses that may use the token; empty means any.
    pub ips: Vec<AddressBlock>,
    /// The scopes of the token; `None` means no scope. In a key set these are the scopes that a token may have.
    pub scopes: Option<Scopes<'static>>,
}

/// A consumer key, the OAuth client id: `ck_` and 26 random characters. It is not secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct ConsumerKey(Identifier<'static>);

impl ConsumerKey {
    const PREFIX: &str = "ck_";

    /// Generates a random consumer key.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let text = format!("{}{}", Self::PREFIX, random_name(entropy, 26)?);
        Identifier::parse(text).map(Self).map_err(|_| EntropyError)
    }

    /// The consumer key as a claim.
    pub const fn identifier(&self) -> &Identifier<'static> {
        &self.0
    }

    /// The consumer key as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for ConsumerKey {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        check_id(text, Self::PREFIX)?;
        super::owned_identifier(text).map(Self).map_err(|_| IdError::Character)
    }
}

impl fmt::Display for ConsumerKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
