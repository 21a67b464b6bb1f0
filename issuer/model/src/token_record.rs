//! Token records: what the database keeps of a token, which is never the token itself.

use postern_token::{Identifier, KeyType, Kid, Kind, Scopes, Subscriptions, UnixSeconds};
use serde::Serialize;

use super::{ApplicationId, ConsumerKey, Restrictions, StatusIndex};
use postern_secrets::{Entropy, EntropyError, random_name, sortable};

/// The record of a minted token. Without the signing key, a record cannot be turned into a usable token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// The token's id, its `jti`.
    pub id: TokenId,
    /// The application that the token was minted for.
    pub application: ApplicationId,
    /// The client that the token was minted for.
    pub consumer_key: ConsumerKey,
    /// Whether the token stands for an application or for a user.
    pub kind: Kind,
    /// The environment.
    pub key_type: KeyType,
    /// How the token was obtained.
    pub obtained: Obtained,
    /// The restrictions and scopes of the token.
    pub restrictions: Restrictions,
    /// When the token was minted.
    pub issued_at: UnixSeconds,
    /// When the token expires; `None` means never.
    pub expires_at: Option<UnixSeconds>,
    /// Whether the token has been replaced or revoked.
    pub state: TokenState,
    /// The id of the key that signed the token.
    pub kid: Kid<'static>,
    /// The location of the token's status bit; `None` for tokens that were minted before status lists existed.
    pub status: Option<StatusIndex>,
    /// The subscriptions of the token, from which the token can be recreated; `None` for tokens that were minted before
    /// subscriptions were recorded.
    pub apis: Option<Subscriptions<'static>>,
    /// Whether this is the current token of its combination (client, kind, scopes), which a grant returns again.
    pub current: bool,
    /// The actor who had the token minted, as [`super::Actor`] formats itself.
    pub minted_by: Option<String>,
}

impl TokenRecord {
    /// The scopes of the token; `None` means no scope.
    pub const fn scopes(&self) -> Option<&Scopes<'static>> {
        self.restrictions.scopes.as_ref()
    }
}

/// The id of a token, its `jti`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct TokenId(Identifier<'static>);

impl TokenId {
    /// Generates an id: 7 characters for the current second, and 22 random characters (110 bits).
    ///
    /// Ids sort by the time of their creation, so that an insertion touches only the last page of a database index.
    pub fn generate(now: UnixSeconds, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let text = format!("{}{}", sortable(now.0), random_name(entropy, 22)?);
        Identifier::parse(text).map(Self).map_err(|_| EntropyError)
    }

    /// Parses a stored id.
    pub fn parse(text: String) -> Option<Self> {
        Identifier::parse(text).ok().map(Self)
    }

    /// The id as a claim.
    pub const fn identifier(&self) -> &Identifier<'static> {
        &self.0
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// How a token was obtained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Obtained {
    /// Minted together with its key set, by a member or the operator.
    Generated,
    /// Minted to replace the generated token, by a member or the operator.
    Regenerated,
    /// Through the client credentials grant (RFC 6749 section 4.4).
    ClientCredentials,
    /// For a user, through the authorization code grant (RFC 6749 section 4.1).
    AuthorizationCode,
    /// For a user, with a refresh token (RFC 6749 section 6).
    RefreshToken,
    /// For a user, through the device authorization grant (RFC 8628).
    DeviceCode,
    /// For a user, with the user's password (RFC 6749 section 4.3).
    Password,
}

impl Obtained {
    const ALL: [Self; 7] = [
        Self::Generated,
        Self::Regenerated,
        Self::ClientCredentials,
        Self::AuthorizationCode,
        Self::RefreshToken,
        Self::DeviceCode,
        Self::Password,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Generated => "generated",
            Self::Regenerated => "regenerated",
            Self::ClientCredentials => "client_credentials",
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::DeviceCode => "device_code",
            Self::Password => "password",
        }
    }

    /// The variant with the stable name `text`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|obtained| obtained.as_str() == text)
    }
}

/// Whether a token has been replaced or revoked, regardless of its expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// Neither replaced nor revoked.
    Active,
    /// Invalid: another token was minted in its place.
    Replaced,
    /// Invalid: revoked by a member, a user, a client or the issuer.
    Revoked,
}

impl TokenState {
    const ALL: [Self; 3] = [Self::Active, Self::Replaced, Self::Revoked];

    /// The state's stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Replaced => "replaced",
            Self::Revoked => "revoked",
        }
    }

    /// The state with the stable name `text`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}
