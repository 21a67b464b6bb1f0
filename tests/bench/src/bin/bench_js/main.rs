//! Measures a decision in JavaScript hosts, and compares it with a verification by npm's `jose` on the same tokens.

mod report;

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use postern_test_harness::artifacts::{self, project_file};
use postern_test_harness::clock::now;
use postern_vectors::{Forge, TokenSpec};
use serde_json::{Map, Value, json};

/// How many tokens each round verifies.
const TOKENS: usize = 1_500;

/// How many rounds there are; the last two thirds count.
const ROUNDS: usize = 9;

/// The algorithms, each with the bundle's key for it.
const KEYS: [(&str, &str); 4] = [("HS256", "k1"), ("ES256", "es1"), ("RS256", "rs1"), ("EdDSA", "ed1")];

/// CPU time in microseconds for each request.
struct Row {
    algorithm: String,
    cold: f64,
    hot: f64,
    jose: f64,
}

/// The sizes of the module, in bytes.
struct Sizes {
    module: f64,
    gzip: f64,
    brotli: f64,
}

/// The time to the first answer of a new workerd process in milliseconds, with the gate and without.
struct Cold {
    with: f64,
    without: f64,
    runs: f64,
}

fn main() -> Result<()> {
    let dir = tempfile::tempdir()?;
    prepare(dir.path())?;
    let decisions = run_script(dir.path(), "decide.mjs")?;
    let rows = decisions.as_array().context("the script prints no list")?.iter().map(row).collect::<Result<Vec<_>>>()?;
    for Row { algorithm, cold, hot, jose } in &rows {
        println!("{algorithm:<8} cold {cold:>7.1}, hot {hot:>6.1}, jose {jose:>7.1} µs of CPU");
    }
    let sizes = run_script(dir.path(), "sizes.mjs")?;
    let sizes = Sizes { module: number(&sizes, "module")?, gzip: number(&sizes, "gzip")?, brotli: number(&sizes, "brotli")? };
    let cold = run_script(dir.path(), "first-decision.mjs")?;
    let cold = Cold { with: number(&cold, "with")?, without: number(&cold, "without")?, runs: number(&cold, "runs")? };
    report::write(&rows, &sizes, &cold)
}

fn row(row: &Value) -> Result<Row> {
    let algorithm = row.get("algorithm").and_then(Value::as_str).context("a row without algorithm")?.to_owned();
    Ok(Row { algorithm, cold: number(row, "cold")?, hot: number(row, "hot")?, jose: number(row, "jose")? })
}

fn number(value: &Value, name: &str) -> Result<f64> {
    value.get(name).and_then(Value::as_f64).with_context(|| format!("there is no number `{name}`"))
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

/// A folder with the scripts, their input and their packages.
fn prepare(dir: &Path) -> Result<()> {
    let bundle: Value = serde_json::from_str(postern_vectors::bundle())?;
    let input = json!({"bundle": bundle, "tokens": tokens(), "rounds": ROUNDS});
    std::fs::write(dir.join("input.json"), input.to_string())?;
    let modules = dir.join("node_modules");
    std::fs::create_dir_all(modules.join("@postern"))?;
    symlink(artifacts::npm_package()?, modules.join("@postern/gate"))?;
    for package in ["esbuild", "jose", "miniflare"] {
        symlink(artifacts::javascript_hosts()?.join("node_modules").join(package), modules.join(package))?;
    }
    for script in [
        "tests/bench/js/decide.mjs",
        "tests/bench/js/sizes.mjs",
        "tests/bench/js/first-decision.mjs",
        "tests/edges/hosts/bundle.mjs",
    ] {
        let script = project_file(script);
        std::fs::copy(&script, dir.join(script.file_name().context("a script without name")?))?;
    }
    Ok(())
}

/// Runs a script with Node, and returns what it printed.
fn run_script(dir: &Path, script: &str) -> Result<Value> {
    let output = Command::new("node").args([script, "input.json"]).current_dir(dir).output().context("cannot start node")?;
    ensure!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}
