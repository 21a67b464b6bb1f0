//! The story as a test, and a search for secrets in the files that it leaves.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use postern_demo::demo::Demo;
use postern_demo::story;
use postern_test_harness::artifacts;
use postern_test_harness::client::Request;
use postern_test_harness::users::PASSWORD;

fn run(envoy: &Path) {
    let dir = tempfile::tempdir().unwrap();
    let mut demo = Demo::start(envoy, dir.path(), &mut |_| {}).unwrap();
    let mut outcomes = story::run_requests(&demo, &mut |_| {}).unwrap();
    // Counted before the part that follows a user, which repeats requests until all workers know of a change.
    counters(&demo);
    outcomes.extend(story::run_users(&demo, &mut |_| {}).unwrap());
    outcomes.extend(story::run_streams(&demo, &mut |_| {}).unwrap());
    let wrong: Vec<String> = outcomes.iter().filter(|outcome| !outcome.ok).map(ToString::to_string).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(demo.envoy.is_running());
    assert_eq!(demo.envoy.reloads().unwrap(), 0);
    no_secret_is_stored(&demo, dir.path());
}

#[test]
fn the_story_passes_on_envoy_1_40() {
    run(&artifacts::envoy_of("1.40.0").unwrap());
}

#[test]
fn the_story_passes_on_envoy_1_36() {
    run(&artifacts::envoy_of("1.36.2").unwrap());
}

/// Asserts that the metrics count the requests of the story.
fn counters(demo: &Demo) {
    let counted =
        |counts: &[(&str, u64)]| counts.iter().map(|(reason, count)| ((*reason).to_owned(), *count)).collect::<BTreeMap<_, _>>();
    // The plugin counts what it has allowed at its next tick.
    let allowances = counted(&[("token", 8), ("public", 2)]);
    let deadline = Instant::now() + Duration::from_secs(10);
    while demo.envoy.allowances().unwrap() != allowances {
        assert!(Instant::now() < deadline, "{:?}", demo.envoy.allowances());
        thread::sleep(Duration::from_millis(20));
    }
    let denials = counted(&[
        ("address_not_allowed", 1),
        ("bad_path", 1),
        ("bad_signature", 1),
        ("domain_not_allowed", 3),
        ("expired", 1),
        ("insufficient_scope", 1),
        ("invalid_request", 1),
        ("malformed_token", 1),
        ("method_not_allowed", 1),
        ("missing_token", 1),
        ("no_such_api", 2),
        ("not_subscribed", 1),
        ("not_yet_valid", 2),
        ("revoked", 1),
        ("stale", 1),
        ("unknown_key", 1),
        ("wrong_audience", 1),
        ("wrong_issuer", 1),
        ("wrong_kind", 2),
        ("wrong_type", 1),
    ]);
    let mut refused = demo.envoy.denials().unwrap();
    for (reason, count) in &demo.refused_before {
        *refused.get_mut(reason).unwrap() -= count;
    }
    refused.retain(|_, count| *count > 0);
    assert_eq!(refused, denials);
    let prometheus = Request::new("GET", "/metrics", "metrics").send(demo.metrics).unwrap();
    let text = String::from_utf8(prometheus.body).unwrap();
    let labels = ["outcome=\"deny\"", "reason=\"domain_not_allowed\"", "api=\"pizza/1.0.0\""];
    let mut lines = text.lines().filter(|line| line.starts_with("postern_decisions_total{") && line.ends_with("} 3"));
    assert!(lines.any(|line| labels.iter().all(|label| line.contains(label))), "{text}");
}

/// Asserts that no token, consumer secret, password or signing key is in the database or in a log.
fn no_secret_is_stored(demo: &Demo, dir: &Path) {
    let tokens = &demo.tokens;
    let bundle: serde_json::Value = serde_json::from_slice(&fs::read(dir.join("issuer/bundle.json")).unwrap()).unwrap();
    let key = bundle["keys"]["keys"][0]["k"].as_str().unwrap().to_owned();
    let signatures = [
        &tokens.production,
        &tokens.sandbox,
        &tokens.widget,
        &tokens.office,
        &tokens.without_subscription,
        &tokens.without_scope,
        &tokens.obtained,
        &tokens.other_issuer,
        &tokens.revoked,
    ]
    .map(|token| token.rsplit('.').next().unwrap().to_owned());
    let mut secrets: Vec<Vec<u8>> =
        vec![demo.client.1.clone().into_bytes(), key.clone().into_bytes(), decode(&key), PASSWORD.into()];
    secrets.extend(signatures.map(String::into_bytes));
    // The files that contain the signing key by design: the bundle, and what is made from it.
    let by_design = [
        "issuer/bundle.json",
        "gateway/rendered.yaml",
        "gateway/envoy.yaml",
        "production-gateway/rendered.yaml",
        "production-gateway/envoy.yaml",
    ]
    .map(|name| dir.join(name));
    let mut read = 0;
    for file in files(dir) {
        if by_design.contains(&file) {
            continue;
        }
        let bytes = fs::read(&file).unwrap();
        for secret in &secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret);
            assert!(!found, "`{}` contains a secret", file.display());
        }
        read += 1;
    }
    for name in ["issuer/postern.db", "issuer/issuer.log", "gateway/envoy.log"] {
        assert!(dir.join(name).exists(), "`{name}` was not searched");
    }
    assert!(fs::metadata(dir.join("gateway/envoy.log")).unwrap().len() > 0);
    assert!(read >= 5);
}

fn decode(base64url: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(base64url).unwrap()
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.is_file() {
            found.push(path);
        }
    }
    found
}
