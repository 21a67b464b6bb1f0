//! Users in a real Chromium, at the real issuer and through the real Envoy. What the browser does is in tests/browser/.

use std::net::TcpListener;
use std::process::Command;

use postern_test_harness::artifacts;
use postern_test_harness::live::Live;
use postern_test_harness::users::{self, PASSWORD};
use serde_json::Value;
use tempfile::TempDir;

const USER: &str = "alice@local";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// An issuer where its name says, a gateway behind it, a user, and where an application is going to listen.
struct Stand {
    live: Live,
    issuer: String,
    callback: String,
    dir: TempDir,
}

impl Stand {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let [listen, application] =
            [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap()).map(|own| own.local_addr().unwrap().to_string());
        let live = Live::start_at(dir.path(), &artifacts::plugin().unwrap(), &listen).unwrap();
        users::add(&live.cli, USER).unwrap();
        let callback = format!("http://{application}/callback");
        let mut change = vec!["token", "keys", "change", "--application", &live.application, "--key-type", "production"];
        change.extend(["--scope", "orders", "--scope", "menu", "--redirect-uri", &callback, "--grant-type", DEVICE_CODE]);
        change.extend(users::GRANT_TYPES.iter().flat_map(|grant_type| ["--grant-type", *grant_type]));
        live.cli.run(&change).unwrap();
        Self { issuer: format!("http://{listen}"), callback, dir, live }
    }

    /// Runs a script of tests/browser/ and gives what it printed.
    fn run(&self, script: &str) -> String {
        let output = Command::new("node")
            .arg(artifacts::project_file("tests/browser").join(script))
            .env("BROWSER_TOOLS", artifacts::browser().unwrap())
            .env("NODE_PACKAGES", artifacts::clients().unwrap().join("node_modules"))
            .env("PICTURES", artifacts::project_file("target/screenshots/issuer"))
            .env("GATEWAY", format!("http://{}", self.live.envoy.address()))
            .env("ISSUER", &self.issuer)
            .env("CLIENT_ID", &self.live.client.0)
            .env("CLIENT_SECRET", &self.live.client.1)
            .env("CALLBACK", &self.callback)
            .env("USER_ID", USER)
            .env("PASSWORD", PASSWORD)
            .env("SCOPE", "orders")
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let log = std::fs::read_to_string(self.dir.path().join("issuer/issuer.log")).unwrap_or_default();
        assert!(output.status.success(), "{said}{}\nThe issuer says: {log}", String::from_utf8_lossy(&output.stderr));
        said
    }
}

#[test]
fn a_user_goes_the_whole_way_with_javascript_and_without() {
    let stand = Stand::start();
    let application = stand.live.mint().unwrap();
    let refused = postern_test_harness::client::Request::new("GET", "/pizza/1.0.0/me", "api.example").bearer(&application);
    let before = stand.live.upstream.seen();
    assert_eq!(refused.send(stand.live.envoy.address()).unwrap().code().as_deref(), Some("wrong_kind"));
    let said: Value = serde_json::from_str(&stand.run("whole_way.mjs")).unwrap();
    // What was refused never reached it.
    assert_eq!(stand.live.upstream.seen() - before, usize::try_from(said["passed"].as_u64().unwrap()).unwrap());
}

#[test]
fn everybody_can_use_every_page_of_the_issuer() {
    assert_eq!(Stand::start().run("issuer_pages.mjs"), "");
}
