//! Why something that concerns a user did not happen.

use thiserror::Error;

use postern_directories::ldap::DirectoryError;
use postern_directories::password::PasswordError;
use postern_directories::password_rules::PasswordProblems;
use postern_model::{UserId, UserStoreName};

/// Why something that concerns a user did not happen; nothing of it did.
#[derive(Debug, Error)]
pub enum UserError {
    /// The user is unknown or locked, or the password is wrong: which of them is not told.
    #[error("the user is unknown or the password is wrong")]
    WrongCredentials,
    /// Nobody is signed in there, or not any more.
    #[error("nobody is signed in")]
    NoSession,
    /// The store knows no user of that name.
    #[error("there is no user `{0}`")]
    NoSuchUser(UserId),
    /// There is one of that name.
    #[error("there is a user `{0}` already: choose another name")]
    UserExists(UserId),
    /// No store of that name is configured.
    #[error("there is no user store `{0}`: the configuration's `user_store` entries name them")]
    NoSuchStore(UserStoreName),
    /// A store that has tokens on record is not configured.
    #[error(
        "the user store `{0}` has a database of its own, and the configuration does not say which: put its `user_store` entry back"
    )]
    NotConfigured(UserStoreName),
    /// A store's tables are in another database than the configuration says.
    #[error(
        "the user store `{0}` has its tables in another database than the configuration says: put its `database` back as it was"
    )]
    Moved(UserStoreName),
    /// The store does not keep its users' passwords and roles.
    #[error("the users of `{0}` are kept in a directory of its own: change them there")]
    KeptElsewhere(UserStoreName),
    /// A new password is not good enough.
    #[error(transparent)]
    Password(#[from] PasswordProblems),
    /// The password could not be looked at.
    #[error(transparent)]
    Hash(#[from] PasswordError),
    /// The directory of a store could not be asked.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The user has given no such grant.
    #[error("there is no such grant")]
    NoSuchGrant,
}
