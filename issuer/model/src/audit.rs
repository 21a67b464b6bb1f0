//! The audit log's entries.

use std::net::IpAddr;

use postern_token::{Scopes, UnixSeconds};
use serde::Serialize;
use serde_json::{Value, json};

use super::{ApplicationId, Obtained, Validity};

/// One entry of the audit log.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// The entry's number; later entries have larger numbers.
    pub number: u64,
    /// When the action was done.
    pub at: UnixSeconds,
    /// The actor, as [`super::Actor`] formats itself.
    pub actor: String,
    /// The action, as [`Action::as_str`] gives it.
    pub action: String,
    /// The application that the action concerns.
    pub application: Option<ApplicationId>,
    /// The name or the id of the object of the action.
    pub subject: Option<String>,
    /// Further details, never a secret.
    pub details: Option<Value>,
    /// The address of the caller; `None` for commands on the database and for the issuer itself.
    pub source: Option<IpAddr>,
}

/// The details of the entry of a token that an application got for itself.
pub fn token_details(obtained: Obtained, scopes: Option<&Scopes<'_>>, validity: Validity) -> Value {
    json!({ "obtained": obtained, "scope": scopes, "validity": validity })
}

/// An action that is recorded in the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the names are the documentation")]
pub enum Action {
    IssuerInitialise,
    IssuerRecover,
    AuditPrune,
    SettingsChange,
    ApplicationCreate,
    ApplicationChange,
    ApplicationBlock,
    ApplicationUnblock,
    ApplicationDelete,
    KeysGenerate,
    KeysChange,
    SecretCreate,
    SecretRemove,
    TokenMint,
    TokenRegenerate,
    TokenRevoke,
    ApiAdd,
    ApiChange,
    ApiRemove,
    TierAdd,
    TierChange,
    TierRemove,
    SubscriptionAdd,
    SubscriptionChange,
    SubscriptionRemove,
    EdgeKeyCreate,
    EdgeKeyRemove,
    BundleKeyCreate,
    BundleKeySign,
    BundleKeyRemove,
    SigningKeyCreate,
    SigningKeySign,
    SigningKeyRetire,
    MasterKeyChange,
    MemberAdd,
    MemberChange,
    MemberRemove,
    MemberConflict,
    MemberRequest,
    MemberRefuse,
    BrandingChange,
    TeamCreate,
    TeamChange,
    TeamDelete,
    TeamMemberAdd,
    TeamMemberRemove,
    PersonalTokenCreate,
    PersonalTokenRemove,
    UserAdd,
    UserChange,
    UserLock,
    UserUnlock,
    UserRemove,
    UserRename,
    UserPassword,
    UserSignIn,
    SessionEnd,
    SecondFactorAdd,
    SecondFactorRemove,
    SecondFactorReset,
    RecoveryCodesRenew,
    ScopeBind,
    ScopeRemove,
    ScopeApprove,
    ScopeWithdraw,
    GrantConsent,
    GrantMake,
    GrantEnd,
    GrantReuse,
    GrantWithdraw,
    DeviceDecide,
    RegistrationTokenCreate,
    RegistrationTokenRemove,
}

impl Action {
    /// The stable name of the action: `OBJECT.VERB`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IssuerInitialise => "issuer.initialise",
            Self::IssuerRecover => "issuer.recover",
            Self::AuditPrune => "audit.prune",
            Self::SettingsChange => "settings.change",
            Self::ApplicationCreate => "application.create",
            Self::ApplicationChange => "application.change",
            Self::ApplicationBlock => "application.block",
            Self::ApplicationUnblock => "application.unblock",
            Self::ApplicationDelete => "application.delete",
            Self::KeysGenerate => "keys.generate",
            Self::KeysChange => "keys.change",
            Self::SecretCreate => "secret.create",
            Self::SecretRemove => "secret.remove",
            Self::TokenMint => "token.mint",
            Self::TokenRegenerate => "token.regenerate",
            Self::TokenRevoke => "token.revoke",
            Self::ApiAdd => "api.add",
            Self::ApiChange => "api.change",
            Self::ApiRemove => "api.remove",
            Self::TierAdd => "tier.add",
            Self::TierChange => "tier.change",
            Self::TierRemove => "tier.remove",
            Self::SubscriptionAdd => "subscription.add",
            Self::SubscriptionChange => "subscription.change",
            Self::SubscriptionRemove => "subscription.remove",
            Self::EdgeKeyCreate => "edge_key.create",
            Self::EdgeKeyRemove => "edge_key.remove",
            Self::BundleKeyCreate => "bundle_key.create",
            Self::BundleKeySign => "bundle_key.sign",
            Self::BundleKeyRemove => "bundle_key.remove",
            Self::SigningKeyCreate => "signing_key.create",
            Self::SigningKeySign => "signing_key.sign",
            Self::SigningKeyRetire => "signing_key.retire",
            Self::MasterKeyChange => "master_key.change",
            Self::MemberAdd => "member.add",
            Self::MemberChange => "member.change",
            Self::MemberRemove => "member.remove",
            Self::MemberConflict => "member.conflict",
            Self::MemberRequest => "member.request",
            Self::MemberRefuse => "member.refuse",
            Self::BrandingChange => "branding.change",
            Self::TeamCreate => "team.create",
            Self::TeamChange => "team.change",
            Self::TeamDelete => "team.delete",
            Self::TeamMemberAdd => "team_member.add",
            Self::TeamMemberRemove => "team_member.remove",
            Self::PersonalTokenCreate => "personal_token.create",
            Self::PersonalTokenRemove => "personal_token.remove",
            Self::UserAdd => "user.add",
            Self::UserChange => "user.change",
            Self::UserLock => "user.lock",
            Self::UserUnlock => "user.unlock",
            Self::UserRemove => "user.remove",
            Self::UserRename => "user.rename",
            Self::UserPassword => "user.password",
            Self::UserSignIn => "user.sign_in",
            Self::SessionEnd => "session.end",
            Self::SecondFactorAdd => "second_factor.add",
            Self::SecondFactorRemove => "second_factor.remove",
            Self::SecondFactorReset => "second_factor.reset",
            Self::RecoveryCodesRenew => "recovery_codes.renew",
            Self::ScopeBind => "scope.bind",
            Self::ScopeRemove => "scope.remove",
            Self::ScopeApprove => "scope.approve",
            Self::ScopeWithdraw => "scope.withdraw",
            Self::GrantConsent => "grant.consent",
            Self::GrantMake => "grant.make",
            Self::GrantEnd => "grant.end",
            Self::GrantReuse => "grant.reuse",
            Self::GrantWithdraw => "grant.withdraw",
            Self::DeviceDecide => "device.decide",
            Self::RegistrationTokenCreate => "registration_token.create",
            Self::RegistrationTokenRemove => "registration_token.remove",
        }
    }
}
