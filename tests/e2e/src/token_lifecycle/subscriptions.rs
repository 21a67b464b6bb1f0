//! Subscriptions: which APIs the tokens of an application may call, and at which tier.

use anyhow::{Result, ensure};
use postern_test_harness::sample_api::API;
use serde_json::json;

use super::fixture::edges::{Edge, get, order};
use super::fixture::{Fixture, claims};

const SCOPE: [&str; 2] = ["--scope", "orders"];

pub(super) fn a_blocked_subscription_revokes_tokens_until_it_is_unblocked(fixture: &Fixture) -> Result<()> {
    let application = fixture.application("subscription")?;
    let keys = fixture.generate(&application, &["--scope", "orders", "--scope", "menu"])?;
    let narrower = fixture.grant(&keys.client, "&scope=orders")?;
    let sandbox = fixture.generate_of_type(&application, "sandbox", &SCOPE)?;
    let others = fixture.generate(&fixture.application("bystander")?, &SCOPE)?;
    let held = [&keys.token, &narrower, &sandbox.token];
    for token in held {
        fixture.eventually_passes(&order(token))?;
    }
    fixture.block_subscription(&application, API, true)?;
    for token in held {
        fixture.eventually_refuses(&order(token), 401, "revoked")?;
    }
    let without = fixture.grant(&keys.client, "&scope=orders")?;
    ensure!(claims(&without)?["apis"] == json!({}), "{}", claims(&without)?);
    fixture.refuses(Edge::Both, &order(&without), 403, "not_subscribed")?;
    fixture.refuses(Edge::Both, &order(&fixture.regenerate(&application)?), 403, "not_subscribed")?;
    fixture.accepts(&others.token)?;

    fixture.block_subscription(&application, API, false)?;
    let new = fixture.grant(&keys.client, "&scope=orders")?;
    fixture.accepts(&new)?;
    // Tokens that were minted during the block have no subscription, and revoked tokens stay revoked.
    fixture.refuses(Edge::Both, &order(&without), 403, "not_subscribed")?;
    fixture.refuses(Edge::Both, &order(&narrower), 401, "revoked")
}

pub(super) fn the_upstream_gets_the_tier(fixture: &Fixture) -> Result<()> {
    fixture.add_api("tiered", &json!([{"path": "/*"}]))?;
    let application = fixture.application("tiers")?;
    fixture.subscribe(&application, "tiered/1", "silver")?;
    let token = fixture.generate(&application, &SCOPE)?.token;
    fixture.eventually_passes(&get("/tiered/x").bearer(&token))?;
    for (request, tier) in [(order(&token), "gold"), (get("/tiered/x").bearer(&token), "silver")] {
        // The client's own header is removed.
        let arrived = fixture.passes(Edge::Both, &request.header("x-postern-tier", "unlimited"))?;
        ensure!(arrived["headers"]["x-postern-tier"] == tier, "the tier arrived as {}", arrived["headers"]["x-postern-tier"]);
    }
    Ok(())
}

pub(super) fn a_change_of_the_tier_revokes_tokens(fixture: &Fixture) -> Result<()> {
    let application = fixture.application("another tier")?;
    let keys = fixture.generate(&application, &SCOPE)?;
    fixture.eventually_passes(&order(&keys.token))?;
    fixture.change_tier(&application, API, "bronze")?;
    fixture.eventually_refuses(&order(&keys.token), 401, "revoked")?;
    let arrived = fixture.accepts(&fixture.grant(&keys.client, "")?)?;
    ensure!(arrived["headers"]["x-postern-tier"] == "bronze", "the tier arrived as {}", arrived["headers"]["x-postern-tier"]);
    Ok(())
}
