//! Which APIs an application's tokens are good for, and at which tier.

use anyhow::{Result, ensure};
use postern_test_harness::sample_api::API;
use serde_json::json;

use super::stand::edges::{Edge, get, order};
use super::stand::{Stand, claims};

const SCOPE: [&str; 2] = ["--scope", "orders"];

pub(super) fn blocked_and_unblocked_subscription(stand: &Stand) -> Result<()> {
    let application = stand.application("subscription")?;
    let keys = stand.generate(&application, &["--scope", "orders", "--scope", "menu"])?;
    let narrower = stand.grant(&keys.client, "&scope=orders")?;
    let sandbox = stand.generate_of_type(&application, "sandbox", &SCOPE)?;
    let others = stand.generate(&stand.application("bystander")?, &SCOPE)?;
    let held = [&keys.token, &narrower, &sandbox.token];
    for token in held {
        stand.soon_passes(&order(token))?;
    }
    stand.block_subscription(&application, API, true)?;
    for token in held {
        stand.soon_refuses(&order(token), 401, "revoked")?;
    }
    let without = stand.grant(&keys.client, "&scope=orders")?;
    ensure!(claims(&without)?["apis"] == json!({}), "{}", claims(&without)?);
    stand.refuses(Edge::Both, &order(&without), 403, "not_subscribed")?;
    stand.refuses(Edge::Both, &order(&stand.regenerate(&application)?), 403, "not_subscribed")?;
    stand.takes(&others.token)?;

    stand.block_subscription(&application, API, false)?;
    let new = stand.grant(&keys.client, "&scope=orders")?;
    stand.takes(&new)?;
    // What was minted while it was blocked holds nothing, and what was revoked stays so.
    stand.refuses(Edge::Both, &order(&without), 403, "not_subscribed")?;
    stand.refuses(Edge::Both, &order(&narrower), 401, "revoked")
}

pub(super) fn the_upstream_hears_the_tier(stand: &Stand) -> Result<()> {
    stand.add_api("tiered", &json!([{"path": "/*"}]))?;
    let application = stand.application("tiers")?;
    stand.subscribe(&application, "tiered/1", "silver")?;
    let token = stand.generate(&application, &SCOPE)?.token;
    stand.soon_passes(&get("/tiered/x").bearer(&token))?;
    for (request, tier) in [(order(&token), "gold"), (get("/tiered/x").bearer(&token), "silver")] {
        // What the client says about it never arrives.
        let arrived = stand.passes(Edge::Both, &request.header("x-postern-tier", "unlimited"))?;
        ensure!(arrived["headers"]["x-postern-tier"] == tier, "the tier arrived as {}", arrived["headers"]["x-postern-tier"]);
    }
    Ok(())
}

pub(super) fn another_tier_ends_the_tokens_of_the_one_before(stand: &Stand) -> Result<()> {
    let application = stand.application("another tier")?;
    let keys = stand.generate(&application, &SCOPE)?;
    stand.soon_passes(&order(&keys.token))?;
    stand.change_tier(&application, API, "bronze")?;
    stand.soon_refuses(&order(&keys.token), 401, "revoked")?;
    let arrived = stand.takes(&stand.grant(&keys.client, "")?)?;
    ensure!(arrived["headers"]["x-postern-tier"] == "bronze", "the tier arrived as {}", arrived["headers"]["x-postern-tier"]);
    Ok(())
}
