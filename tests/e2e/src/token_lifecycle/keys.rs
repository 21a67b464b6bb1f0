//! Generating and regenerating, and the one live token of each combination.

use std::collections::BTreeSet;
use std::thread;

use anyhow::{Result, ensure};

use super::stand::edges::order;
use super::stand::{Stand, claims};

const BOTH: [&str; 4] = ["--scope", "orders", "--scope", "menu"];

pub(super) fn generated_tokens_pass(stand: &Stand) -> Result<()> {
    let application = stand.application("generate")?;
    let keys = stand.generate(&application, &BOTH)?;
    let arrived = stand.takes(&keys.token)?;
    for (name, value) in [
        ("x-postern-application", application.as_str()),
        ("x-postern-client", &keys.client.0),
        ("x-postern-key-type", "production"),
    ] {
        ensure!(arrived["headers"][name] == value, "`{name}` arrived as {}", arrived["headers"][name]);
    }
    ensure!(claims(&keys.token)?["jti"].as_str().is_some_and(|id| id.len() == 29), "{}", claims(&keys.token)?);
    stand.takes(&stand.grant(&keys.client, "&scope=orders")?)?;
    ensure!(stand.generate(&application, &BOTH).is_err(), "keys were generated twice");
    ensure!(stand.grant_refusal(&(keys.client.0, "wrong".into()), "")? == "invalid_client", "a wrong secret");
    Ok(())
}

pub(super) fn a_regenerated_token_ends_the_one_before_it(stand: &Stand) -> Result<()> {
    let application = stand.application("regenerate")?;
    let keys = stand.generate(&application, &BOTH)?;
    let fewer = stand.grant(&keys.client, "&scope=orders")?;
    let mut old = keys.token;
    for _ in 0..3 {
        // Every worker has taken it, and may remember it.
        stand.soon_passes(&order(&old))?;
        let new = stand.regenerate(&application)?;
        stand.soon_refuses(&order(&old), 401, "revoked")?;
        stand.takes(&new)?;
        ensure!(stand.grant(&keys.client, "")? == new, "a grant answers with another token than the regenerated one");
        old = new;
    }
    // What the client obtained for fewer scopes is another combination.
    stand.takes(&fewer).map(drop)
}

pub(super) fn grants_answer_with_the_live_token(stand: &Stand) -> Result<()> {
    let application = stand.application("uniqueness")?;
    let keys = stand.generate(&application, &BOTH)?;
    let (one, another) = (stand.grant(&keys.client, "")?, stand.grant(&keys.client, "")?);
    ensure!(one == another && one == keys.token, "grants for the same gave two tokens");
    let fewer = stand.grant(&keys.client, "&scope=orders")?;
    ensure!(fewer != one && fewer == stand.grant(&keys.client, "&scope=orders")?, "other scopes have a token of their own");
    let menu = stand.grant(&keys.client, "&scope=menu")?;
    ensure!(menu != fewer, "each set of scopes has");
    stand.takes(&one)?;
    stand.takes(&fewer)?;
    let new = stand.regenerate(&application)?;
    // Whoever was answered with the shared token has it no longer.
    for token in [&one, &another, &keys.token] {
        stand.soon_refuses(&order(token), 401, "revoked")?;
    }
    stand.takes(&fewer)?;
    stand.takes(&new)?;
    // A token that was revoked is not answered with.
    stand.cli.run(&["token", "revoke", claims(&new)?["jti"].as_str().unwrap_or_default()])?;
    stand.soon_refuses(&order(&new), 401, "revoked")?;
    let after = stand.grant(&keys.client, "")?;
    ensure!(after != new, "a revoked token was handed out");
    stand.takes(&after).map(drop)
}

pub(super) fn many_grants_at_once_give_one_token(stand: &Stand) -> Result<()> {
    let application = stand.application("at-once")?;
    let keys = stand.generate(&application, &BOTH)?;
    let tokens: Result<BTreeSet<String>> = thread::scope(|scope| {
        let ask = || stand.grant(&keys.client, "&scope=orders");
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let tokens = tokens?;
    ensure!(tokens.len() == 1, "16 grants at once gave {} tokens", tokens.len());
    let list = stand.cli.run(&["token", "list", "--application", &application])?;
    let records = list["tokens"].as_array().map_or(0, Vec::len);
    ensure!(records == 2, "{records} tokens are on record besides the generated one: {list}");
    tokens.iter().try_for_each(|token| stand.takes(token).map(drop))
}
