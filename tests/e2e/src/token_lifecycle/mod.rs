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
        keys::a_regenerated_token_ends_the_one_before_it,
        keys::grants_answer_with_the_live_token,
        keys::many_grants_at_once_give_one_token,
        subscriptions::blocked_and_unblocked_subscription,
        applications::blocked_and_unblocked_application,
        users::a_user_is_not_an_application,
        users::a_renewed_token_takes_the_place_of_the_one_before_it,
        users::a_revoked_grant,
        users::a_locked_user,
        users::another_password,
        users::a_withdrawn_consent,
        users::a_stolen_refresh_token,
        secrets_at_rest::nothing_secret_rests_readable,
        validity::the_default_counts_for_applications_that_are_created_from_then_on,
        validity::keys_and_requests_have_their_own,
        validity::a_token_runs_out_at_the_edge,
        validity::a_token_may_last_for_ever_unless_that_is_forbidden,
        restrictions::each_environment_takes_its_own_tokens,
        restrictions::a_token_is_bound_to_its_domains,
        restrictions::a_token_is_bound_to_its_addresses,
        restrictions::a_token_holds_no_more_scopes_than_its_client_asked_for,
        restrictions::the_credential_is_removed_or_kept,
        subscriptions::the_upstream_hears_the_tier,
        subscriptions::another_tier_ends_the_tokens_of_the_one_before,
        apis::a_changed_api_reaches_the_edge,
        apis::a_removed_api_is_gone_from_the_edge,
        secrets::two_secrets_change_without_an_outage,
        rotation::keys_change_by_schedule_without_a_good_request_refused,
    );
}

mod postgres {
    tests!(Postgres:
        keys::generated_tokens_pass,
        keys::a_regenerated_token_ends_the_one_before_it,
        keys::grants_answer_with_the_live_token,
        keys::many_grants_at_once_give_one_token,
        subscriptions::blocked_and_unblocked_subscription,
        applications::blocked_and_unblocked_application,
        users::a_user_is_not_an_application,
        users::a_renewed_token_takes_the_place_of_the_one_before_it,
        users::a_revoked_grant,
        users::a_locked_user,
        users::another_password,
        users::a_withdrawn_consent,
        users::a_stolen_refresh_token,
        secrets_at_rest::nothing_secret_rests_readable,
        rotation::keys_change_by_schedule_without_a_good_request_refused,
    );
}
