//! Actors: the people, programs and processes that the audit log names.

use std::fmt;

use super::{ConsumerKey, MemberName, Role, UserId};

/// The actor of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person who runs commands directly on the database.
    Operator,
    /// A member, through the management API.
    Member(MemberName, Role),
    /// A client, at the endpoints for clients.
    Client(ConsumerKey),
    /// A user, on the pages for users.
    User(UserId),
    /// An unauthenticated caller.
    Stranger,
    /// The issuer itself, when it starts or runs background tasks.
    Issuer,
}

impl Actor {
    /// The role that decides what the actor may do in the management API; `None` for clients, users and strangers.
    pub const fn role(&self) -> Option<Role> {
        match self {
            Self::Operator | Self::Issuer => Some(Role::Administrator),
            Self::Member(_, role) => Some(*role),
            Self::Client(_) | Self::User(_) | Self::Stranger => None,
        }
    }
}

/// Formats the actor for the audit log: `operator`, `member:NAME`, `client:CONSUMER-KEY`, `user:NAME@STORE`, `stranger` or
/// `issuer`.
impl fmt::Display for Actor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator => formatter.write_str("operator"),
            Self::Member(name, _) => write!(formatter, "member:{name}"),
            Self::Client(key) => write!(formatter, "client:{key}"),
            Self::User(id) => write!(formatter, "user:{id}"),
            Self::Stranger => formatter.write_str("stranger"),
            Self::Issuer => formatter.write_str("issuer"),
        }
    }
}
