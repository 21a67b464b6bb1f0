//! The audit log: what was done, by whom, to what.

use postern_token::UnixSeconds;
use serde::Serialize;
use serde_json::Value;

use super::ApplicationId;

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Its number, which counts up.
    pub number: u64,
    /// When it was done.
    pub at: UnixSeconds,
    /// By whom, as [`super::Actor`] writes itself.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// The application that it was done to or for.
    pub application: Option<ApplicationId>,
    /// The name or the id of what it was done to.
    pub subject: Option<String>,
    /// What else there is to know; never a secret.
    pub details: Option<Value>,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "each is its own word")]
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
    PersonalTokenCreate,
    PersonalTokenRemove,
    UserAdd,
    UserChange,
    UserLock,
    UserUnlock,
    UserRemove,
    UserPassword,
    UserSignIn,
    ScopeBind,
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
    /// The word for it: what it is done to, a point, and what is done.
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
            Self::PersonalTokenCreate => "personal_token.create",
            Self::PersonalTokenRemove => "personal_token.remove",
            Self::UserAdd => "user.add",
            Self::UserChange => "user.change",
            Self::UserLock => "user.lock",
            Self::UserUnlock => "user.unlock",
            Self::UserRemove => "user.remove",
            Self::UserPassword => "user.password",
            Self::UserSignIn => "user.sign_in",
            Self::ScopeBind => "scope.bind",
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
