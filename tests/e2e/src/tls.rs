//! TLS from end to end, with the reference deployment: its gateway has envoy/gateway-tls.yaml, and its issuer is behind envoy/issuer.yaml.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use postern_demo::reference::{Reference, url_of};
use postern_test_harness::artifacts;
use postern_test_harness::certificates::Authority;
use postern_test_harness::client::Request;
use postern_test_harness::curl::{Curl, NOT_TRUSTED, STREAM_RESET};
use postern_test_harness::envoy::Envoy;
use postern_test_harness::sample_api::ORDERS;

/// Half of the time for which the issuer holds its answer to the gateway.
const HALF_A_POLL: Duration = Duration::from_secs(15);

fn start(dir: &Path) -> Reference {
    Reference::start(&artifacts::envoy().unwrap(), dir, &mut |_| {}).unwrap()
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

#[test]
fn requests_of_both_versions_of_http_pass_through_tls() {
    let dir = tempfile::tempdir().unwrap();
    let reference = start(dir.path());
    let (curl, url, token) = (reference.curl(), reference.gateway_url(ORDERS), bearer(&reference.token));
    for (option, version) in [("--http1.1", "1.1"), ("--http2", "2")] {
        let before = reference.seen();
        let refused = curl.send(&url, &[option]).unwrap();
        assert_eq!((refused.status, refused.code(), refused.version.as_str()), (401, Some("missing_token"), version));
        assert_eq!(reference.seen(), before);
        let answer = curl.send(&url, &[option, "--header", &token]).unwrap();
        assert_eq!((answer.status, answer.version.as_str()), (200, version), "{answer:?}");
        let headers = &answer.json["headers"];
        assert_eq!((&answer.json["upstream"], &headers["x-forwarded-proto"]), (&"production".into(), &"https".into()));
        assert_eq!(headers["x-postern-application"], reference.application.as_str());
        let metadata = curl.send(&reference.issuer_url("/.well-known/oauth-authorization-server"), &[option]).unwrap();
        assert_eq!((&metadata.json["issuer"], metadata.version.as_str()), (&reference.issuer_url("").into(), version));
    }
    // Neither listener speaks plain HTTP.
    for envoy in [&reference.gateway, &reference.issuer_proxy] {
        assert!(Request::new("GET", ORDERS, "localhost").send(envoy.address()).is_err());
    }
}

#[test]
fn a_revocation_through_tls_reaches_the_gateway_before_its_poll_ends() {
    let dir = tempfile::tempdir().unwrap();
    let reference = start(dir.path());
    let (curl, url) = (reference.curl(), reference.gateway_url(ORDERS));
    let client = format!("{}:{}", reference.client.0, reference.client.1);
    let form = ["--user", &client, "--data", "grant_type=client_credentials&scope=orders"];
    let token = curl.send(&reference.issuer_url("/oauth2/token"), &form).unwrap();
    let token = token.json["access_token"].as_str().unwrap().to_owned();
    assert_eq!(curl.send(&url, &["--header", &bearer(&token)]).unwrap().status, 200);
    let form = ["--user", &client, "--data", &format!("token={token}")];
    assert_eq!(curl.send(&reference.issuer_url("/oauth2/revoke"), &form).unwrap().status, 200);
    let revoked = Instant::now();
    loop {
        let answer = curl.send(&url, &["--header", &bearer(&token)]).unwrap();
        if answer.status != 200 {
            assert_eq!((answer.status, answer.code()), (401, Some("revoked")));
            break;
        }
        assert!(revoked.elapsed() < HALF_A_POLL, "the token is still accepted");
    }
    // The edges' cluster, and thus the issuer's listener for edges, was asked for the bundle.
    assert!(reference.issuer_proxy.sum("cluster.edges.upstream_rq_total").unwrap() > 0);
}

#[test]
fn clients_and_gateways_refuse_an_issuer_whose_certificate_is_not_the_right_one() {
    let dir = tempfile::tempdir().unwrap();
    let reference = start(dir.path());
    let other = Authority::new(&dir.path().join("other")).unwrap();
    for url in [reference.gateway_url(ORDERS), reference.issuer_url("/livez")] {
        let answer = Curl::new(other.file()).send(&url, &[]).unwrap();
        assert_eq!((answer.exit, answer.status), (NOT_TRUSTED, 0), "{url}");
    }
    let before = reference.seen();
    let cases = [
        ("other-authority", other.file(), "localhost", "ssl.fail_verify_error"),
        ("other-name", reference.authority.file(), "issuer.example", "ssl.fail_verify_san"),
    ];
    for (name, authority, issuer, counter) in cases {
        let gateway = reference.another_gateway(name, authority, issuer).unwrap();
        wait_until(name, || gateway.sum(&format!("cluster.issuer.{counter}")).unwrap() > 1);
        assert_eq!(gateway.sum("cluster.issuer.upstream_rq_2xx").unwrap(), 0, "{name}");
        let log = || std::fs::read_to_string(gateway.log()).unwrap();
        wait_until("a hint in the log", || {
            log().contains("the issuer's certificate has the name and is signed by the CA that this cluster expects")
        });
        let answer = reference.curl().send(&url_of(&gateway, ORDERS), &["--header", &bearer(&reference.token)]).unwrap();
        assert_eq!((answer.status, answer.code()), (503, Some("not_ready")), "{name}");
    }
    assert_eq!(reference.seen(), before);
    // With the right authority and name, the same start succeeds.
    let gateway = reference.another_gateway("right", reference.authority.file(), "localhost").unwrap();
    wait_until("the bundle", || status(&reference, &gateway) == 200);
}

fn status(reference: &Reference, gateway: &Envoy) -> u16 {
    reference.curl().send(&url_of(gateway, ORDERS), &["--header", &bearer(&reference.token)]).unwrap().status
}

fn wait_until(what: &str, done: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < end, "timeout: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_invalid_request_of_http_2_ends_its_stream_and_not_the_connection() {
    let dir = tempfile::tempdir().unwrap();
    let reference = start(dir.path());
    let (url, token) = (reference.gateway_url(ORDERS), bearer(&reference.token));
    let fields: Vec<String> = (0..101).map(|number| format!("x-{number}: 1")).collect();
    let many: Vec<&str> = fields.iter().flat_map(|field| ["--header", field.as_str()]).collect();
    for invalid in [&["--header", "x_user: alice"][..], &many] {
        let before = reference.seen();
        let answers = reference.curl().send_in_turn(&[(&url, invalid), (&url, &["--header", &token])]).unwrap();
        let [refused, good] = answers.as_slice() else { panic!("{answers:?}") };
        assert_eq!((refused.exit, refused.connections), (STREAM_RESET, 1), "{refused:?}");
        assert_eq!((good.status, good.version.as_str(), good.connections), (200, "2", 0), "{good:?}");
        assert_eq!(reference.seen(), before + 1);
    }
}

#[test]
fn the_issuer_behind_its_envoy_tells_its_clients_apart() {
    let dir = tempfile::tempdir().unwrap();
    let reference = start(dir.path());
    let (curl, url) = (reference.curl(), reference.issuer_url("/oauth2/token"));
    let wrong = format!("{}:wrong", reference.client.0);
    let form = ["--user", &wrong, "--data", "grant_type=client_credentials"];
    // More than `limits.token_failures_per_minute`, from one address, whatever it says of itself.
    let attacker: Vec<Vec<String>> = (0..40)
        .map(|number| {
            let forged = format!("x-forwarded-for: 192.0.2.{number}");
            form.iter().copied().chain(["--interface", "127.0.0.2", "--header", &forged]).map(str::to_owned).collect()
        })
        .collect();
    let attacker: Vec<Vec<&str>> = attacker.iter().map(|arguments| arguments.iter().map(String::as_str).collect()).collect();
    let requests: Vec<(&str, &[&str])> = attacker.iter().map(|arguments| (url.as_str(), arguments.as_slice())).collect();
    let answers = curl.send_in_turn(&requests).unwrap();
    assert_eq!((answers[0].status, answers[39].status), (401, 429));
    // The same client id from another address.
    assert_eq!(curl.send(&url, &form).unwrap().status, 401);
}
