//! Why an operation did not happen.

use postern_token::bundle::Problems;
use postern_token::{ApiReference, KeyType, SignError};
use thiserror::Error;

use crate::grants::GrantError;
use crate::users::UserError;
use postern_model::{
    ApplicationId, ConsumerSecretId, EdgeName, MemberName, PersonalAccessTokenId, RegistrationToken, RegistrationTokenId, Role,
    TierName,
};
use postern_secrets::EntropyError;
use postern_signing::GenerateError;
use postern_storage::StorageError;

/// Why an operation did not happen; nothing of it did. It never holds a secret.
#[derive(Debug, Error)]
pub enum Error {
    /// `init` on a database that has settings.
    #[error("the database is initialised already: choose another file with --database to start afresh")]
    AlreadyInitialised,
    /// Anything else on a database that has none.
    #[error("the database is not initialised: run `postern init` first")]
    NotInitialised,
    /// The signing key does not open.
    #[error("the master key does not open the signing key `{kid}`: give the master key that `postern init` used")]
    WrongMasterKey {
        /// The signing key's name.
        kid: String,
    },
    /// What is to be done needs the master key.
    #[error("the master key is missing: give it with --master-key-file, or in `POSTERN_MASTER_KEY`")]
    NoMasterKey,
    /// The one who acts has not the role.
    #[error("this needs the role `{}`", .needed.as_str())]
    Forbidden {
        /// A role that may.
        needed: Role,
    },
    /// It is not as the one who changes it thinks that it is.
    #[error("it was changed meanwhile: look at it again, and then change it")]
    Changed,
    /// Whoever approves has not said what of.
    #[error("look at the subscription before you approve of it: it may be at another tier by now")]
    Unseen,
    /// The list of a place that was taken is gone.
    #[error("the status list was forgotten")]
    StatusListGone,
    /// Tokens that never expire are forbidden.
    #[error("an administrator has forbidden tokens that never expire: choose a validity of 1 second or more")]
    ForeverForbidden,
    /// What an administrator decided makes no sense.
    #[error("{0}")]
    PolicyOutOfRange(&'static str),
    /// The application gets no tokens.
    #[error("the application `{0}` is blocked")]
    ApplicationBlocked(ApplicationId),
    /// The client may not use the grant.
    #[error("the client's keys do not have that grant type")]
    GrantNotAllowed,
    /// Something would run out before it begins.
    #[error("it would expire in the past")]
    ExpiresInThePast,
    /// A personal access token would count for longer than the one that makes it.
    #[error(
        "it would count for longer than the personal access token that you use: give it an earlier end, or use one that lasts longer"
    )]
    OutlivesItsMaker,
    /// As many secrets count as may.
    #[error("the application `{application}` has two {} secrets already: remove one before you make another", .key_type.as_str())]
    TooManySecrets {
        /// The application.
        application: ApplicationId,
        /// The type of keys.
        key_type: KeyType,
    },
    /// It is the only secret that counts.
    #[error("it is the only secret that counts: make another before you remove it")]
    LastSecret,
    /// The keys have no secret of that id.
    #[error("there is no secret `{}`", .0.as_str())]
    NoSuchSecret(ConsumerSecretId),
    /// No member has that name.
    #[error("there is no member `{0}`")]
    NoSuchMember(MemberName),
    /// A member of that name is there.
    #[error("there is a member `{0}` already: choose another name")]
    MemberExists(MemberName),
    /// Without administrators, nobody can do what only they may.
    #[error("`{0}` is the last administrator: make another member one first")]
    LastAdministrator(MemberName),
    /// The personal access token is unknown or over, or its member is gone: which of them is not told.
    #[error("the personal access token is unknown or has expired")]
    UnknownMember,
    /// The member has no personal access token of that id.
    #[error("there is no personal access token `{}`", .0.as_str())]
    NoSuchPersonalToken(PersonalAccessTokenId),
    /// There is no initial access token of that id, or none that this one may see.
    #[error("there is no initial access token `{}`", .0.as_str())]
    NoSuchRegistrationToken(RegistrationTokenId),
    /// An initial access token would be good for none, or for too many.
    #[error("an initial access token is good for 1 to {} registrations", RegistrationToken::MAX_REGISTRATIONS)]
    RegistrationsOutOfRange,
    /// The initial access token is unknown, used up or over, or its owner may not have applications: which of them is not told.
    #[error("the initial access token is unknown, used up, or has expired")]
    UnknownRegistrationToken,
    /// The same key came with another request.
    #[error("the idempotency key was used for another request: choose a new one for each request that is not a repetition")]
    KeyReused,
    /// No signing key has that name.
    #[error("there is no signing key `{0}`: `postern admin key list` shows them")]
    NoSuchKey(String),
    /// The signing key is gone.
    #[error("the signing key `{0}` is retired, and what is retired does not come back")]
    KeyRetired(String),
    /// The signing key is the one that signs.
    #[error("the signing key `{0}` is the one that signs: sign with another first, with `postern admin key sign`")]
    KeySigns(String),
    /// Tokens live that the signing key signed.
    #[error("the signing key `{kid}` signed tokens that live ({tokens} of them, {}): retire it after that, or with --force, which ends them now", how_long(*.seconds))]
    KeyInUse {
        /// The key's name.
        kid: String,
        /// How many tokens there are.
        tokens: u64,
        /// In how many seconds the last of them runs out; `None` means never.
        seconds: Option<u64>,
    },
    /// No key could be made.
    #[error(transparent)]
    GenerateKey(#[from] GenerateError),
    /// No application has that id.
    #[error("there is no application `{0}`: `postern admin application list` shows them")]
    NoSuchApplication(ApplicationId),
    /// No application has that id or name.
    #[error("there is no application of the id or the name `{0}`: `postern admin application list` shows them")]
    NoApplicationCalled(String),
    /// More than one application has that name.
    #[error("several applications are called `{name}`: give the id of the one you mean, which is one of {}", quoted(.ids))]
    SeveralApplications {
        /// The name.
        name: String,
        /// Their ids.
        ids: Vec<ApplicationId>,
    },
    /// No token has that id. What was given may have been the token itself, so it is not repeated.
    #[error("there is no token of that id: `postern token list` shows an application's tokens, each with its id as `jti`")]
    NoSuchToken,
    /// No API has that name and version.
    #[error("there is no API `{0}`: add it with `postern admin api add`")]
    NoSuchApi(ApiReference<'static>),
    /// No tier has that name.
    #[error("there is no tier `{tier}`: choose one of {}, or add it with `postern admin tier add`", quoted(.existing))]
    NoSuchTier {
        /// What was asked for.
        tier: TierName,
        /// The tiers that there are.
        existing: Vec<TierName>,
    },
    /// The API's document is wrong.
    #[error("the API cannot be added: {0}")]
    InvalidApi(Problems),
    /// An API of that name and version is there.
    #[error("there is an API `{0}` already: give the new one another `version`")]
    ApiExists(String),
    /// An API's name and version stay.
    #[error("the name and the version of `{0}` stay: add another API, and remove this one")]
    ApiRenamed(String),
    /// Applications are subscribed to the API.
    #[error(
        "{subscribers} applications are subscribed to `{api}`: end these subscriptions first, or use force, which ends them and revokes their tokens"
    )]
    ApiInUse {
        /// The API.
        api: ApiReference<'static>,
        /// How many there are.
        subscribers: usize,
    },
    /// Applications are subscribed at the tier.
    #[error("applications are subscribed at the tier `{0}`: change these subscriptions first")]
    TierInUse(TierName),
    /// Another API answers at the same place.
    #[error("the API `{existing}` answers at `{context}` already: choose another `context`, or other `hosts`")]
    ApiOverlaps {
        /// The other API.
        existing: String,
        /// The path that both would answer at.
        context: String,
    },
    /// A tier of that name is there.
    #[error("there is a tier `{0}` already")]
    TierExists(TierName),
    /// The application has a subscription for that API.
    #[error("the application `{application}` is subscribed to `{api}` already")]
    AlreadySubscribed {
        /// The application.
        application: ApplicationId,
        /// The API.
        api: ApiReference<'static>,
    },
    /// The application has no subscription for that API.
    #[error("the application `{application}` is not subscribed to `{api}`")]
    NotSubscribed {
        /// The application.
        application: ApplicationId,
        /// The API.
        api: ApiReference<'static>,
    },
    /// The application has such keys.
    #[error("the application `{application}` has {} keys already: use `postern token regenerate` for a new token, with --new-secret where the secret is lost", .key_type.as_str())]
    KeySetExists {
        /// The application.
        application: ApplicationId,
        /// The type of keys.
        key_type: KeyType,
    },
    /// The application has no such keys yet.
    #[error("the application `{application}` has no {} keys yet: use `postern token generate` first", .key_type.as_str())]
    NoKeySet {
        /// The application.
        application: ApplicationId,
        /// The type of keys.
        key_type: KeyType,
    },
    /// An edge of that name has a key.
    #[error("there is an edge key `{0}` already: choose another name")]
    EdgeKeyExists(EdgeName),
    /// No edge has a key of that name.
    #[error("there is no edge key `{0}`: `postern admin edge-key list` shows them")]
    NoSuchEdgeKey(EdgeName),
    /// A client that is unknown, or whose secret is wrong: which of them is not told.
    #[error("the client is unknown or its secret is wrong")]
    InvalidClient,
    /// A scope that is malformed or that the key set does not have.
    #[error("the scope is malformed, or holds one that the client may not have")]
    ScopeNotAllowed,
    /// An edge whose credential nobody knows.
    #[error("the edge key is unknown")]
    UnknownEdgeKey,
    /// The database holds keys that do not go together.
    #[error("the signing keys cannot be used")]
    UnusableKeys,
    /// The token cannot be minted.
    #[error("the token cannot be minted")]
    Sign(#[from] SignError),
    /// What the database holds makes no bundle that an edge would take.
    #[error("the bundle would be refused by every edge: {0}")]
    InvalidBundle(Problems),
    /// It concerns a user.
    #[error(transparent)]
    User(#[from] UserError),
    /// It concerns what a user gives to a client.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// No random bytes.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

fn how_long(seconds: Option<u64>) -> String {
    seconds.map_or("one of them for ever".into(), |seconds| format!("the last one for another {seconds} seconds"))
}

fn quoted(names: &[impl std::fmt::Display]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
