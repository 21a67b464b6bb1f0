//! The life of tokens, tested through the real Envoy, which follows the real issuer: on `SQLite`, and on `PostgreSQL` with an issuer that
//! signs with RS256.
//!
//! Starting everything takes longer than most cases, so the cases of one database share a [`fixture::Fixture`] and run one at a time, in
//! any order. Each creates its own applications, and restores the settings that it changes. Each refusal asserts that the upstream was
//! not reached, and each allowed request that the upstream was reached once.

mod apis;
mod applications;
mod fixture;
mod keys;
mod manage;
mod private_keys;
mod restrictions;
mod rotation;
mod search;
mod secrets;
mod secrets_at_rest;
mod subscriptions;
mod users;
mod validity;

use anyhow::Result;
use fixture::{Database, Fixture};

/// Runs one case on the fixture of a database.
fn run(database: Database, case: fn(&Fixture) -> Result<()>) {
    let fixture = Fixture::lock(database);
    if let Err(error) = case(&fixture) {
        panic!("{error:#}\n{}", fixture.issuer_log());
    }
    assert_eq!(fixture.envoy.reloads().unwrap(), 0, "a virtual machine trapped");
}

/// Defines a test for each case, on one database.
macro_rules! tests {
    ($database:ident: $($module:ident::$case:ident),+ $(,)?) => {
        $(#[test] fn $case() { super::run(super::Database::$database, super::$module::$case); })+
    };
}

mod sqlite {
    tests!(Sqlite:
        keys::generated_tokens_pass,
        keys::regenerate_revokes_the_previous_token,
        keys::grants_return_the_live_token,
        keys::concurrent_grants_return_one_token,
        subscriptions::a_blocked_subscription_revokes_tokens_until_it_is_unblocked,
        applications::a_blocked_application_gets_no_token_until_it_is_unblocked,
        users::a_user_token_is_not_an_application_token,
        users::a_refresh_revokes_the_previous_token,
        users::revoking_a_grant_ends_access,
        users::locking_a_user_ends_access,
        users::a_password_change_ends_access,
        users::withdrawing_consent_ends_access,
        users::refresh_token_reuse_ends_access,
        secrets_at_rest::no_secret_is_stored_in_a_usable_form,
        validity::a_changed_default_applies_to_new_applications_only,
        validity::key_sets_and_requests_have_their_own_validity,
        validity::an_expired_token_is_refused,
        validity::tokens_that_never_expire_can_be_forbidden,
        restrictions::an_edge_of_one_environment_accepts_only_its_tokens,
        restrictions::a_token_is_bound_to_its_domains,
        restrictions::a_token_is_bound_to_its_addresses,
        restrictions::a_token_has_only_the_requested_scopes,
        restrictions::the_credential_is_removed_or_kept,
        subscriptions::the_upstream_gets_the_tier,
        subscriptions::a_change_of_the_tier_revokes_tokens,
        apis::a_changed_api_reaches_the_edge,
        apis::a_removed_api_is_unknown_at_the_edge,
        secrets::consumer_secrets_rotate_without_an_outage,
        rotation::signing_keys_rotate_on_schedule_without_a_refusal,
    );
}

mod postgres {
    tests!(Postgres:
        keys::generated_tokens_pass,
        keys::regenerate_revokes_the_previous_token,
        keys::grants_return_the_live_token,
        keys::concurrent_grants_return_one_token,
        subscriptions::a_blocked_subscription_revokes_tokens_until_it_is_unblocked,
        applications::a_blocked_application_gets_no_token_until_it_is_unblocked,
        users::a_user_token_is_not_an_application_token,
        users::a_refresh_revokes_the_previous_token,
        users::revoking_a_grant_ends_access,
        users::locking_a_user_ends_access,
        users::a_password_change_ends_access,
        users::withdrawing_consent_ends_access,
        users::refresh_token_reuse_ends_access,
        secrets_at_rest::no_secret_is_stored_in_a_usable_form,
        rotation::signing_keys_rotate_on_schedule_without_a_refusal,
    );
}
