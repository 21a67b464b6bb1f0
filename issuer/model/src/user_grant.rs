//! What users give to applications: grants, and the tokens that come of them.

use std::str::FromStr;

use postern_token::{Identifier, Scopes, UnixSeconds};
use serde::Serialize;

use super::{ApplicationId, ConsumerKey, IdError, RedirectUri, TokenRecord, UserName, check_id};
use postern_secrets::{Entropy, EntropyError, random_name};

/// What one user gave one client at one time. It has one refresh token and one access token at most that count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserGrant {
    /// Its id, which is no secret.
    pub id: GrantId,
    /// Whose it is, within its user store.
    pub user: UserName,
    /// The application that may use it.
    pub application: ApplicationId,
    /// The application's client.
    pub consumer_key: ConsumerKey,
    /// How it came to be.
    pub origin: GrantOrigin,
    /// The scopes that it was given for.
    pub scopes: Option<Scopes<'static>>,
    /// When it was given.
    pub created_at: UnixSeconds,
    /// When the application last got a token of it.
    pub used_at: UnixSeconds,
    /// When it ended; `None` while it counts.
    pub ended_at: Option<UnixSeconds>,
}

/// The id of a grant: `gr_` and 20 random characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct GrantId(Identifier<'static>);

impl GrantId {
    const PREFIX: &str = "gr_";

    /// A new random id.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let text = format!("{}{}", Self::PREFIX, random_name(entropy, 20)?);
        Identifier::parse(text).map(Self).map_err(|_| EntropyError)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for GrantId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        check_id(text, Self::PREFIX)?;
        super::owned_identifier(text).map(Self).map_err(|_| IdError::Character)
    }
}

/// How a grant came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantOrigin {
    /// The user signed in and consented in a browser (RFC 6749 section 4.1).
    AuthorizationCode,
    /// The user allowed a device that has no browser (RFC 8628).
    DeviceCode,
    /// The user told the application the password (RFC 6749 section 4.3).
    Password,
}

impl GrantOrigin {
    const ALL: [Self; 3] = [Self::AuthorizationCode, Self::DeviceCode, Self::Password];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::DeviceCode => "device_code",
            Self::Password => "password",
        }
    }

    /// What the word `text` stands for.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.as_str() == text)
    }
}

/// The record of a user's access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserToken {
    /// What every token has. It is never current: grants of users do not answer with a token that is there.
    pub record: TokenRecord,
    /// Whose it is, within its user store.
    pub user: UserName,
    /// The grant that it came of.
    pub grant: GrantId,
}

/// What an authorization code stands for (RFC 6749 section 4.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationCode {
    /// Who consented.
    pub user: UserName,
    /// The client that may exchange it.
    pub consumer_key: ConsumerKey,
    /// Where it was sent.
    pub redirect_uri: RedirectUri,
    /// What was consented to.
    pub scopes: Option<Scopes<'static>>,
    /// The challenge of its proof key, by `S256` (RFC 7636 section 4.2).
    pub challenge: String,
    /// When it runs out.
    pub expires_at: UnixSeconds,
    /// What it was exchanged for, once it was.
    pub grant: Option<GrantId>,
}

/// What a user has allowed a client once and for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The client.
    pub consumer_key: ConsumerKey,
    /// The scopes.
    pub scopes: Option<Scopes<'static>>,
    /// When.
    pub given_at: UnixSeconds,
}

/// A browser in which a user signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose it is, within its user store.
    pub user: UserName,
    /// When the user signed in.
    pub created_at: UnixSeconds,
    /// When it was last used, to the minute.
    pub seen_at: UnixSeconds,
}

/// What a refresh token is to its grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// The grant.
    pub grant: UserGrant,
    /// When it was handed out.
    pub issued_at: UnixSeconds,
    /// When another one took its place; `None` while it counts.
    pub spent_at: Option<UnixSeconds>,
}
