//! What the gate decides, and why. Verdict, reason and code are exhaustive on purpose: a new reason must break every host's match.

use std::rc::Rc;

use postern_token::{ApiReference, Claims, Identifier, KeyType, Kind, PathProblem, Scopes, TokenError};

/// What was decided on one request.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision<'a> {
    /// The API that the request is for; `None` when that was not found out, or there is none.
    pub api: Option<&'a ApiReference<'static>>,
    /// Whose token it is, once its signature held; whether it counts here is another matter.
    pub bearer: Option<Rc<Claims<'static>>>,
    /// Whether the request may pass.
    pub verdict: Verdict<'a>,
}

impl Decision<'_> {
    /// The id of the user whose token it is; `None` for an application's token, and for none.
    pub fn user(&self) -> Option<&str> {
        self.bearer.as_deref().and_then(user)
    }
}

/// Whether a request may pass.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict<'a> {
    /// It may.
    Allow(Grounds),
    /// It is refused.
    Deny(Reason<'a>),
}

/// Why a request may pass.
#[derive(Debug, Clone, PartialEq)]
pub enum Grounds {
    /// No API is there, and the configuration lets such requests pass.
    Unmatched,
    /// A CORS preflight, and the configuration lets those pass.
    Preflight,
    /// The resource asks for no token.
    Public,
    /// The token is good for this resource.
    Token(Identity),
}

impl Grounds {
    /// The name that metrics and logs use.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unmatched => "unmatched",
            Self::Preflight => "preflight",
            Self::Public => "public",
            Self::Token(_) => "token",
        }
    }
}

impl Grounds {
    /// The tier of the application's subscription, where a token was asked for.
    pub fn tier(&self) -> Option<&str> {
        match self {
            Self::Token(identity) => Some(identity.tier.as_str()),
            Self::Unmatched | Self::Preflight | Self::Public => None,
        }
    }
}

/// Who is calling, as the token has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    pub(crate) claims: Rc<Claims<'static>>,
    /// The tier of the application's subscription.
    pub tier: Identifier<'static>,
}

impl Identity {
    /// The application's id.
    pub fn application(&self) -> &str {
        self.claims.app.as_str()
    }

    /// The consumer key.
    pub fn client(&self) -> &str {
        self.claims.client_id.as_str()
    }

    /// The user's id, in a user token.
    pub fn user(&self) -> Option<&str> {
        user(&self.claims)
    }

    /// Production or sandbox.
    pub fn key_type(&self) -> KeyType {
        self.claims.key_type
    }

    /// What the token may be used for.
    pub fn scope(&self) -> Option<&Scopes<'static>> {
        self.claims.scope.as_ref()
    }
}

/// The user's id, in a user token.
fn user<'a>(claims: &'a Claims<'_>) -> Option<&'a str> {
    match claims.kind {
        Kind::User => Some(claims.sub.as_str()),
        Kind::Application => None,
    }
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason<'a> {
    /// The gate has no bundle yet.
    NotReady,
    /// The bundle is older than it may be.
    StaleBundle,
    /// The path has no normal form.
    BadPath(PathProblem),
    /// No API or no resource is there, or the resource does not take the method.
    NoSuchApi,
    /// More than one credential.
    InvalidRequest,
    /// No credential.
    MissingToken,
    /// The token is not in the one form that a token has.
    MalformedToken(TokenError),
    /// The token is not an access token.
    WrongType,
    /// No key of this issuer has the name that the token gives.
    UnknownKey,
    /// The signature is not the key's.
    BadSignature,
    /// Another issuer's token.
    WrongIssuer,
    /// A token for somebody else.
    WrongAudience,
    /// The token's time is over.
    Expired,
    /// The token's time has not begun.
    NotYetValid,
    /// The token has been revoked.
    Revoked,
    /// The token's state is kept in a status list that this edge does not hold.
    UnknownStatus,
    /// A sandbox token in production, or the other way round.
    WrongEnvironment,
    /// A user token where an application's is asked for, or the other way round.
    WrongKind,
    /// The application is not subscribed to the API.
    NotSubscribed,
    /// The token lacks a scope; these are the ones that the resource asks for.
    InsufficientScope(&'a Scopes<'static>),
    /// The client's domain is not one that the token allows.
    DomainNotAllowed(DomainProblem),
    /// The client's address is not one that the token allows.
    AddressNotAllowed,
}

