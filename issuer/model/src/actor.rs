//! Who does something, as the audit log has it.

use std::fmt;

use super::{ConsumerKey, MemberName, Role, UserId};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Whoever has the database itself, on the command line.
    Operator,
    /// A member, through the management API.
    Member(MemberName, Role),
    /// A client, at the endpoints for clients.
    Client(ConsumerKey),
    /// A user, on the pages for users.
    User(UserId),
    /// Somebody who is nobody that is known.
    Stranger,
    /// The issuer, by a rule that somebody set.
    Issuer,
}

impl Actor {
    /// What somebody may do who is not bound to applications of their own.
    pub const fn role(&self) -> Option<Role> {
        match self {
            Self::Operator | Self::Issuer => Some(Role::Administrator),
            Self::Member(_, role) => Some(*role),
            Self::Client(_) | Self::User(_) | Self::Stranger => None,
        }
    }
}

/// `operator`, `member:NAME`, `client:CONSUMER-KEY`, `user:NAME@STORE`, `stranger` or `issuer`.
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
