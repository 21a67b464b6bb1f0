//! What is kept of a token: everything about it but the token itself.

use postern_token::{Identifier, KeyType, Kid, Kind, Scopes, Subscriptions, UnixSeconds};
use serde::Serialize;

use super::{ApplicationId, ConsumerKey, Restrictions, StatusIndex};
use postern_secrets::{Entropy, EntropyError, random_name, sortable};

/// The record of a minted token. From it the token can be found again, and never be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// The token's own name, its `jti`.
    pub id: TokenId,
    /// The application that it was minted for.
    pub application: ApplicationId,
    /// The client that it was minted for.
    pub consumer_key: ConsumerKey,
    /// Whom it stands for.
    pub kind: Kind,
    /// What it is for.
    pub key_type: KeyType,
    /// How it came to be.
    pub obtained: Obtained,
    /// What it may do.
    pub restrictions: Restrictions,
    /// When it was minted.
    pub issued_at: UnixSeconds,
    /// When it runs out; `None` means never.
    pub expires_at: Option<UnixSeconds>,
    /// Whether it still counts.
    pub state: TokenState,
    /// The key that signed it.
    pub kid: Kid<'static>,
    /// Where edges look up whether it lives; `None` in tokens that were minted before there were status lists.
    pub status: Option<StatusIndex>,
    /// The subscriptions that it holds. With them it can be made again. `None` in tokens that were minted before they were recorded.
    pub apis: Option<Subscriptions<'static>>,
    /// Whether it is the one of its combination that grants answer with.
    pub current: bool,
    /// Who had it minted, as [`super::Actor`] writes itself.
    pub minted_by: Option<String>,
}

impl TokenRecord {
    /// The scopes that it holds.
    pub const fn scopes(&self) -> Option<&Scopes<'static>> {
        self.restrictions.scopes.as_ref()
    }
}

/// The name of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct TokenId(Identifier<'static>);

impl TokenId {
    /// A new name: the second in which it was drawn, 7 characters, and 22 random ones, 110 bits. Names that are drawn one after the other stand
    /// beside each other in an index, so that a new one touches no page of it that an old one needed.
    pub fn generate(now: UnixSeconds, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let text = format!("{}{}", sortable(now.0), random_name(entropy, 22)?);
        Identifier::parse(text).map(Self).map_err(|_| EntropyError)
    }

    /// The name that was kept as `text`.
    pub fn parse(text: String) -> Option<Self> {
        Identifier::parse(text).ok().map(Self)
    }

    /// The name as a claim.
    pub const fn identifier(&self) -> &Identifier<'static> {
        &self.0
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// How a token came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Obtained {
    /// With its key set, by the application's owner.
    Generated,
    /// Again, by the application's owner.
    Regenerated,
    /// By the application, through the client credentials grant (RFC 6749 section 4.4).
    ClientCredentials,
    /// By the application for a user, through the authorization code grant (section 4.1).
    AuthorizationCode,
    /// The same, through a refresh token (section 6).
    RefreshToken,
    /// The same, through the device authorization grant (RFC 8628).
    DeviceCode,
    /// The same, with the user's password (RFC 6749 section 4.3).
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

    /// The word for it.
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

    /// What the word `text` stands for.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|obtained| obtained.as_str() == text)
    }
}

/// Whether a token counts, its expiry aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenState {
    /// It does.
    Active,
    /// It does not: another one was minted in its place.
    Replaced,
    /// It does not: somebody took it back.
    Revoked,
}

impl TokenState {
    const ALL: [Self; 3] = [Self::Active, Self::Replaced, Self::Revoked];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Replaced => "replaced",
            Self::Revoked => "revoked",
        }
    }

    /// What the word `text` stands for.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}
