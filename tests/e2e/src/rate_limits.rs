//! Rate limits by tier, which Envoy's own filter behind the plugin enforces.

use std::mem;
use std::net::{IpAddr, Ipv4Addr};
use std::thread;

use postern_test_harness::artifacts;
use postern_test_harness::client::{Request, Response};
use postern_test_harness::clock::now;
use postern_test_harness::envoy::Envoy;
use postern_test_harness::plain;
use postern_test_harness::template;
use postern_test_harness::upstream::Upstream;
use postern_vectors::{Forge, TokenSpec};
use serde_json::json;
use tempfile::TempDir;

const ORDERS: &str = "/pizza/1.0.0/orders/1";

/// The number of requests that each tier allows in these tests; with `anonymous` that of each address without an application, and with `-`
/// that of all requests which no other limit fits. `unlimited` is unchanged.
const LIMITS: [(&str, usize); 6] = [("gold", 5), ("silver", 3), ("bronze", 2), ("other", 1), ("anonymous", 4), ("-", 1)];

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const ANOTHER_CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// A gateway with one of the shipped templates, and with limits that a test can reach.
struct Limited {
    envoy: Envoy,
    upstream: Upstream,
    forge: Forge,
    _dir: TempDir,
}

impl Limited {
    fn start(template: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let upstream = Upstream::start("production").unwrap();
        let configuration = plain::configuration(None).unwrap();
        let text = with_limits(&template::read(template).unwrap()).replace("name: inbound", "name: gateway");
        let config = template::fill(&text, &configuration, upstream.address().port(), dir.path()).unwrap();
        let envoy = Envoy::start(&artifacts::envoy().unwrap(), &config, dir.path(), 2).unwrap();
        Self { envoy, upstream, forge: Forge::new(now()), _dir: dir }
    }

    fn token(&self, application: &str, tier: &str) -> String {
        let mut spec = TokenSpec::default();
        spec.claims.insert("app".into(), json!(application));
        spec.claims.insert("apis".into(), json!({"pizza/1.0.0": tier}));
        self.forge.token(&spec)
    }

    fn send(&self, request: &Request) -> Response {
        request.send(self.envoy.address()).unwrap()
    }

    /// Repeats a request until it is refused. Returns how many passed, and the refusal.
    fn exhaust(&self, request: &Request) -> (usize, Response) {
        self.exhaust_from(CLIENT, request)
    }

    fn exhaust_from(&self, source: IpAddr, request: &Request) -> (usize, Response) {
        let mut passed = 0;
        loop {
            let answer = request.send_from(source, self.envoy.address()).unwrap();
            if answer.status != 200 || passed > 100 {
                return (passed, answer);
            }
            passed += 1;
        }
    }

    /// How many connections each worker accepted.
    fn connections(&self) -> Vec<u64> {
        let stats = Request::new("GET", "/stats?filter=listener.*worker_.*downstream_cx_total", "admin");
        let text = String::from_utf8(stats.send_to_socket(self.envoy.admin()).unwrap().body).unwrap();
        text.lines().map(|line| line.rsplit_once(": ").unwrap().1.parse().unwrap()).collect()
    }
}

/// The template with the limits of [`LIMITS`]. No bucket is filled again while the test runs.
fn with_limits(template: &str) -> String {
    let mut tier = "-";
    let mut changed = 0;
    let line = |line: &str| {
        if let Some((_, rest)) = line.split_once("- entries: [{ key: ").and_then(|(_, entry)| entry.split_once("value: ")) {
            tier = LIMITS.iter().map(|(name, _)| *name).find(|name| rest.starts_with(name)).unwrap_or("unlimited");
        }
        let Some((indent, _)) = line.split_once("token_bucket: {") else { return line.to_owned() };
        let of = mem::replace(&mut tier, "-");
        if of == "unlimited" {
            return line.to_owned();
        }
        changed += 1;
        let limit = limit(of);
        format!("{indent}token_bucket: {{ max_tokens: {limit}, tokens_per_fill: {limit}, fill_interval: 86400s }}")
    };
    let text = template.lines().map(line).collect::<Vec<_>>().join("\n");
    assert_eq!(changed, LIMITS.len(), "the template has other buckets than this test expects");
    text
}

