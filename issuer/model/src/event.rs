//! Security events: attempts that the issuer refused.

use std::net::IpAddr;

use postern_token::UnixSeconds;

use super::network;

/// What was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventName {
    /// A sign-in of a user, at the page or with the password grant.
    SignIn,
    /// A change of a user's own password, because the current one was wrong.
    PasswordChange,
    /// The user code of a device.
    UserCode,
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
    const ALL: [Self; 7] =
        [Self::SignIn, Self::PasswordChange, Self::UserCode, Self::Client, Self::Registration, Self::Management, Self::Edge];

    /// The event's stable name: `OBJECT.refused`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in.refused",
            Self::PasswordChange => "password_change.refused",
            Self::UserCode => "user_code.refused",
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
    /// The caller's address; in a flood, its /64 network of IPv6, or `*` for further addresses.
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

    /// The network of the source as text: an IPv4 address, or a network of IPv6 such as `2001:db8::/64`. A source that is no address is its own
    /// network.
    pub fn network(&self) -> String {
        self.source.as_deref().map(network_of).unwrap_or_default()
    }
}

/// The network of a source; see [`SecurityEvent::network`].
pub fn network_of(source: &str) -> String {
    match source.parse().map(network) {
        Ok(IpAddr::V4(address)) => address.to_string(),
        Ok(IpAddr::V6(network)) => format!("{network}/64"),
        Err(_) => source.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_a_network() {
        for (source, expected) in [
            ("192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::/64", "2001:db8:1:2::/64"),
            ("*", "*"),
            ("", ""),
        ] {
            assert_eq!(network_of(source), expected);
        }
    }
}
