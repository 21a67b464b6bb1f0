//! Key sets: a consumer key, its secret, and what its tokens may do.

use std::fmt;
use std::str::FromStr;

use postern_token::{AddressBlock, DomainPattern, Identifier, KeyType, Scopes};
use serde::Serialize;

use super::{ApplicationId, GrantType, IdError, RedirectUri, Validity, check_id};
use postern_secrets::{Entropy, EntropyError, random_name};

/// One application's keys for one key type.
#[derive(Debug, Clone)]
pub struct KeySet {
    /// The client id.
    pub consumer_key: ConsumerKey,
    /// Whose it is.
    pub application: ApplicationId,
    /// What it is for.
    pub key_type: KeyType,
    /// What its tokens may do.
    pub restrictions: Restrictions,
    /// How long its application tokens last.
    pub validity: Validity,
    /// What its client may ask for.
    pub grant_types: Vec<GrantType>,
    /// Where its users may be sent back to.
    pub redirect_uris: Vec<RedirectUri>,
    /// What its users' tokens are like.
    pub for_users: ForUsers,
}

/// What a client is to its users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ForUsers {
    /// Whether it keeps no secret (RFC 6749 section 2.1): it then proves with each authorization code alone that it is the one who asked for it.
    pub public: bool,
    /// How long its user tokens last; `None` means as long as the application's do.
    pub validity: Option<Validity>,
    /// Whether a user has one grant to it at a time: to sign in once more ends the one before.
    pub one_grant: bool,
}

/// What limits the use of a key set's tokens.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Restrictions {
    /// The client domains that may use them; empty means any.
    pub domains: Vec<DomainPattern<'static>>,
    /// The client addresses that may use them; empty means any.
    pub ips: Vec<AddressBlock>,
    /// The scopes that they may hold; `None` means that they hold none.
    pub scopes: Option<Scopes<'static>>,
}

/// A consumer key, which is the OAuth client id: `ck_` and 26 random characters. Not a secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct ConsumerKey(Identifier<'static>);

impl ConsumerKey {
    const PREFIX: &str = "ck_";

    /// A new random key.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let text = format!("{}{}", Self::PREFIX, random_name(entropy, 26)?);
        Identifier::parse(text).map(Self).map_err(|_| EntropyError)
    }

    /// The key as a claim.
    pub const fn identifier(&self) -> &Identifier<'static> {
        &self.0
    }

    /// The key as text.
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