fn limit(tier: &str) -> usize {
    LIMITS.iter().find(|(name, _)| *name == tier).unwrap().1
}

fn orders(token: &str) -> Request {
    Request::new("GET", ORDERS, "api.example").bearer(token)
}

#[test]
fn each_of_a_thousand_applications_has_the_limit_of_its_tier() {
    let limited = Limited::start("gateway.yaml");
    let tiers = ["gold", "silver", "bronze"];
    let run = |start: usize| {
        let mut passed = 0;
        for application in (start..1000).step_by(4) {
            let tier = tiers[application % 3];
            let token = limited.token(&format!("app-{application}"), tier);
            let (count, refusal) = limited.exhaust(&orders(&token));
            assert_eq!((count, refusal.status), (limit(tier), 429), "application {application}, {tier}");
            passed += count;
        }
        passed
    };
    let passed: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|start| scope.spawn(move || run(start))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(limited.upstream.seen(), passed, "a refused request reached the upstream");
    // All buckets are kept: those of the first applications are still empty.
    for application in 0..9 {
        let token = limited.token(&format!("app-{application}"), tiers[application % 3]);
        assert_eq!(limited.send(&orders(&token)).status, 429, "application {application}");
    }
    assert_eq!(limited.upstream.seen(), passed);
    // The workers share the buckets. Otherwise more requests would have passed.
    let connections = limited.connections();
    assert!(connections.len() == 2 && connections.iter().all(|count| *count > 100), "{connections:?}");
}

#[test]
fn a_client_cannot_choose_its_tier_or_the_bucket_of_another() {
    let limited = Limited::start("gateway.yaml");
    let token = limited.token("app-1", "bronze");
    let forged = [
        ("x-postern-tier", "gold"),
        ("X-Postern-Tier", "gold"),
        ("x-postern-application", "app-2"),
        ("x-postern-application", ""),
    ];
    let all = forged.iter().fold(orders(&token), |request, (name, value)| request.header(*name, *value));
    let (passed, refusal) = limited.exhaust(&all);
    assert_eq!((passed, refusal.status), (limit("bronze"), 429));
    for (name, value) in forged {
        assert_eq!(limited.send(&orders(&token).header(name, value)).status, 429, "{name}: {value}");
    }
    for name in ["x_postern_tier", "x-postern_tier", "x_postern_application"] {
        assert_eq!(limited.send(&orders(&token).header(name, "gold")).status, 400, "{name}");
    }
    // Neither an invalid token nor a forged header uses up the bucket of the application that it names.
    let other = limited.token("app-2", "bronze");
    let broken = other.split_at(other.len() - 4).0;
    for _ in 0..4 {
        assert_eq!(limited.send(&orders(broken).header("x-postern-application", "app-2")).status, 401);
    }
    let (passed, refusal) = limited.exhaust(&orders(&other));
    assert_eq!((passed, refusal.status), (limit("bronze"), 429));
    assert_eq!(limited.upstream.seen(), 2 * limit("bronze"));
}

