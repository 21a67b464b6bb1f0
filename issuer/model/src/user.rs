//! Users: the people that user tokens stand for, and the stores that know them.

use std::fmt;
use std::str::FromStr;

use postern_token::{Identifier, UnixSeconds};
use serde::Serialize;
use thiserror::Error;

/// A user store's name, the part behind the `@` of its users' ids: 1 to 32 lower-case letters, digits, points and hyphens that begin with a
/// letter and end with a letter or a digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct UserStoreName(String);

/// A text is no name of a user store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "a user store's name is 1 to 32 lower-case letters, digits, `.` and `-`; the first is a letter, the last a letter or a digit"
)]
pub struct UserStoreNameError;

impl UserStoreName {
    /// The store that there is where none is configured.
    pub fn local() -> Self {
        Self("local".to_owned())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserStoreName {
    type Err = UserStoreNameError;

    fn from_str(text: &str) -> Result<Self, UserStoreNameError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.' || byte == b'-';
        let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        let last = text.bytes().last().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if text.len() <= 32 && first && last && text.bytes().all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(UserStoreNameError)
        }
    }
}

impl fmt::Display for UserStoreName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A user's name within a store: 1 to 64 letters, digits and `. _ + - @`, kept in lower case, as directories do not tell cases apart either.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct UserName(String);

/// A text is no name of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "a user's name is 1 to 64 letters, digits and `.`, `_`, `+`, `-`, `@`, none but ASCII, and begins with a letter or a digit"
)]
pub struct UserNameError;

impl UserName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserName {
    type Err = UserNameError;

    fn from_str(text: &str) -> Result<Self, UserNameError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-@".contains(&byte);
        let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        let sound = text.len() <= 64 && first && !text.ends_with('@') && text.bytes().all(plain);
        if sound { Ok(Self(text.to_ascii_lowercase())) } else { Err(UserNameError) }
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A user of a store: `alice@partners`. It is the subject of the user's tokens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId {
    /// The user's name within the store.
    pub name: UserName,
    /// The store.
    pub store: UserStoreName,
}

/// A text is no user's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a user's id is a name, `@`, and a user store's name, such as `alice@local`")]
pub struct UserIdError;

impl UserId {
    /// The id as a claim.
    pub fn identifier(&self) -> Result<Identifier<'static>, UserIdError> {
        Identifier::parse(self.to_string()).map_err(|_| UserIdError)
    }
}

impl FromStr for UserId {
    type Err = UserIdError;

    fn from_str(text: &str) -> Result<Self, UserIdError> {
        let (name, store) = text.rsplit_once('@').ok_or(UserIdError)?;
        let (name, store) = (name.parse().map_err(|_| UserIdError)?, store.parse().map_err(|_| UserIdError)?);
        Ok(Self { name, store })
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.name, self.store)
    }
}

impl Serialize for UserId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a user is to an organisation. Scopes may be bound to roles: 1 to 64 letters, digits and `. _ -`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct UserRole(String);

/// A text is no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a role is 1 to 64 letters, digits and `.`, `_`, `-`, none but ASCII")]
pub struct UserRoleError;

impl UserRole {
    /// The role as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserRole {
    type Err = UserRoleError;

    fn from_str(text: &str) -> Result<Self, UserRoleError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let sound = !text.is_empty() && text.len() <= 64 && text.bytes().all(plain);
        if sound { Ok(Self(text.to_owned())) } else { Err(UserRoleError) }
    }
}

impl fmt::Display for UserRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A user as a store knows one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The name within the store.
    pub name: UserName,
    /// Whether the user may sign in.
    pub state: UserState,
    /// What the user is, in order.
    pub roles: Vec<UserRole>,
    /// When the user came to be known here.
    pub created_at: UnixSeconds,
    /// When the password was set that counts; `None` where another directory keeps it.
    pub password_set_at: Option<UnixSeconds>,
}

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UserState {
    /// Yes.
    Active,
    /// No, and all that the user had given or been given ended.
    Locked,
}

impl UserState {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Locked => "locked",
        }
    }

    /// What the word `text` stands for.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Locked].into_iter().find(|state| state.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_at_parts_a_name_from_its_store() {
        let id: UserId = "Alice@Example.com@partners".parse().unwrap();
        assert_eq!((id.name.as_str(), id.store.as_str()), ("alice@example.com", "partners"));
        assert_eq!(id.to_string(), "alice@example.com@partners");
        for bad in [
            "",
            "alice",
            "@partners",
            "alice@",
            "alice@@partners",
            "alice@Partners",
            "al ice@partners",
            "al\"ice@partners",
            "\u{e9}@p",
        ] {
            assert!(bad.parse::<UserId>().is_err(), "`{bad}`");
        }
    }

    #[test]
    fn names_of_stores_and_roles_stay_plain() {
        for good in ["local", "p", "partners.example", "a-1"] {
            assert!(good.parse::<UserStoreName>().is_ok(), "`{good}`");
        }
        for bad in ["", "1a", "a.", "-a", "A", "a_b", "a\"b", &"a".repeat(33)] {
            assert!(bad.parse::<UserStoreName>().is_err(), "`{bad}`");
        }
        assert!("Order_editors.1".parse::<UserRole>().is_ok());
        for bad in ["", "a b", "a,b", "a\"", &"a".repeat(65)] {
            assert!(bad.parse::<UserRole>().is_err(), "`{bad}`");
        }
    }
}
