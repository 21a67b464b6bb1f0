//! Users and user stores.

use std::fmt;
use std::str::FromStr;

use postern_token::{Identifier, UnixSeconds};
use serde::Serialize;
use thiserror::Error;

/// The name of a user store, the part of a user id after the last `@`.
///
/// It is 1 to 32 lower-case letters, digits, `.` and `-`. The first character is a letter, the last a letter or a digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct UserStoreName(String);

/// The text is not a user store's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "a user store's name is 1 to 32 lower-case letters, digits, `.` and `-`; it begins with a letter and ends with a letter or a digit"
)]
pub struct UserStoreNameError;

impl UserStoreName {
    /// The default user store, which exists if none is configured.
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
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.' || byte == b'-';
        let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        let last = text.bytes().last().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if text.len() <= 32 && first && last && text.bytes().all(allowed) {
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

/// A user's name within a store: 1 to 64 ASCII letters, digits and `. _ + - @`.
///
/// The first character is a letter or a digit, and the last is not `@`. Parsing converts the name to lower case, because
/// directories do not distinguish case either.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct UserName(String);

/// The text is not a user's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a user's name is 1 to 64 ASCII letters, digits, `.`, `_`, `+`, `-` and `@`, and begins with a letter or a digit")]
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
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-@".contains(&byte);
        let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        let valid = text.len() <= 64 && first && !text.ends_with('@') && text.bytes().all(allowed);
        if valid { Ok(Self(text.to_ascii_lowercase())) } else { Err(UserNameError) }
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A user's id, `NAME@STORE`, such as `alice@partners`. It is the `sub` of the user's tokens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserId {
    /// The user's name within the store.
    pub name: UserName,
    /// The store.
    pub store: UserStoreName,
}

/// The text is not a user's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a user's id is a name, `@`, and a user store's name, such as `alice@local`")]
pub struct UserIdError;

impl UserId {
    /// The id as a claim. Fails if the id does not fit into an [`Identifier`].
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

/// A role of a user, to which scopes can be bound: 1 to 64 ASCII letters, digits and `. _ -`. Case is significant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct UserRole(String);

/// The text is not a user's role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a role is 1 to 64 ASCII letters, digits, `.`, `_` and `-`")]
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
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let valid = !text.is_empty() && text.len() <= 64 && text.bytes().all(allowed);
        if valid { Ok(Self(text.to_owned())) } else { Err(UserRoleError) }
    }
}

impl fmt::Display for UserRole {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A user's record in a user store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user's name within the store.
    pub name: UserName,
    /// Whether the user may sign in.
    pub state: UserState,
    /// The user's roles, sorted.
    pub roles: Vec<UserRole>,
    /// When the user's record was created.
    pub created_at: UnixSeconds,
    /// When the current password was set; `None` if an external directory holds the password.
    pub password_set_at: Option<UnixSeconds>,
    /// Whether the user must choose another password at the next sign-in, because an administrator knows the current one.
    pub must_change_password: bool,
    /// When the second factor was set up; `None` if the user has none.
    pub second_factor_at: Option<UnixSeconds>,
}

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum UserState {
    /// The user may sign in.
    Active,
    /// The user may not sign in. Locking ended the user's sessions and grants and revoked the user's tokens.
    Locked,
}

impl UserState {
    /// The state's stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Locked => "locked",
        }
    }

    /// The state with the stable name `text`.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Locked].into_iter().find(|state| state.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_at_sign_separates_the_name_from_the_store() {
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
    fn store_names_and_roles_have_a_restricted_alphabet() {
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