#[test]
fn other_tiers_and_requests_without_an_application_have_limits_too() {
    for template in ["gateway.yaml", "sidecar.yaml", "rate-limits/local.yaml"] {
        let limited = Limited::start(template);
        for application in ["app-1", "app-2"] {
            for tier in ["gold", "silver", "bronze", "platinum"] {
                let (passed, refusal) = limited.exhaust(&orders(&limited.token(application, tier)));
                let expected = limit(if tier == "platinum" { "other" } else { tier });
                assert_eq!((passed, refusal.status), (expected, 429), "{template}: {application}, {tier}");
            }
        }
        let unlimited = orders(&limited.token("app-1", "unlimited"));
        assert!((0..20).all(|_| limited.send(&unlimited).status == 200), "{template}");
        let menu = Request::new("GET", "/pizza/1.0.0/menu", "api.example");
        assert_eq!(limited.exhaust(&menu).0, limit("anonymous"), "{template}");
        // All such requests of a client share one bucket, whatever its headers say.
        let forged = menu.header("x-postern-tier", "gold").header("x-postern-application", "app-9");
        assert_eq!(limited.send(&forged).status, 429, "{template}");
        assert_eq!(limited.upstream.seen(), 2 * (5 + 3 + 2 + 1) + 20 + 4, "{template}");
    }
}

#[test]
fn one_flooding_address_does_not_use_up_public_resources_for_others() {
    for template in ["gateway.yaml", "sidecar.yaml", "rate-limits/local.yaml"] {
        let limited = Limited::start(template);
        let menu = Request::new("GET", "/pizza/1.0.0/menu", "api.example");
        let (passed, refusal) = limited.exhaust_from(ANOTHER_CLIENT, &menu);
        assert_eq!((passed, refusal.status), (limit("anonymous"), 429), "{template}");
        assert_eq!(refusal.code().as_deref(), Some("rate_limited"), "{template}");
        // The peer counts, not what it says of itself.
        for address in ["192.0.2.1", "127.0.0.1"] {
            let forged = menu.clone().header("x-forwarded-for", address).header("x-real-ip", address);
            assert_eq!(forged.send_from(ANOTHER_CLIENT, limited.envoy.address()).unwrap().status, 429, "{template}");
        }
        let (passed, refusal) = limited.exhaust_from(CLIENT, &menu);
        assert_eq!((passed, refusal.status), (limit("anonymous"), 429), "{template}");
        // Requests with a token have the limit of their application, at both addresses together.
        let gold = orders(&limited.token("app-1", "gold"));
        assert_eq!(gold.send_from(ANOTHER_CLIENT, limited.envoy.address()).unwrap().status, 200, "{template}");
        assert_eq!(limited.exhaust_from(CLIENT, &gold).0, limit("gold") - 1, "{template}");
        assert_eq!(limited.upstream.seen(), 2 * limit("anonymous") + limit("gold"), "{template}");
    }
}

#[test]
fn the_refusal_says_when_to_retry() {
    let limited = Limited::start("gateway.yaml");
    let token = limited.token("app-1", "bronze");
    let first = limited.send(&orders(&token));
    assert_eq!((first.status, first.header("x-ratelimit-limit").as_deref()), (200, Some("2")));
    assert_eq!((first.header("x-ratelimit-remaining").as_deref(), first.header("retry-after")), (Some("1"), None));
    let (_, refusal) = limited.exhaust(&orders(&token).header("origin", "https://app.example.com"));
    let header = |name: &str| refusal.header(name).unwrap_or_default();
    assert_eq!(header("content-type"), "application/problem+json");
    assert_eq!((header("retry-after").as_str(), header("cache-control").as_str()), ("1", "no-store"));
    assert_eq!((header("x-ratelimit-limit").as_str(), header("x-ratelimit-remaining").as_str()), ("2", "0"));
    assert!(header("x-ratelimit-reset").parse::<u32>().unwrap() > 3600);
    assert!(header("access-control-expose-headers").contains("retry-after"), "{refusal:?}");
    let body = json!({
        "type": "about:blank", "title": "Too Many Requests", "status": 429, "code": "rate_limited",
        "detail": "More requests than are allowed for now.",
    });
    assert_eq!(refusal.json(), body);

    let grpc = Request::new("POST", ORDERS, "api.example").bearer(&token).body("application/grpc+proto", "");
    let answer = limited.send(&grpc);
    assert_eq!((answer.status, answer.header("grpc-status").as_deref()), (200, Some("8")));
    assert_eq!(limited.upstream.seen(), 2);
}
