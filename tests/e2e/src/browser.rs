//! Users in a real Chromium, at the real issuer and through the real Envoy. What the browser does is in tests/browser/.

use std::process::Command;

use postern_test_harness::artifacts;
use postern_test_harness::client::Request;
use postern_test_harness::envoy::Envoy;
use postern_test_harness::free_port::free_port;
use postern_test_harness::live::Live;
use postern_test_harness::sample_api::ORDERS;
use postern_test_harness::users::{self, PASSWORD};
use serde_json::Value;
use tempfile::TempDir;

const STATS: &str = "/pizza/1.0.0/stats";
const USER: &str = "alice@local";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// An issuer that listens at its own URL, a gateway that follows it, a user, and the redirect URI of an application.
struct Fixture {
    live: Live,
    issuer: String,
    callback: String,
    dir: TempDir,
}

impl Fixture {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let [listen, application] = [(); 2].map(|()| format!("127.0.0.1:{}", free_port().unwrap()));
        let live = Live::start_at(dir.path(), &artifacts::plugin().unwrap(), &listen).unwrap();
        users::add(&live.cli, USER).unwrap();
        live.cli.run(&["admin", "member", "create", "dora", "--role", "developer", "--account", USER]).unwrap();
        live.cli.run(&["admin", "scope", "create", "menu"]).unwrap();
        let callback = format!("http://{application}/callback");
        let mut change = vec!["token", "keys", "change", "--application", &live.application, "--key-type", "production"];
        change.extend(["--scope", "orders", "--scope", "menu", "--redirect-uri", &callback, "--grant-type", DEVICE_CODE]);
        change.extend(users::GRANT_TYPES.iter().flat_map(|grant_type| ["--grant-type", *grant_type]));
        live.cli.run(&change).unwrap();
        Self { issuer: format!("http://{listen}"), callback, dir, live }
    }

    /// The same, whose catalogue has a described API, to which the application is subscribed, and a gateway that pages may call.
    fn start_with_catalogue() -> (Self, Envoy) {
        let mut fixture = Self::start();
        let envoy = fixture.live.gateway_for_pages("pages").unwrap();
        let document = artifacts::project_file("tests/sample/pasta-openapi.json");
        let cli = &fixture.live.cli;
        cli.run(&["admin", "api", "import", &document.to_string_lossy(), "--name", "trattoria"]).unwrap();
        let application = ["--application", &fixture.live.application];
        cli.run(&[&["admin", "subscription", "add", "--api", "trattoria/2.0.0", "--tier", "gold"], &application[..]].concat())
            .unwrap();
        fixture.live.restart_issuer_with("POSTERN_PORTAL_GATEWAY", &format!("http://{}", envoy.address())).unwrap();
        (fixture, envoy)
    }

    /// Runs a script of tests/browser/ and returns its output.
    fn run(&self, script: &str) -> String {
        self.run_as(script, &self.live.client.0, &self.callback)
    }

    /// Runs a script for another client with another redirect URI.
    fn run_as(&self, script: &str, client_id: &str, callback: &str) -> String {
        self.run_with(script, client_id, callback, &[])
    }

    /// The same with more variables.
    fn run_with(&self, script: &str, client_id: &str, callback: &str, more: &[(&str, &str)]) -> String {
        let output = Command::new("node")
            .arg(artifacts::project_file("tests/browser").join(script))
            .env("BROWSER_TOOLS", artifacts::browser().unwrap())
            .env("NODE_PACKAGES", artifacts::clients().unwrap().join("node_modules"))
            .env("PICTURES", artifacts::project_file("target/screenshots/issuer"))
            .env("GATEWAY", format!("http://{}", self.live.envoy.address()))
            .env("ISSUER", &self.issuer)
            .env("CLIENT_ID", client_id)
            .env("CLIENT_SECRET", &self.live.client.1)
            .env("CALLBACK", callback)
            .env("USER_ID", USER)
            .env("PASSWORD", PASSWORD)
            .env("SCOPE", "orders")
            .envs(more.iter().copied())
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let log = std::fs::read_to_string(self.dir.path().join("issuer/issuer.log")).unwrap_or_default();
        assert!(output.status.success(), "{printed}{}\nThe issuer's log: {log}", String::from_utf8_lossy(&output.stderr));
        printed
    }
}

