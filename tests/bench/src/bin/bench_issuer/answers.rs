//! Checks every response after the measurement, because refusals would be fast.

use std::collections::HashSet;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postern_test_harness::issuer::text;
use serde_json::Value;

use crate::load::Run;

/// The tokens of all responses, by connection.
pub(crate) fn tokens(run: &Run) -> Result<Vec<Vec<String>>> {
    run.bodies.iter().map(|bodies| bodies.iter().map(|body| token(body)).collect()).collect()
}

/// The token of one response.
pub(crate) fn token(body: &[u8]) -> Result<String> {
    let answer: Value = serde_json::from_slice(body)?;
    ensure!(answer.get("expires_in").and_then(Value::as_u64).is_some_and(|seconds| seconds > 0), "a token has expired already");
    text(&answer, "access_token")
}

/// Checks that each token is signed with `algorithm` and has a different `jti`.
pub(crate) fn check_distinct(tokens: &[Vec<String>], algorithm: &str) -> Result<()> {
    let mut ids = HashSet::new();
    for token in tokens.iter().flatten() {
        let header = token.split('.').next().context("no header")?;
        ensure!(text(&decode(header)?, "alg")? == algorithm, "a token is not signed with {algorithm}");
        ensure!(ids.insert(jti(token)?), "two tokens have the same `jti`");
    }
    Ok(())
}

/// Whether each connection got no more different tokens than it has clients. Tokens are compared by `jti`, because a token that is
/// signed again may have another signature.
pub(crate) fn are_the_same(tokens: &[Vec<String>], clients_of_each: usize) -> Result<bool> {
    for tokens in tokens {
        let ids: HashSet<String> = tokens.iter().map(|token| jti(token)).collect::<Result<_>>()?;
        if ids.len() > clients_of_each {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The id of the client that a token was issued to.
pub(crate) fn client(token: &str) -> Result<String> {
    claim(token, "client_id")
}

fn jti(token: &str) -> Result<String> {
    claim(token, "jti")
}

fn claim(token: &str, name: &str) -> Result<String> {
    text(&decode(token.split('.').nth(1).context("no claims")?)?, name)
}

fn decode(part: &str) -> Result<Value> {
    let json = URL_SAFE_NO_PAD.decode(part).ok().context("a part of a token is not base64url")?;
    Ok(serde_json::from_slice(&json)?)
}

/// Checks that every response says that the token is active.
pub(crate) fn check_active(run: &Run) -> Result<()> {
    for body in run.bodies.iter().flatten() {
        let answer: Value = serde_json::from_slice(body)?;
        ensure!(answer.get("active") == Some(&Value::Bool(true)), "a live token is reported as inactive");
    }
    Ok(())
}
