//! Initial access tokens: who may register clients (RFC 7591 section 3).

use std::str::FromStr;

use postern_token::{Identifier, UnixSeconds};
use serde::Serialize;

use super::{IdError, MemberName, check_id};
use postern_secrets::{Entropy, EntropyError, random_name};

/// What is known of an initial access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationToken {
    /// Its id, which is no secret.
    pub id: RegistrationTokenId,
    /// Whose the clients are that are registered with it; `None` means the administrators'.
    pub owner: Option<MemberName>,
    /// What it is for.
    pub description: String,
    /// How many clients may still be registered with it.
    pub registrations: u64,
    /// When it was created.
    pub created_at: UnixSeconds,
    /// When it runs out; `None` means never.
    pub expires_at: Option<UnixSeconds>,
}

impl RegistrationToken {
    /// The most clients that one may be good for.
    pub const MAX_REGISTRATIONS: u64 = 1_000_000;

    /// Whether a client may be registered with it at `now`.
    pub fn counts(&self, now: UnixSeconds) -> bool {
        self.registrations > 0 && self.expires_at.is_none_or(|expires_at| expires_at > now)
    }
}

/// The id of an initial access token: `reg_` and 16 random characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct RegistrationTokenId(Identifier<'static>);

impl RegistrationTokenId {
    const PREFIX: &str = "reg_";

    /// A new random id.
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
