//! The issuer's features, each through the real Envoy, which follows the real issuer: on `SQLite`, and on `PostgreSQL` with an issuer
//! that signs RS256.
//!
//! All cases of one database share one [`stand::Stand`] and come one after the other; each makes applications of its own. What is refused
//! is shown not to have reached the upstream, and what passes to have reached it once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod apis;
mod applications;
mod edges;
mod keys;
mod manage;
mod places;
mod rest;
mod rotation;
mod search;
mod secrets;
mod stand;
mod subscriptions;
mod users;
mod validity;

use std::time::Instant;

use anyhow::Result;
use stand::Stand;

/// A feature.
type Case = (&'static str, fn(&Stand) -> Result<()>);

/// What both databases go through.
const EVERYWHERE: &[Case] = &[
    ("generate", keys::generated_tokens_pass),
    ("regenerate", keys::a_regenerated_token_ends_the_one_before_it),
    ("one live token for each combination", keys::grants_answer_with_the_live_token),
    ("one token for many at once", keys::many_grants_at_once_give_one_token),
    ("a subscription is blocked and unblocked", subscriptions::blocked_and_unblocked),
    ("an application is blocked and unblocked", applications::blocked_and_unblocked),
    ("users and applications", users::a_user_is_not_an_application),
    ("a renewed token", users::a_renewed_token_takes_the_place_of_the_one_before_it),
    ("a revoked grant", users::a_revoked_grant),
    ("a locked user", users::a_locked_user),
    ("another password", users::another_password),
    ("a withdrawn consent", users::a_withdrawn_consent),
    ("a stolen refresh token", users::a_stolen_refresh_token),
    ("nothing secret rests readable", rest::nothing_secret_rests_readable),
];

/// What needs no other database.
const ONCE: &[Case] = &[
    ("the default validity", validity::the_default_counts_for_applications_that_are_created_from_then_on),
    ("validity of keys and of a request", validity::keys_and_requests_have_their_own),
    ("a short validity", validity::a_token_runs_out_at_the_edge),
    ("a validity without end", validity::a_token_may_last_for_ever_unless_that_is_forbidden),
    ("production and sandbox", places::each_environment_takes_its_own_tokens),
    ("domains", places::a_token_is_bound_to_its_domains),
    ("addresses", places::a_token_is_bound_to_its_addresses),
    ("scopes", places::a_token_holds_no_more_scopes_than_its_client_asked_for),
    ("the credential is removed or kept", places::the_credential_is_removed_or_kept),
    ("tiers", subscriptions::the_upstream_hears_the_tier),
    ("another tier", subscriptions::another_tier_ends_the_tokens_of_the_one_before),
    ("an API is changed", apis::a_changed_api_reaches_the_edge),
    ("an API is removed", apis::a_removed_api_is_gone_from_the_edge),
    ("consumer secrets change without an outage", secrets::two_secrets_change_without_an_outage),
];

/// What ends other cases' tokens comes last.
const LAST: &[Case] = &[("keys change by schedule", rotation::keys_change_by_schedule_without_a_good_request_refused)];

fn tell(stand: &Stand, cases: &[&[Case]]) {
    let mut failures = Vec::new();
    for (name, case) in cases.iter().copied().flatten() {
        let began = Instant::now();
        let result = case(stand);
        println!("{:>6} ms  {name}", began.elapsed().as_millis());
        if let Err(error) = result {
            failures.push(format!("{name}: {error:#}"));
        }
    }
    assert!(failures.is_empty(), "{}\n{}", failures.join("\n"), stand.issuer_log());
    assert_eq!(stand.envoy.reloads().unwrap(), 0, "a virtual machine trapped");
}

#[test]
fn on_sqlite() {
    let stand = Stand::start(None, "HS256").unwrap();
    tell(&stand, &[EVERYWHERE, ONCE, LAST]);
}

#[test]
fn on_postgresql_with_rs256() {
    let database = postern_test_postgres::shared().create_database();
    let stand = Stand::start(Some(database), "RS256").unwrap();
    tell(&stand, &[EVERYWHERE, LAST]);
}