/// What is wrong with the client's domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainProblem {
    /// The request names none.
    Missing,
    /// What it names is no domain.
    Unreadable,
    /// The domain is not on the token's list.
    NotListed,
}

/// Writes each code down once, so that none can be missing where all are listed.
macro_rules! codes {
    ($($code:ident = $name:literal,)*) => {
        /// The stable name of a denial, for clients, metrics and logs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "each stands at the reason of the same name")]
        pub enum Code {
            $($code,)*
        }

        impl Code {
            /// Every code, in the order of the decision.
            pub const ALL: &[Self] = &[$(Self::$code,)*];

            /// The code as clients see it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)*
                }
            }
        }
    };
}

codes! {
    NotReady = "not_ready",
    BadPath = "bad_path",
    NoSuchApi = "no_such_api",
    InvalidRequest = "invalid_request",
    MissingToken = "missing_token",
    MalformedToken = "malformed_token",
    WrongType = "wrong_type",
    UnknownKey = "unknown_key",
    BadSignature = "bad_signature",
    WrongIssuer = "wrong_issuer",
    WrongAudience = "wrong_audience",
    Expired = "expired",
    NotYetValid = "not_yet_valid",
    Revoked = "revoked",
    Stale = "stale",
    WrongEnvironment = "wrong_environment",
    WrongKind = "wrong_kind",
    NotSubscribed = "not_subscribed",
    InsufficientScope = "insufficient_scope",
    DomainNotAllowed = "domain_not_allowed",
    AddressNotAllowed = "address_not_allowed",
}

/// The steps of the decision, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Step {
    Ready,
    Path,
    Resource,
    Credential,
    Token,
    Claims,
    Status,
    Environment,
    Subscription,
    Scope,
    Domain,
    Address,
}

impl Step {
    /// The step's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Path => "path",
            Self::Resource => "resource",
            Self::Credential => "credential",
            Self::Token => "token",
            Self::Claims => "claims",
            Self::Status => "status",
            Self::Environment => "environment",
            Self::Subscription => "subscription",
            Self::Scope => "scope",
            Self::Domain => "domain",
            Self::Address => "address",
        }
    }
}

impl Reason<'_> {
    /// The stable code.
    pub const fn code(&self) -> Code {
        self.code_and_step().0
    }

    /// The step that refused.
    pub const fn step(&self) -> Step {
        self.code_and_step().1
    }

    const fn code_and_step(&self) -> (Code, Step) {
        match self {
            Self::NotReady => (Code::NotReady, Step::Ready),
            Self::StaleBundle => (Code::Stale, Step::Ready),
            Self::BadPath(_) => (Code::BadPath, Step::Path),
            Self::NoSuchApi => (Code::NoSuchApi, Step::Resource),
            Self::InvalidRequest => (Code::InvalidRequest, Step::Credential),
            Self::MissingToken => (Code::MissingToken, Step::Credential),
            Self::MalformedToken(_) => (Code::MalformedToken, Step::Token),
            Self::WrongType => (Code::WrongType, Step::Token),
            Self::UnknownKey => (Code::UnknownKey, Step::Token),
            Self::BadSignature => (Code::BadSignature, Step::Token),
            Self::WrongIssuer => (Code::WrongIssuer, Step::Claims),
            Self::WrongAudience => (Code::WrongAudience, Step::Claims),
            Self::Expired => (Code::Expired, Step::Claims),
            Self::NotYetValid => (Code::NotYetValid, Step::Claims),
            Self::Revoked => (Code::Revoked, Step::Status),
            Self::UnknownStatus => (Code::Stale, Step::Status),
            Self::WrongEnvironment => (Code::WrongEnvironment, Step::Environment),
            Self::WrongKind => (Code::WrongKind, Step::Environment),
            Self::NotSubscribed => (Code::NotSubscribed, Step::Subscription),
            Self::InsufficientScope(_) => (Code::InsufficientScope, Step::Scope),
            Self::DomainNotAllowed(_) => (Code::DomainNotAllowed, Step::Domain),
            Self::AddressNotAllowed => (Code::AddressNotAllowed, Step::Address),
        }
    }
}

impl From<TokenError> for Reason<'_> {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Signature => Self::BadSignature,
            TokenError::Type => Self::WrongType,
            TokenError::NoKey => Self::UnknownKey,
            TokenError::TooLong
            | TokenError::Parts
            | TokenError::Encoding
            | TokenError::Header
            | TokenError::Parameter
            | TokenError::Algorithm
            | TokenError::Claims => Self::MalformedToken(error),
        }
    }
}
