//! Initial access tokens, with which clients register themselves (RFC 7591 section 3).

use std::str::FromStr;

use postern_token::{Identifier, UnixSeconds};
use serde::Serialize;

use super::{IdError, MemberName, check_id};
use postern_secrets::{Entropy, EntropyError, random_name};

/// The record of an initial access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationToken {
    /// The id, which is not secret.
    pub id: RegistrationTokenId,
    /// The owner of the clients that are registered with the token; `None` means that they belong to the administrators.
    pub owner: Option<MemberName>,
    /// A description of the token's purpose, for people.
    pub description: String,
    /// The number of clients that may still be registered with the token.
    pub registrations: u64,
    /// When the token was created.
    pub created_at: UnixSeconds,
    /// When the token expires; `None` means never.
    pub expires_at: Option<UnixSeconds>,
}

impl RegistrationToken {
    /// The maximum number of registrations of a new token.
    pub const MAX_REGISTRATIONS: u64 = 1_000_000;

    /// Whether a client may be registered with the token at `now`.
    pub fn is_usable(&self, now: UnixSeconds) -> bool {
        self.registrations > 0 && self.expires_at.is_none_or(|expires_at| expires_at > now)
    }
}

/// The id of an initial access token: `reg_` and 16 random characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RegistrationTokenId(Identifier<'static>);

impl RegistrationTokenId {
    const PREFIX: &str = "reg_";

    /// Generates a random id.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let text = format!("{}{}", Self::PREFIX, random_name(entropy, 16)?);
        Identifier::parse(text).map(Self).map_err(|_| EntropyError)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for RegistrationTokenId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        check_id(text, Self::PREFIX)?;
        super::owned_identifier(text).map(Self).map_err(|_| IdError::Character)
    }
}
