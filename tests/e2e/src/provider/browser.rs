//! The same in a real Chromium.

mod from_nothing;

use postern_test_harness::artifacts;
use serde_json::json;

use super::Fixture;

#[test]
fn a_person_signs_in_with_a_provider_with_and_without_javascript() {
    let fixture = Fixture::start();
    let tools = artifacts::browser().unwrap();
    let clicks = fixture.run("tests/browser/provider.mjs", &[("BROWSER_TOOLS", tools.to_str().unwrap())]);
    assert_eq!(clicks, json!({ "with JavaScript": 3, "without JavaScript": 3 }));
    assert_eq!(fixture.cli.run(&["admin", "member", "show", "alice"]).unwrap()["role"], "developer");
}