#[test]
fn a_user_signs_in_and_uses_an_application_with_and_without_javascript() {
    let fixture = Fixture::start();
    let application = fixture.live.mint().unwrap();
    let refused = Request::new("GET", "/pizza/1.0.0/me", "api.example").bearer(&application);
    let before = fixture.live.upstream.seen();
    assert_eq!(refused.send(fixture.live.envoy.address()).unwrap().code().as_deref(), Some("wrong_kind"));
    let printed: Value = serde_json::from_str(&fixture.run("user_flows.mjs")).unwrap();
    // No refused request reached the upstream.
    assert_eq!(fixture.live.upstream.seen() - before, usize::try_from(printed["passed"].as_u64().unwrap()).unwrap());
}

#[test]
fn a_single_page_application_of_another_site_signs_users_in() {
    let fixture = Fixture::start();
    let cli = &fixture.live.cli;
    let port = free_port().unwrap();
    // Another site for a browser than the issuer's address 127.0.0.1.
    let callback = format!("http://localhost:{port}/callback");
    let application = cli.run(&["application", "create", "page"]).unwrap();
    let application = application["id"].as_str().unwrap();
    cli.run(&["subscription", "create", "--application", application, "--api", "pizza/1.0.0", "--tier", "gold"]).unwrap();
    let mut generate = vec!["token", "create", "--application", application, "--key-type", "production", "--public=true"];
    generate.extend(["--scope", "orders", "--redirect-uri", &callback]);
    generate.extend(["--grant-type", "authorization_code", "--grant-type", "refresh_token"]);
    let keys = cli.run(&generate).unwrap();
    let printed = fixture.run_as("single_page_application.mjs", keys["consumer_key"].as_str().unwrap(), &callback);
    assert!(printed.contains("\"revoked\":200"), "{printed}");
}

/// From the sign-in page to a token that the gateway accepts on one domain, and to its end.
#[test]
fn a_developer_makes_a_token_in_the_portal_and_replaces_it() {
    let fixture = Fixture::start();
    let printed: Value = serde_json::from_str(&fixture.run("portal.mjs")).unwrap();
    check_first_token(&fixture, &printed["first"]);
    let ways = printed["ways"].as_array().unwrap();
    assert_eq!(ways.len(), 3);
    for way in ways {
        let [first, second, command] = ["first", "second", "command"].map(|name| way[name].as_str().unwrap());
        println!("{}: {} clicks, {:.1} s", way["name"], way["clicks"], way["seconds"].as_f64().unwrap());
        assert!(way["clicks"].as_u64().unwrap() <= 12, "{way}");
        assert!(command.contains("Origin: https://app.example.com"), "{command}");
        assert!(command.contains(&format!("TOKEN='{first}'")), "{command}");
        let call = |token: &str, origin: &str| {
            let request = Request::new("GET", ORDERS, "api.example").bearer(token).header("origin", origin);
            request.send(fixture.live.envoy.address()).unwrap()
        };
        fixture
            .live
            .wait_until("the gateway accepts the new token", || Ok(call(second, "https://app.example.com").status == 200))
            .unwrap();
        let elsewhere = call(second, "https://evil.example");
        assert_eq!((elsewhere.status, elsewhere.code().as_deref()), (403, Some("domain_not_allowed")));
        let revoked = || Ok(call(first, "https://app.example.com").code().as_deref() == Some("revoked"));
        fixture.live.wait_until("the gateway refuses the old token", revoked).unwrap();
    }
    let audit = fixture.live.cli.run(&["admin", "audit", "list", "--limit", "100"]).unwrap().to_string();
    assert!(audit.matches("member:dora").count() >= 12, "{audit}");
}

