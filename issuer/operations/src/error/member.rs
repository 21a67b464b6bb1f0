//! Errors about members, their personal access tokens, and initial access tokens.

use postern_model::{MemberName, PersonalAccessTokenId, RegistrationToken, RegistrationTokenId, UserId};
use thiserror::Error;

/// Why an operation on a member, or by one, did not succeed.
#[derive(Debug, Error)]
pub enum MemberError {
    /// No member has this name.
    #[error("there is no member `{0}`")]
    NotFound(MemberName),
    /// A member with this name exists.
    #[error("the member `{0}` already exists: choose another name")]
    AlreadyExists(MemberName),
    /// The issuer must keep at least one administrator.
    #[error("`{0}` is the last administrator: make another member an administrator first")]
    LastAdministrator(MemberName),
    /// Another member signs in with this account.
    #[error("another member has the account `{0}`: an account belongs to one member")]
    AccountTaken(UserId),
    /// A user would become a member whose name another member has.
    #[error(
        "`{account}` would become the member `{name}`, but there is another member `{name}`: change the account of that member to `{account}`, or create a member with another name and this account"
    )]
    NameTaken {
        /// The name.
        name: MemberName,
        /// The account of the user.
        account: UserId,
    },
    /// A user's name cannot be the name of a member.
    #[error(
        "the user name of `{0}` cannot be a member's name (1 to 64 characters: lower-case letters, digits, `.`, `_`, `-`, `@`): create a member with another name and this account"
    )]
    UnusableName(UserId),
    /// Users do not become developers by themselves.
    #[error("users do not become developers by themselves here: ask an administrator")]
    RegistrationOff,
    /// Too many users wait to become developers.
    #[error("too many users wait to become developers: ask an administrator to decide about them")]
    TooManyRequests,
    /// The user has not asked to become a developer.
    #[error("`{0}` has not asked to become a developer")]
    NoSuchRequest(UserId),
    /// The signed-in user is no member.
    #[error("`{0}` is not the account of a member: an administrator can link it to one")]
    NotAMember(UserId),
    /// The personal access token is unknown or expired, or its member was removed; the error does not say which.
    #[error("the personal access token is unknown or has expired")]
    InvalidCredential,
    /// The member has no personal access token with this id.
    #[error("there is no personal access token `{}`", .0.as_str())]
    PersonalTokenNotFound(PersonalAccessTokenId),
    /// A personal access token would expire later than the one that creates it.
    #[error(
        "the new personal access token would expire later than the one that you use: choose an earlier expiry, or use a token that expires later"
    )]
    OutlivesItsCreator,
}

/// Why an operation on an initial access token (RFC 7591 section 3), or with one, did not succeed.
#[derive(Debug, Error)]
pub enum InitialAccessTokenError {
    /// No initial access token has this id, or the actor may not see it.
    #[error("there is no initial access token `{}`", .0.as_str())]
    NotFound(RegistrationTokenId),
    /// The number of registrations is out of range.
    #[error("an initial access token must allow 1 to {} registrations", RegistrationToken::MAX_REGISTRATIONS)]
    RegistrationsOutOfRange,
    /// The initial access token is unknown, used up or expired, or its owner may not have applications; the error does not say which.
    #[error("the initial access token is unknown, used up, or has expired")]
    Invalid,
}
