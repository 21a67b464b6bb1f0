//! What can be done with the issuer: one function for each action, each one transaction. Who acts, when, and by which randomness is in an
//! [`Act`], which is also asked whether the one who acts may.

#![forbid(unsafe_code)]

mod act;
mod applications;
mod audit;
mod catalogue;
mod edges;
mod error;
mod grants;
mod keys;
mod members;
mod once;
mod registration;
mod settings;
mod signing_keys;
mod store;
mod tokens;
mod users;

pub use act::{Act, Instance};
pub use applications::{
    ApplicationChange, ApplicationDetails, change_application, create_application, delete_application, list_applications,
    show_application,
};
pub use audit::{AuditFilter, PrunedAudit, list_audit, prune_audit};
pub use catalogue::{
    ApiChange, TierChange, add_api, add_tier, change_api, change_subscription, change_tier, list_apis, list_tiers,
    list_waiting_subscriptions, remove_api, remove_tier, show_api, show_tier, subscribe, unsubscribe,
};
pub use edges::{
    ComposedBundle, EdgeKeys, authenticate_edge, compose_bundle, compose_live_bundle, create_edge_key, current_revision,
    list_edge_keys, remove_edge_key, show_edge_key,
};
pub use error::{
    ApiError, ApplicationError, ConsumerKeyError, EdgeError, Error, GrantError, InitialAccessTokenError, MemberError,
    SettingsError, SigningKeyError, SubscriptionError, TierError, TokenError, UserError,
};
pub use grants::{
    Authorization, AuthorizationClient, ClientProof, CodeGrant, DEVICE_CODE_LIFETIME, DeviceAuthorization, DeviceGrant,
    DeviceRequest, MintedUserToken, POLL_INTERVAL, PasswordGrant, REUSE_LEEWAY, RefreshGrant, RefreshTokenDetails,
    allow_authorization, begin_device, decide_device, exchange_code, find_authorization_client, find_device, grant_device,
    grant_password, prepare_authorization, refresh,
};
pub use keys::{
    ClientCredentials, GenerateRequest, GeneratedKeys, KeyChanges, KeyDetails, RegenerateRequest, RegeneratedToken, change_keys,
    create_secret, generate, regenerate, remove_secret, show_keys,
};
pub use members::{
    MemberChange, NewPersonalToken, add_member, authenticate_member, change_member, create_personal_token, list_members,
    list_personal_tokens, remove_member, remove_personal_token, show_member, show_personal_token,
};
pub use once::{OnceAnswer, RepeatableRequest, find_answer, once};
pub use registration::{
    ClientRegistration, NewRegistrationToken, RegisteredClient, check_registration_token, create_registration_token,
    list_registration_tokens, register_client, remove_registration_token, show_registration_token,
};
pub use settings::{
    PolicyChange, SettingsChange, change_settings, check_health, check_not_initialised, initialise, load_settings,
};
pub use signing_keys::{
    Keyring, Recovery, Rotation, SigningKeyDetails, change_master_key, check_master_key, create_signing_key, list_signing_keys,
    make_signing_key, recover, retire_signing_key, rotate_on_schedule, show_signing_key, sign_with_key, verifying_keys,
};
pub use tokens::{
    ANSWERS_KEPT, ClientGrant, IntrospectedToken, Introspection, MintedToken, OwnToken, Pruned, RevokedTokens, SignedStatusList,
    StatusListEdition, UserTokenDetails, answer_again, begin_status_list, introspect, list_tokens, list_user_tokens,
    mint_for_client, prune, prune_status_lists, recognise_token, revoke_all_tokens, revoke_own_token, revoke_token,
    sign_status_list, status_list_edition,
};
pub use users::{
    Directory, GrantDetails, NewSession, NewUser, PreparedPassword, PreparedUser, PrunedUsers, SignedIn, UserChange, UserStore,
    UserStoreDetails, UserStores, add_user, bind_scope, carry_over_endings, change_own_password, change_user, create_user,
    delete_user, end_grant, find_session, give_password, guessed_name, keeps_password, list_own_grants, list_scope_roles,
    list_user_grants, list_user_stores, list_users, prepare_password, prepare_user, prune_users, reset_password, set_user_roles,
    set_user_state, show_user, sign_in, sign_out, user_store_names, withdraw_grants,
};

#[cfg(test)]
mod tests;
