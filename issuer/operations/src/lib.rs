//! The operations of the issuer: one function for each action, independent of the caller.
//!
//! An operation makes its changes in one transaction. Slow work (hashing a password, asking a directory, generating a key) and mere reading
//! come before that transaction. An [`Act`] holds the actor, the time and the source of randomness, and checks what the actor may do.

#![forbid(unsafe_code)]

mod act;
mod applications;
mod audit;
mod audit_trail;
mod branding;
mod bundle_keys;
mod catalogue;
mod client_memory;
mod client_scopes;
mod clients;
mod database;
mod edges;
mod error;
mod event_budget;
mod events;
mod expiry;
mod grants;
mod guessing;
mod idempotency;
mod initialise;
mod kept;
mod keyring;
mod keys;
mod last_administrator;
mod logins;
mod members;
mod permissions;
mod presented;
mod registration;
mod reserved_index;
mod scopes;
mod second_factor;
mod settings;
mod sign_in;
mod signing_keys;
mod status_indexes;
mod status_lists;
mod teams;
mod tokens;
mod usage;
mod user_stores;
mod users;

pub use act::{Act, Bounds, Credential, Instance};
pub use applications::{
    ApplicationChange, ApplicationDetails, change_application, create_application, delete_application, list_applications,
    show_application,
};
pub use audit::{AuditFilter, PrunedAudit, list_audit, prune_audit};
pub use audit_trail::AuditSink;
pub use branding::{branding_version, change_branding, load_branding, show_branding};
pub use bundle_keys::{create_bundle_key, ensure_bundle_key, list_bundle_keys, remove_bundle_key, sign_bundles_with};
pub use catalogue::{
    ApiChange, ApiImport, TierChange, add_api, add_tier, change_api, change_subscription, change_tier, import_api, list_apis,
    list_tiers, list_waiting_subscriptions, preview_import, remove_api, remove_tier, search_apis, show_api, show_openapi,
    show_tier, subscribe, unsubscribe,
};
pub use edges::{
    ComposedBundle, EdgeKeys, authenticate_edge, compose_bundle, compose_live_bundle, compose_signed_bundle, count_edges,
    create_edge_key, current_revision, list_edge_keys, list_edges, record_edge_contacts, remove_edge_key, show_edge,
    show_edge_key,
};
pub use error::{
    ApiError, ApplicationError, ConsumerKeyError, EdgeError, Error, GrantError, InitialAccessTokenError, LISTED_APIS,
    LISTED_SCOPES, MemberError, ScopeError, SettingsError, SignInRefusal, SigningKeyError, SubscriptionError, TeamError,
    TierError, TokenError, UserError, listed_scopes,
};
pub use event_budget::{EventBudget, Recorded};
pub use events::{EventFilter, list_events, prune_events, record_events};
pub use expiry::{DEFAULT_CREDENTIAL_LIFETIME, Expiry};
pub use grants::{
    Ahead, Authorization, AuthorizationClient, ClientGrant, ClientProof, ClientRequest, ClientToken, CodeGrant, CurrentToken,
    DEVICE_CODE_LIFETIME, DeviceAuthorization, DeviceDecision, DeviceGrant, DeviceRequest, MintedUserToken, NoCurrentToken,
    POLL_INTERVAL, PasswordGrant, RefreshGrant, RefreshTokenDetails, UnsignedUserTokens, UserGrantRequest, UserRequest,
    allow_authorization, begin_device, check_grant_type, decide_device, expects_new_token, find_authorization_client,
    find_current_tokens, find_device, grant_password, is_password_grant_used, issue_alone, issue_for_users, look_ahead,
    mint_for_clients, prepare_authorization,
};
pub use guessing::{Guard, GuessLimits, check_guess, guarded, prune_guesses, remember_device};
pub use idempotency::{IDEMPOTENCY_RETENTION, IdempotentRequest, IdempotentResponse, find_response, run_idempotent};
pub use initialise::{check_not_initialised, initialise};
pub use keyring::Keyring;
pub use keys::{
    ClientCredentials, GenerateRequest, GeneratedKeys, KeyChanges, KeyDetails, NewConsumerSecret, RegenerateRequest,
    RegeneratedToken, change_keys, create_secret, generate, regenerate, remove_secret, show_keys,
};
pub use logins::login_name;
pub use members::{
    MemberChange, MembershipOffer, NewPersonalToken, add_member, approve_member_request, authenticate_member, change_member,
    create_personal_token, find_signed_in_member, list_member_requests, list_members, list_personal_tokens, membership_offer,
    refuse_member_request, remove_member, remove_personal_token, request_membership, show_member, show_personal_token,
};
pub use postern_directories::Directory;
pub use postern_directories::openid_connect::{IdTokenError, PersonError, ProviderError};
pub use postern_directories::password_rules::PasswordProblem as WeakPassword;
pub use presented::{
    Answers, IntrospectedToken, Introspection, OwnToken, OwnUserToken, Presentation, PresentedToken, Revocation, Shared,
    introspect_alone, introspect_tokens, recognise_alone, recognise_tokens, revoke_own_tokens, revoke_own_user_token,
};
pub use registration::{
    ClientRegistration, NewRegistrationToken, RegisteredClient, check_registration_token, create_registration_token,
    list_registration_tokens, register_client, remove_registration_token, show_registration_token,
};
pub use scopes::{
    HeldScope, NoAccess, ScopeList, ScopeState, TokenWarning, bind_scope, decide_scope, list_scope_rules, list_waiting_scopes,
    remove_scope, scope_descriptions,
};
pub use second_factor::{
    Enrolment, RecoveryCodes, SecondFactorDetails, begin_enrolment, find_own_second_factor, finish_enrolment,
    remove_own_second_factor, renew_recovery_codes, reopen_enrolment, reset_second_factor, show_second_factor,
};
pub use settings::{PolicyChange, SettingsChange, change_settings, check_health, check_writable, load_settings};
pub use sign_in::{
    AuthorizationResponse, BegunSignIn, FinishedSignIn, NextStep, SIGN_IN_LIFETIME, SignInProgress, Step,
    UNFINISHED_SIGN_IN_LIFETIME, UnfinishedSignIn, begin_provider_sign_in, begin_required_enrolment, choose_password, enter_code,
    find_next_step, finish_provider_sign_in, finish_required_enrolment, prune_used_sign_ins, sign_in,
};
pub use signing_keys::{
    Recovery, Rotation, SigningKeyDetails, change_master_key, check_master_key, create_signing_key, list_signing_keys,
    make_signing_key, recover, retire_signing_key, rotate_on_schedule, separate_environments, show_signing_key, sign_with_key,
    sign_with_key_everywhere, verifying_keys,
};
pub use status_lists::{
    SignedStatusList, StatusListEdition, create_status_list_if_needed, prune_status_lists, sign_status_list, status_list_edition,
};
pub use teams::{add_team_member, change_team, create_team, delete_team, list_teams, remove_team_member, show_team};
pub use tokens::{
    MintedToken, Pruned, RevokedTokens, UnsignedAccessToken, UserTokenDetails, list_live_tokens, list_tokens, list_user_tokens,
    prune, revoke_all_tokens, revoke_token,
};
pub use usage::{USAGE_DAYS, count_live_usage, count_usage, show_usage};
pub use user_stores::{UserStore, UserStores};
pub use users::{
    GrantDetails, NewSession, NewUser, PreparedPassword, PreparedUser, PrunedUsers, SessionDetails, SignedIn, UserChange,
    UserStoreDetails, UserStoreKind, add_user, apply_pending_revocations, change_own_password, change_user, create_user,
    delete_user, end_grant, end_user_sessions, find_session, generate_password, give_password, keeps_password, list_own_grants,
    list_providers, list_user_access, list_user_grants, list_user_sessions, list_user_stores, list_users, password_store_names,
    prepare_password, prepare_user, prune_users, reset_password, set_user_roles, set_user_state, show_user, sign_out,
    withdraw_grants, withdraw_user_access,
};

#[cfg(test)]
mod tests;
