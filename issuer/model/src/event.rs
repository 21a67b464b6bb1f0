//! Security events: attempts that the issuer refused.

use postern_token::UnixSeconds;

use super::{NetworkSize, networks_of};

/// What was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventName {
    /// A sign-in of a user, at the page or with the password grant.
    SignIn,
    /// A change of a user's own password, because the current one was wrong.
    PasswordChange,
    /// The user code of a device.
    UserCode,
    /// The code of a second factor.
    SecondFactor,
    /// The authentication of a client.
    Client,
    /// The registration of a client, because of its initial access token.
    Registration,
    /// A call of the management API.
    Management,
    /// An edge that asked for its bundle.
    Edge,
}

impl EventName {
    const ALL: [Self; 8] = [
        Self::SignIn,
        Self::PasswordChange,
        Self::UserCode,
        Self::SecondFactor,
        Self::Client,
        Self::Registration,
        Self::Management,
        Self::Edge,
    ];

    /// The event's stable name: `OBJECT.refused`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in.refused",
            Self::PasswordChange => "password_change.refused",
            Self::UserCode => "user_code.refused",
            Self::SecondFactor => "second_factor.refused",
            Self::Client => "client.refused",
            Self::Registration => "registration.refused",
            Self::Management => "management.refused",
            Self::Edge => "edge.refused",
        }
    }

    /// The event with the stable name `text`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == text)
    }
}

/// Refused attempts of the same kind, from the same address, about the same subject, within an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityEvent {
    /// The event's number; later events have larger numbers.
    pub number: u64,
    /// What was refused.
    pub event: EventName,
    /// The reason: a stable name such as `wrong_credentials`.
    pub reason: String,
    /// The caller's address; in a flood, one of its networks (see [`networks_of`]), or `*` for further addresses.
    pub source: Option<String>,
    /// The user, client or member that was tried, if the text has the form of one; `*` stands for further ones in a flood.
    pub subject: Option<String>,
    /// The time of the first attempt in this hour.
    pub first_at: UnixSeconds,
    /// The time of the last attempt in this hour.
    pub last_at: UnixSeconds,
    /// The number of attempts in this hour.
    pub times: u64,
}

impl SecurityEvent {
    /// Stands for every further source or subject, after there are too many to record each.
    pub const MANY: &str = "*";

    /// The networks of the source, the narrowest first: at least one.
    pub fn networks(&self) -> Vec<(NetworkSize, String)> {
        networks_of(self.source.as_deref().unwrap_or_default())
    }

    /// The narrowest network of the source.
    pub fn network(&self) -> String {
        self.networks().into_iter().next().map(|(_, network)| network).unwrap_or_default()
    }

    /// The same event counted together with others: from `source`, without its subject.
    #[must_use]
    pub fn counted_with(&self, source: Option<String>) -> Self {
        Self { source, subject: Some(Self::MANY.to_owned()), ..self.clone() }
    }
}
