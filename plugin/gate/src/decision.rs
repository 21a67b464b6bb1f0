//! What the gate decides, and why. Verdict, reason and code are exhaustive enums, so that a host does not compile until it handles a new
//! reason.

use std::rc::Rc;

use postern_token::{ApiReference, Claims, Identifier, KeyType, Kind, PathProblem, Scopes, TokenError};

use crate::token_cache::VerifiedToken;

/// The decision on one request.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision<'a> {
    /// The API that the request is for; `None` when there is none, or when the request was refused before the API was known.
    pub api: Option<&'a ApiReference<'static>>,
    /// The claims of the token, if its signature was verified, even if the token is refused for another reason.
    pub bearer: Option<Rc<Claims<'static>>>,
    /// Whether the request may pass.
    pub verdict: Verdict<'a>,
}

impl Decision<'_> {
    /// The user's id; `None` for an application token, and without a verified token.
    pub fn user(&self) -> Option<&str> {
        self.bearer.as_deref().and_then(user)
    }
}

/// Whether a request may pass.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict<'a> {
    /// It passes.
    Allow(Grounds),
    /// It is refused.
    Deny(Reason<'a>),
}

/// Why a request may pass.
#[derive(Debug, Clone, PartialEq)]
pub enum Grounds {
    /// No API matches, and the configuration lets such requests pass.
    Unmatched {
        /// Whether the request holds a token of an issuer of the bundle, which must not reach this upstream.
        own_token: bool,
    },
    /// A CORS preflight, and the configuration lets those pass.
    Preflight,
    /// The resource is public.
    Public,
    /// The token is valid for this resource.
    Token(Identity),
}

impl Grounds {
    /// The name that metrics and logs use.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unmatched { .. } => "unmatched",
            Self::Preflight => "preflight",
            Self::Public => "public",
            Self::Token(_) => "token",
        }
    }
}

impl Grounds {
    /// The tier of the application's subscription; `None` where no token is needed.
    pub fn tier(&self) -> Option<&str> {
        match self {
            Self::Token(identity) => Some(identity.tier.as_str()),
            Self::Unmatched { .. } | Self::Preflight | Self::Public => None,
        }
    }
}

/// The caller, from the token's claims.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    pub(crate) token: VerifiedToken,
    /// The tier of the application's subscription.
    pub tier: Identifier<'static>,
    pub(crate) is_from_trusted_issuer: bool,
}

impl Identity {
    /// The token's issuer, where it is not the bundle's own.
    pub fn trusted_issuer(&self) -> Option<&str> {
        self.is_from_trusted_issuer.then(|| self.token.claims.iss.as_ref())
    }

    /// The application's id.
    pub fn application(&self) -> &str {
        self.token.claims.app.as_str()
    }

    /// The consumer key.
    pub fn client(&self) -> &str {
        self.token.claims.client_id.as_str()
    }

    /// The user's id, in a user token.
    pub fn user(&self) -> Option<&str> {
        user(&self.token.claims)
    }

    /// The token's environment, production or sandbox.
    pub fn key_type(&self) -> KeyType {
        self.token.claims.key_type
    }

    /// The token's scopes.
    pub fn scope(&self) -> Option<&Scopes<'static>> {
        self.token.claims.scope.as_ref()
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
    /// The requests that are open take as much memory as they may.
    Overloaded,
    /// The issuer has not confirmed the bundle for too long.
    StaleBundle,
    /// The path has no normal form.
    BadPath(PathProblem),
    /// No API or no resource has this path.
    NoSuchApi,
    /// The resource at this path does not accept the method; these are the methods that it accepts, separated by commas.
    MethodNotAllowed(String),
    /// The request holds more than one credential.
    InvalidRequest,
    /// The request holds no credential.
    MissingToken,
    /// The token cannot be parsed, or has a form that is not allowed.
    MalformedToken(TokenError),
    /// The token is not an access token.
    WrongType,
    /// No signing key of a trusted issuer has the token's `kid`.
    UnknownKey,
    /// The signature does not match.
    BadSignature,
    /// The token is from another issuer than its signing key.
    WrongIssuer,
    /// The token is for another audience.
    WrongAudience,
    /// The token has expired.
    Expired,
    /// The token is not valid yet.
    NotYetValid,
    /// The token lasts longer than the bundle allows, or does not expire.
    ValidityTooLong,
    /// The token has been revoked.
    Revoked,
    /// The token's status list is missing, or does not hold its status index.
    UnknownStatus,
    /// A sandbox token in production, or the other way round.
    WrongEnvironment,
    /// A user token where the resource needs an application token, or the other way round.
    WrongKind,
    /// The application is not subscribed to the API.
    NotSubscribed,
    /// The token is from a trusted issuer that is not trusted for this application, user, scope or API.
    IssuerNotTrusted,
    /// The token lacks a scope; these are the scopes that the resource needs.
    InsufficientScope(&'a Scopes<'static>),
    /// The token does not allow the client's domain, or the request does not name one.
    DomainNotAllowed(DomainProblem),
    /// The token does not allow the client's address, or the address is unknown.
    AddressNotAllowed,
}

/// What is wrong with the client's domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainProblem {
    /// The request names no domain.
    Missing,
    /// The request names something that is not one domain.
    Unreadable,
    /// The header that names the domain does not agree with `Origin`.
    Conflicting,
    /// The domain is not on the token's list.
    NotListed,
}

/// Defines the codes and the list of all codes together, so that the list is complete.
macro_rules! codes {
    ($($code:ident = $name:literal,)*) => {
        /// The stable code of a refusal, for clients, metrics and logs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "each is documented at the reason of the same name")]
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
    Overloaded = "overloaded",
    BadPath = "bad_path",
    NoSuchApi = "no_such_api",
    MethodNotAllowed = "method_not_allowed",
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
    ValidityTooLong = "validity_too_long",
    Revoked = "revoked",
    Stale = "stale",
    WrongEnvironment = "wrong_environment",
    WrongKind = "wrong_kind",
    NotSubscribed = "not_subscribed",
    IssuerNotTrusted = "issuer_not_trusted",
    InsufficientScope = "insufficient_scope",
    DomainNotAllowed = "domain_not_allowed",
    AddressNotAllowed = "address_not_allowed",
}

/// The steps of the decision, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the documentation")]
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
    /// Every step, in the order of the decision.
    pub const ALL: [Self; 12] = [
        Self::Ready,
        Self::Path,
        Self::Resource,
        Self::Credential,
        Self::Token,
        Self::Claims,
        Self::Status,
        Self::Environment,
        Self::Subscription,
        Self::Scope,
        Self::Domain,
        Self::Address,
    ];

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
            Self::Overloaded => (Code::Overloaded, Step::Ready),
            Self::StaleBundle => (Code::Stale, Step::Ready),
            Self::BadPath(_) => (Code::BadPath, Step::Path),
            Self::NoSuchApi => (Code::NoSuchApi, Step::Resource),
            Self::MethodNotAllowed(_) => (Code::MethodNotAllowed, Step::Resource),
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
            Self::ValidityTooLong => (Code::ValidityTooLong, Step::Claims),
            Self::Revoked => (Code::Revoked, Step::Status),
            Self::UnknownStatus => (Code::Stale, Step::Status),
            Self::WrongEnvironment => (Code::WrongEnvironment, Step::Environment),
            Self::WrongKind => (Code::WrongKind, Step::Environment),
            Self::NotSubscribed => (Code::NotSubscribed, Step::Subscription),
            Self::IssuerNotTrusted => (Code::IssuerNotTrusted, Step::Subscription),
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
