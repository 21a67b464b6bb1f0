//! Grants of users to clients, and what belongs to them: user tokens, refresh tokens, authorization codes, consents, sessions.

use std::str::FromStr;

use postern_token::{Identifier, Scopes, UnixSeconds};
use serde::Serialize;

use super::{ApplicationId, ConsumerKey, IdError, RedirectUri, TokenRecord, UserName, check_id};
use postern_secrets::{Entropy, EntropyError, HashedSecret, random_name};

/// A grant: what one user gave one client at one sign-in. At most one refresh token and one access token of a grant are valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserGrant {
    /// The id, which is not secret.
    pub id: GrantId,
    /// The user's name within the user store.
    pub user: UserName,
    /// The application that may use the grant.
    pub application: ApplicationId,
    /// The client of the application.
    pub consumer_key: ConsumerKey,
    /// The grant type that created the grant.
    pub origin: GrantOrigin,
    /// The scopes that the user granted.
    pub scopes: Option<Scopes<'static>>,
    /// When the grant was created.
    pub created_at: UnixSeconds,
    /// When the client last obtained a token of the grant.
    pub used_at: UnixSeconds,
    /// When the grant ended; `None` while the grant is valid.
    pub ended_at: Option<UnixSeconds>,
}

/// The id of a grant: `gr_` and 20 random characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct GrantId(Identifier<'static>);

impl GrantId {
    const PREFIX: &str = "gr_";

    /// Generates a random id.
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

/// The grant type that created a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantOrigin {
    /// The user signed in and consented in the browser (RFC 6749 section 4.1).
    AuthorizationCode,
    /// The user allowed a device authorization request (RFC 8628).
    DeviceCode,
    /// The user entered the password in the application (RFC 6749 section 4.3).
    Password,
}

impl GrantOrigin {
    const ALL: [Self; 3] = [Self::AuthorizationCode, Self::DeviceCode, Self::Password];

    /// The origin's stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::DeviceCode => "device_code",
            Self::Password => "password",
        }
    }

    /// The origin with the stable name `text`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.as_str() == text)
    }
}

/// The record of a user token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserToken {
    /// The fields that every token record has. `current` is always false, because a grant of a user mints a new token each time.
    pub record: TokenRecord,
    /// The user's name within the user store.
    pub user: UserName,
    /// The grant to which the token belongs.
    pub grant: GrantId,
}

/// The record of an authorization code (RFC 6749 section 4.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationCode {
    /// The user who consented.
    pub user: UserName,
    /// The client that may exchange the code.
    pub consumer_key: ConsumerKey,
    /// The redirect URI to which the code was sent.
    pub redirect_uri: RedirectUri,
    /// The scopes to which the user consented.
    pub scopes: Option<Scopes<'static>>,
    /// The `code_challenge` of method `S256` (RFC 7636 section 4.2).
    pub challenge: String,
    /// When the code expires.
    pub expires_at: UnixSeconds,
    /// The grant that the code was exchanged for; `None` until then.
    pub grant: Option<GrantId>,
}

/// A recorded consent: the user is not asked again for these scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The client.
    pub consumer_key: ConsumerKey,
    /// The scopes to which the user consented.
    pub scopes: Option<Scopes<'static>>,
    /// When the user consented.
    pub given_at: UnixSeconds,
}

/// The state of a browser in which a user has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The user's name within the user store.
    pub user: UserName,
    /// When the user signed in.
    pub created_at: UnixSeconds,
    /// When the session was last used, to the minute.
    pub seen_at: UnixSeconds,
}

/// The id of a session for administrators: `se_` and 20 characters. It comes from the hash of the session's secret, and is not secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct SessionId(String);

impl SessionId {
    const PREFIX: &str = "se_";

    /// The id of the session with this hash.
    pub fn of(hash: &HashedSecret) -> Self {
        let digits: Vec<String> = hash.as_bytes().iter().take(10).map(|byte| format!("{byte:02x}")).collect();
        Self(format!("{}{}", Self::PREFIX, digits.concat()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SessionId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        check_id(text, Self::PREFIX)?;
        Ok(Self(text.to_owned()))
    }
}

/// The record of a refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// The grant that the token renews.
    pub grant: UserGrant,
    /// When the token was issued.
    pub issued_at: UnixSeconds,
    /// When the token was first exchanged for a successor; `None` while it was not.
    pub spent_at: Option<UnixSeconds>,
    /// When the token was replaced without having been used, because its parent was used again; `None` while it was not.
    pub superseded_at: Option<UnixSeconds>,
    /// Whether the grant's current refresh token is an unused successor of this token or, if this token was superseded, of its parent: then
    /// no client has used a later token, and this token may belong to a client whose answer was lost.
    pub successor_unused: bool,
}

impl RefreshToken {
    /// When the token was used or superseded; `None` for the current refresh token of its grant.
    pub fn replaced_at(&self) -> Option<UnixSeconds> {
        self.spent_at.or(self.superseded_at)
    }
}
