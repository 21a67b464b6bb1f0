//! Errors about users, user stores and directories.

use postern_directories::ldap::DirectoryError;
use postern_directories::openid_connect::ProviderError;
use postern_directories::password::PasswordError;
use postern_directories::password_rules::PasswordProblems;
use postern_model::{UserId, UserStoreName};
use thiserror::Error;

/// Why an operation on a user, or by one, did not succeed.
#[derive(Debug, Error)]
pub enum UserError {
    /// The user is unknown or locked, or the password is wrong; the error does not say which.
    #[error("the user is unknown or the password is wrong")]
    WrongCredentials,
    /// Too many guesses were wrong: the caller must wait. The guess was not verified.
    #[error("too many attempts failed: wait {seconds} seconds")]
    Throttled {
        /// The seconds to wait.
        seconds: u64,
    },
    /// Too many guesses in a row were wrong for the account, from all addresses together. The guess was not verified, and waiting does not
    /// help.
    #[error(
        "too many attempts in a row failed for this account: sign in with a browser in which the user has signed in before, or ask an administrator to unlock the user"
    )]
    TooManyFailures,
    /// The session does not exist or has ended.
    #[error("no user is signed in: the session has ended")]
    NoSession,
    /// The store has no user with this name.
    #[error("there is no user `{0}`")]
    NoSuchUser(UserId),
    /// The store has a user with this name.
    #[error("the user `{0}` already exists: choose another name")]
    UserExists(UserId),
    /// No store with this name is configured.
    #[error("there is no user store `{0}`: the `user_store` entries of the configuration name those that exist")]
    NoSuchStore(UserStoreName),
    /// A store that has issued tokens is missing from the configuration, and its tables are not in the main database.
    #[error(
        "the user store `{0}` has a database of its own, which the configuration does not name: restore its `user_store` entry"
    )]
    NotConfigured(UserStoreName),
    /// A store's tables are in another database than the configuration says.
    #[error("the tables of the user store `{0}` are not in the database that the configuration names: restore its `database`")]
    Moved(UserStoreName),
    /// The store's directory is the authority on passwords and roles.
    #[error("the users of `{0}` are managed in its directory: change them there")]
    KeptElsewhere(UserStoreName),
    /// A new password breaks the password rules.
    #[error(transparent)]
    Password(#[from] PasswordProblems),
    /// The new password is the present one.
    #[error("the password is the present one: choose another")]
    SamePassword,
    /// A password could not be hashed or verified.
    #[error(transparent)]
    Hash(#[from] PasswordError),
    /// A directory did not answer, or not as expected.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// An identity provider did not tell who signs in.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The store has no identity provider.
    #[error("users of `{0}` do not sign in with an identity provider")]
    NoProvider(UserStoreName),
    /// A response of an identity provider belongs to no sign-in of this browser, or to one that has expired or was completed.
    #[error("the sign-in is not of this browser, has expired, or was completed before: begin it again")]
    StaleSignIn,
    /// The identity provider refuses the sign-in (RFC 6749 section 4.1.2.1).
    #[error("the identity provider refuses the sign-in: {0}")]
    SignInRefused(SignInRefusal),
    /// Another user of the store has the name.
    #[error("another user of the store has the name `{0}`")]
    NameTaken(UserId),
    /// The user is locked.
    #[error("the user `{0}` is locked")]
    Locked(UserId),
    /// The code of the second factor is not right; the error does not say why.
    #[error("the code is wrong, has expired, or was used before")]
    WrongCode,
    /// No one may set up a second factor.
    #[error("second factors are turned off: an administrator can change the setting `second_factor`")]
    SecondFactorOff,
    /// Everyone must have a second factor.
    #[error(
        "the second factor cannot be removed, because the setting `second_factor` is `required`: an administrator can reset the second factor, or change the setting"
    )]
    SecondFactorRequired,
    /// The user has a second factor already.
    #[error("the user has a second factor already: remove it first")]
    SecondFactorExists,
    /// The user has no second factor.
    #[error("the user `{0}` has no second factor")]
    NoSecondFactor(UserId),
    /// The user has no such session.
    #[error("there is no such session: it has ended")]
    NoSuchSession,
    /// The application has no access to the account of the user.
    #[error("the application has no access to the user's account")]
    NoAccess,
    /// The user has no such grant.
    #[error("there is no such grant")]
    NoSuchGrant,
}

/// Why an identity provider refuses a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignInRefusal {
    /// The person, or the provider's rules, refused (`access_denied`).
    #[error("access was denied")]
    Denied,
    /// The provider cannot do it at the moment (`temporarily_unavailable`, `server_error`).
    #[error("the provider is not available")]
    Unavailable,
    /// The provider finds fault with the request: it or the issuer is configured wrongly.
    #[error("the provider does not accept the request: check the client in the provider's configuration")]
    Request,
}

impl SignInRefusal {
    /// The refusal that an error code means.
    pub(crate) fn of(code: &str) -> Self {
        match code {
            "access_denied" | "login_required" | "consent_required" | "interaction_required" | "account_selection_required" => {
                Self::Denied
            }
            "temporarily_unavailable" | "server_error" => Self::Unavailable,
            _ => Self::Request,
        }
    }
}