/// Checks what one form made, by running what its page copied.
fn check_first_token(fixture: &Fixture, first: &Value) {
    let copied = |name: &str| first[name].as_str().unwrap();
    println!("one form: {} clicks", first["clicks"]);
    assert!(first["clicks"].as_u64().unwrap() <= 3, "{first}");
    assert!(first["bottom"].as_f64().unwrap() <= 900.0, "the button that copies the call is below the window: {first}");
    let token = copied("token");
    assert!(copied("command").contains(&format!("TOKEN='{token}'\n")), "{first}");
    let call = || Request::new("GET", STATS, "api.example").bearer(token).send(fixture.live.envoy.address());
    assert!(copied("command").contains(STATS), "{first}");
    fixture.live.wait_until("the gateway accepts the first token", || Ok(call()?.status == 200)).unwrap();
    let run = Command::new("sh").args(["-c", copied("request")]).output().unwrap();
    let answer: Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(answer["token_type"], "Bearer", "{answer}");
}

/// Checks the pages of the portal of an administrator. `pages` is for `issuer_pages.mjs`.
fn check_pages(pages: &str) {
    let (fixture, _gateway) = Fixture::start_with_catalogue();
    fixture.live.cli.run(&["admin", "member", "change", "dora", "--role", "administrator"]).unwrap();
    fixture.live.cli.run(&["admin", "scope", "bind", "stock", "--roles", "clerk"]).unwrap();
    fixture.live.cli.run(&["team", "create", "kitchen"]).unwrap();
    let (client, callback) = (&fixture.live.client.0, &fixture.callback);
    assert_eq!(fixture.run_with("issuer_pages.mjs", client, callback, &[("PAGES", pages)]), "");
}

#[test]
fn every_page_of_the_issuer_is_accessible() {
    check_pages("first");
}

#[test]
fn more_pages_for_administrators_are_accessible() {
    check_pages("more");
}

/// German words are long.
#[test]
fn pages_are_accessible_in_german() {
    check_pages("german");
}

/// From the catalogue to the real gateway: tokens go nowhere else, and nothing keeps them.
#[test]
fn a_developer_tries_an_api_out_in_the_catalogue() {
    let (fixture, gateway) = Fixture::start_with_catalogue();
    let token = fixture.live.mint().unwrap();
    let personal = fixture.live.cli.run(&["admin", "personal-token", "create", "dora"]).unwrap();
    let personal = personal["personal_token"].as_str().unwrap();
    let accepted = || {
        let request = Request::new("GET", "/pasta/orders/7", "api.example").bearer(&token);
        Ok(request.send(gateway.address())?.status == 200)
    };
    fixture.live.wait_until("the gateway serves the API", accepted).unwrap();
    let before = fixture.live.upstream.seen();
    let more = [("TOKEN", token.as_str()), ("PERSONAL_TOKEN", personal)];
    let printed = fixture.run_with("try_out.mjs", &fixture.live.client.0, &fixture.callback, &more);
    let tried: Value = serde_json::from_str(&printed).unwrap();
    let answer = |name: &str| tried["answers"][name].as_str().unwrap();
    for (name, status) in
        [("public", "200 "), ("without", "401 "), ("order", "200 "), ("change", "200 "), ("wrong", "401 "), ("me", "200 ")]
    {
        assert!(answer(name).starts_with(status), "{name}: {printed}");
    }
    assert!(answer("without").contains("www-authenticate: Bearer") && answer("me").contains("\"dora\""), "{printed}");
    assert_eq!(answer("dots"), "A part of a path cannot be a dot or two.");
    // What was refused did not reach the upstream.
    assert_eq!(fixture.live.upstream.seen() - before, 3);
    let (api, issuer) = (format!("http://{}/pasta/orders", gateway.address()), &fixture.issuer);
    let mut sent = vec![format!("GET {api}/8"), format!("PUT {api}/7"), format!("GET {api}/7")];
    sent.push(format!("GET {issuer}/api/v1/me"));
    assert_eq!(tried["sent"], serde_json::json!(sent));
    assert_eq!((&tried["isKept"], &tried["elsewhere"], &tried["afterReload"]), (&false.into(), &"blocked".into(), &"".into()));
    assert_eq!(tried["complaints"], serde_json::json!([]));
}
