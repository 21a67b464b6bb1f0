//! The issuer's types: applications and their key sets, tiers, subscriptions, tokens, users, edges. No SQL, no HTTP.

#![forbid(unsafe_code)]

mod actor;
mod api;
mod api_text;
mod application;
mod audit;
mod branding;
mod bundle_key;
mod client;
mod client_domain;
mod colour;
mod device_code;
mod edge_contact;
mod edge_key;
mod event;
mod key_set;
mod member;
mod network;
mod registration_token;
mod scope_rule;
mod settings;
mod signing_key;
mod status_list;
mod team;
mod tier;
mod token_record;
mod usage;
mod user;
mod user_grant;
mod validity;
mod visible_text;

pub use actor::Actor;
pub use api::ApiRecord;
pub use api_text::{
    ApiDescription, ApiSummary, ApiTag, ApiText, ApiTextError, ApiTitle, MAX_API_TAGS, MAX_DESCRIBED_SCOPES, OpenApiDocument,
    OpenApiFormat, ScopeDescription,
};
pub use application::{Application, ApplicationId, ApplicationName, ApplicationState, NameError};
pub use audit::{Action, AuditEntry, token_details};
pub use branding::{
    AccentColour, AccentColourError, Branding, Logo, LogoError, PortalName, PortalNameError, SignInText, SignInTextError,
    WebLink, WebLinkError,
};
pub use bundle_key::BundleKeyRecord;
pub use client::{ConsumerSecret, ConsumerSecretId, GrantType, GrantTypeError, RedirectUri, RedirectUriError};
pub use client_domain::{ClientDomainError, parse_client_domain};
pub use colour::Colour;
pub use device_code::{DeviceCode, DeviceCodeState, UserCode, UserCodeError};
pub use edge_contact::{BundleRevision, EdgeContact, EdgeContacts, EdgeState, EdgeStatus, HeldBundle, RecordedContact};
pub use edge_key::{EdgeEnvironment, EdgeKey, EdgeName, OtherEnvironment};
pub use event::{EventName, SecurityEvent};
pub use key_set::{ConsumerKey, ForUsers, KeySet, Restrictions};
pub use member::{
    DescriptionError, Member, MemberName, MemberNameError, MemberRequest, PersonalAccessToken, PersonalAccessTokenDescription,
    PersonalAccessTokenId, Role, RoleError,
};
pub use network::{NetworkSize, network, networks_of};
pub use registration_token::{RegistrationToken, RegistrationTokenId};
pub use scope_rule::{HolderRule, ScopeRule, WaitingScope};
pub use settings::{
    Audience, DeveloperRegistration, DeveloperRegistrationError, Issuer, Policies, SecondFactorPolicy, SecondFactorPolicyError,
    Settings, SettingsError,
};
pub use signing_key::{KeyEnvironments, KeyState, SigningKeyRecord};
pub use status_list::{StatusBits, StatusIndex, StatusListId, StatusListSummary, StatusListVersion};
pub use team::{Owner, Team, TeamName, TeamNameError};
pub use tier::{
    Subscription, SubscriptionState, Tier, TierDescription, TierDescriptionError, TierLimit, TierName, TierNameError,
};
pub use token_record::{Obtained, TokenId, TokenRecord, TokenState};
pub use usage::{Day, DayUsage};
pub use user::{
    User, UserId, UserIdError, UserName, UserNameError, UserRole, UserRoleError, UserState, UserStoreName, UserStoreNameError,
};
pub use user_grant::{AuthorizationCode, Consent, GrantId, GrantOrigin, RefreshToken, Session, SessionId, UserGrant, UserToken};
pub use validity::{Validities, Validity, ValidityError};
pub use visible_text::visible;

use postern_token::{Identifier, IdentifierError};

/// Checks the form of an id: `prefix` and 1 to 64 lower-case letters and digits, so that the id is valid in a claim, a header
/// and a URL.
fn check_id(text: &str, prefix: &str) -> Result<(), IdError> {
    let rest = text.strip_prefix(prefix).ok_or(IdError::Prefix)?;
    let plain =
        !rest.is_empty() && rest.len() <= 64 && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if plain { Ok(()) } else { Err(IdError::Character) }
}

/// The reason why a text is not a valid id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text does not begin with the prefix of this kind of id.
    #[error(
        "an application's id begins with `app_`, a consumer key with `ck_`, a secret's id with `cs_`, a personal access token's with `pat_`, a grant's with `gr_`, a session's with `se_`, an initial access token's with `reg_`"
    )]
    Prefix,
    /// The part after the prefix is empty, longer than 64 characters, or holds a character that is neither a digit nor a
    /// lower-case letter.
    #[error("an id must have 1 to 64 digits and lower-case letters after its prefix")]
    Character,
}

/// Parses an [`Identifier`] that owns its text.
fn owned_identifier(text: &str) -> Result<Identifier<'static>, IdentifierError> {
    Identifier::parse(text.to_owned())
}
