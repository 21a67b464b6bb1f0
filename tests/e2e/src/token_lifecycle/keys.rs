//! Generate and regenerate, and the one live token of each combination of client and scopes.

use std::collections::BTreeSet;
use std::thread;

use anyhow::{Result, ensure};

use super::fixture::edges::order;
use super::fixture::{Fixture, claims};

const BOTH: [&str; 4] = ["--scope", "orders", "--scope", "menu"];

pub(super) fn generated_tokens_pass(fixture: &Fixture) -> Result<()> {
    let application = fixture.application("generate")?;
    let keys = fixture.generate(&application, &BOTH)?;
    let arrived = fixture.accepts(&keys.token)?;
    for (name, value) in [
        ("x-postern-application", application.as_str()),
        ("x-postern-client", &keys.client.0),
        ("x-postern-key-type", "production"),
    ] {
        ensure!(arrived["headers"][name] == value, "`{name}` arrived as {}", arrived["headers"][name]);
    }
    ensure!(claims(&keys.token)?["jti"].as_str().is_some_and(|id| id.len() == 29), "{}", claims(&keys.token)?);
    fixture.accepts(&fixture.grant(&keys.client, "&scope=orders")?)?;
    ensure!(fixture.generate(&application, &BOTH).is_err(), "keys were generated twice");
    ensure!(fixture.grant_refusal(&(keys.client.0, "wrong".into()), "")? == "invalid_client", "a wrong secret");
    Ok(())
}

pub(super) fn regenerate_revokes_the_previous_token(fixture: &Fixture) -> Result<()> {
    let application = fixture.application("regenerate")?;
    let keys = fixture.generate(&application, &BOTH)?;
    let fewer = fixture.grant(&keys.client, "&scope=orders")?;
    let mut old = keys.token;
    for _ in 0..3 {
        // Every worker accepts the token and may cache it.
        fixture.eventually_passes(&order(&old))?;
        let new = fixture.regenerate(&application)?;
        fixture.eventually_refuses(&order(&old), 401, "revoked")?;
        fixture.accepts(&new)?;
        ensure!(fixture.grant(&keys.client, "")? == new, "a grant returns another token than the regenerated one");
        old = new;
    }
    // A token for fewer scopes is another combination.
    fixture.accepts(&fewer).map(drop)
}

pub(super) fn grants_return_the_live_token(fixture: &Fixture) -> Result<()> {
    let application = fixture.application("uniqueness")?;
    let keys = fixture.generate(&application, &BOTH)?;
    let (one, another) = (fixture.grant(&keys.client, "")?, fixture.grant(&keys.client, "")?);
    ensure!(one == another && one == keys.token, "two equal grants gave two tokens");
    let fewer = fixture.grant(&keys.client, "&scope=orders")?;
    ensure!(
        fewer != one && fewer == fixture.grant(&keys.client, "&scope=orders")?,
        "other scopes must have a token of their own"
    );
    let menu = fixture.grant(&keys.client, "&scope=menu")?;
    ensure!(menu != fewer, "each set of scopes must have a token of its own");
    fixture.accepts(&one)?;
    fixture.accepts(&fewer)?;
    let new = fixture.regenerate(&application)?;
    // The shared token is revoked, however it was obtained.
    for token in [&one, &another, &keys.token] {
        fixture.eventually_refuses(&order(token), 401, "revoked")?;
    }
    fixture.accepts(&fewer)?;
    fixture.accepts(&new)?;
    // A revoked token is not returned again.
    fixture.cli.run(&["token", "revoke", claims(&new)?["jti"].as_str().unwrap_or_default()])?;
    fixture.eventually_refuses(&order(&new), 401, "revoked")?;
    let after = fixture.grant(&keys.client, "")?;
    ensure!(after != new, "a revoked token was returned");
    fixture.accepts(&after).map(drop)
}

pub(super) fn concurrent_grants_return_one_token(fixture: &Fixture) -> Result<()> {
    let application = fixture.application("at-once")?;
    let keys = fixture.generate(&application, &BOTH)?;
    let tokens: Result<BTreeSet<String>> = thread::scope(|scope| {
        let ask = || fixture.grant(&keys.client, "&scope=orders");
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let tokens = tokens?;
    ensure!(tokens.len() == 1, "16 grants at once gave {} tokens", tokens.len());
    let list = fixture.cli.run(&["token", "list", "--application", &application])?;
    let records = list["tokens"].as_array().map_or(0, Vec::len);
    ensure!(records == 2, "{records} tokens are on record besides the generated one: {list}");
    tokens.iter().try_for_each(|token| fixture.accepts(token).map(drop))
}
