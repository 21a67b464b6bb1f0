//! Measures a decision in JavaScript hosts, and compares it with a verification by npm's `jose` on the same tokens.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use postern_test_harness::artifacts;
use postern_test_harness::clock::now;
use postern_vectors::{Forge, TokenSpec};
use serde_json::{Map, Value, json};

/// How many tokens each round verifies.
const TOKENS: usize = 1_500;

/// How many rounds there are; the last two thirds count.
const ROUNDS: usize = 9;

/// The algorithms, each with the bundle's key for it.
const KEYS: [(&str, &str); 4] = [("HS256", "k1"), ("ES256", "es1"), ("RS256", "rs1"), ("EdDSA", "ed1")];

fn main() -> Result<()> {
    let dir = tempfile::tempdir()?;
    let rows: Value = serde_json::from_slice(&run_script(dir.path())?)?;
    println!("{rows:#}");
    Ok(())
}

/// Tokens of each algorithm, each token another one.
fn tokens() -> BTreeMap<&'static str, Value> {
    let forge = Forge::new(now());
    let token = |kid: &str, number: usize| {
        let claims = Map::from_iter([("jti".to_owned(), json!(format!("token-{number}")))]);
        forge.token(&TokenSpec { key: Some(kid.into()), claims, ..TokenSpec::default() })
    };
    let all = |kid: &str| (0..TOKENS).map(|number| token(kid, number)).collect::<Vec<_>>();
    KEYS.iter().map(|(algorithm, kid)| (*algorithm, json!({"kid": kid, "cold": all(kid)}))).collect()
}

fn run_script(dir: &Path) -> Result<Vec<u8>> {
    let bundle: Value = serde_json::from_str(postern_vectors::bundle())?;
    let input = json!({"bundle": bundle, "tokens": tokens(), "rounds": ROUNDS});
    std::fs::write(dir.join("input.json"), input.to_string())?;
    let modules = dir.join("node_modules");
    std::fs::create_dir_all(modules.join("@postern"))?;
    std::os::unix::fs::symlink(artifacts::npm_package()?, modules.join("@postern/gate"))?;
    std::os::unix::fs::symlink(artifacts::javascript_hosts()?.join("node_modules/jose"), modules.join("jose"))?;
    std::fs::copy(artifacts::project_file("tests/bench/js/decide.mjs"), dir.join("decide.mjs"))?;
    let output =
        Command::new("node").args(["decide.mjs", "input.json"]).current_dir(dir).output().context("cannot start node")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(output.stdout)
}
