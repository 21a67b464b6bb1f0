//! `/oauth2/revoke`

use std::collections::BTreeSet;

use crate::harness::{Home, Minted, Request, Response, Server};

const ACTIVE: &str = "active";
const REVOKED: &str = "revoked";

struct Fixture {
    home: Home,
    application: String,
    keys: Minted,
    others: Minted,
    server: Server,
}

impl Fixture {
    fn new() -> Self {
        let (home, application) = Home::with_application();
        let keys = home.generate(&application, "production", &[]);
        let others = home.generate(&application, "sandbox", &[]);
        home.never_find_current_token();
        let server = Server::start(&home);
        Self { home, application, keys, others, server }
    }

    fn request(form: &str) -> Request {
        Request::new("POST", "/oauth2/revoke").header("content-type", "application/x-www-form-urlencoded").body(form)
    }

    fn ask(&self, form: &str) -> Response {
        self.server.send(&Self::request(form).basic(self.keys.key(), self.keys.secret()))
    }

    fn grant(&self) -> String {
        let request = Request::token("grant_type=client_credentials").basic(self.keys.key(), self.keys.secret());
        self.server.send(&request).json()["access_token"].as_str().unwrap().to_owned()
    }

    fn states(&self) -> Vec<String> {
        let tokens = self.home.tokens(&self.application);
        tokens.iter().map(|token| token["state"].as_str().unwrap().to_owned()).collect()
    }
}

fn assert_done(response: &Response) {
    assert_eq!((response.status, response.body.len()), (200, 0), "{}", response.text());
    assert_eq!(response.header("cache-control"), Some("no-store"));
}

#[test]
fn a_client_revokes_its_own_token() {
    let fixture = Fixture::new();
    let tag = |server: &Server| server.send(&Request::get("/status/1")).header("etag").unwrap().to_owned();
    let before = tag(&fixture.server);
    let token = fixture.grant();
    assert_done(&fixture.ask(&format!("token={token}")));
    assert_eq!(fixture.states(), [ACTIVE, ACTIVE, REVOKED]);
    let after = tag(&fixture.server);
    assert_ne!(before, after);
    assert_done(&fixture.ask(&format!("token={token}")));
    assert_eq!(tag(&fixture.server), after);
    // The hint may be wrong, and the credentials may come in the body.
    let token = fixture.grant();
    let form = format!(
        "token={token}&token_type_hint=refresh_token&client_id={}&client_secret={}",
        fixture.keys.key(),
        fixture.keys.secret()
    );
    assert_done(&fixture.server.send(&Fixture::request(&form)));
    assert_eq!(fixture.states(), [ACTIVE, ACTIVE, REVOKED, REVOKED]);
}

#[test]
fn other_tokens_are_unchanged_and_get_the_same_response() {
    let fixture = Fixture::new();
    let (own, foreign) = (fixture.keys.token(), fixture.others.token());
    let (head, signature) = own.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("{head}.{other}{}", &signature[1..]);
    let jti = fixture.home.tokens(&fixture.application)[0]["jti"].as_str().unwrap().to_owned();
    for token in [foreign, &forged, &jti, "unknown", "a.b.c", "%00", fixture.keys.secret()] {
        assert_done(&fixture.ask(&format!("token={token}")));
    }
    assert_eq!(fixture.states(), [ACTIVE, ACTIVE]);
}

#[test]
fn an_unauthenticated_or_invalid_request_revokes_nothing() {
    let fixture = Fixture::new();
    let form = format!("token={}", fixture.keys.token());
    let request = || Fixture::request(&form);
    let (key, secret) = (fixture.keys.key(), fixture.keys.secret());
    for (request, status, error) in [
        (request(), 401, "invalid_client"),
        (request().basic(key, fixture.others.secret()), 401, "invalid_client"),
        (request().basic("ck_nobody", secret), 401, "invalid_client"),
        (request().bearer(fixture.keys.token()), 401, "invalid_client"),
        (Fixture::request("").basic(key, secret), 400, "invalid_request"),
        (Fixture::request("token=").basic(key, secret), 400, "invalid_request"),
        (Fixture::request(&format!("{form}&{form}")).basic(key, secret), 400, "invalid_request"),
        (Request::new("POST", "/oauth2/revoke").body(&form).basic(key, secret), 400, "invalid_request"),
        (Request::new("POST", &format!("/oauth2/revoke?{form}")).basic(key, secret), 400, "invalid_request"),
    ] {
        let response = fixture.server.send(&request);
        assert_eq!((response.status, response.json()["error"].as_str()), (status, Some(error)), "{}", response.text());
        assert_eq!(response.header("www-authenticate").is_some(), status == 401);
    }
    assert_eq!(fixture.server.send(&Request::get("/oauth2/revoke")).status, 405);
    assert_eq!(fixture.states(), [ACTIVE, ACTIVE]);
}

#[test]
fn a_revocation_ends_the_wait_of_an_edge_at_once() {
    let fixture = Fixture::new();
    let key = fixture.home.succeed(&["admin", "edge-key", "create", "edge-1"])["edge_key"].as_str().unwrap().to_owned();
    let get = || Request::get("/edge/bundle").bearer(&key);
    let first = fixture.server.send(&get());
    let tag = first.header("etag").unwrap();
    let changed = std::thread::scope(|scope| {
        let held = scope.spawn(|| fixture.server.send(&get().header("if-none-match", tag).header("prefer", "wait=30")));
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert_done(&fixture.ask(&format!("token={}", fixture.keys.token())));
        held.join().unwrap()
    });
    let (before, after) = (first.json(), changed.json());
    assert_eq!(after["revision"].as_u64().unwrap(), before["revision"].as_u64().unwrap() + 1);
    assert_ne!(after["status_lists"][0]["version"], before["status_lists"][0]["version"]);
    let list = fixture.server.send(&Request::get("/status/1"));
    assert_eq!(list.header("etag").unwrap().trim_matches('"'), after["status_lists"][0]["version"]);
}

#[test]
fn concurrent_requests_get_their_own_answers() {
    let fixture = Fixture::new();
    let tokens: Vec<String> = (0..12).map(|_| fixture.grant()).collect();
    let (keys, others) = (&fixture.keys, &fixture.others);
    let introspect = |token: &str, secret: &str| {
        let request = Request::new("POST", "/oauth2/introspect").header("content-type", "application/x-www-form-urlencoded");
        fixture.server.send(&request.body(format!("token={token}")).basic(keys.key(), secret))
    };
    let revoke =
        |token: &str, secret: &str| fixture.server.send(&Fixture::request(&format!("token={token}")).basic(keys.key(), secret));
    // All requests are sent at the same time, some of them with a wrong secret, and each token is revoked twice.
    std::thread::scope(|scope| {
        for token in &tokens {
            for _ in 0..2 {
                scope.spawn(|| assert_done(&revoke(token, keys.secret())));
            }
            scope.spawn(|| assert_eq!(revoke(keys.token(), others.secret()).status, 401));
            scope.spawn(|| assert_eq!(introspect(keys.token(), others.secret()).status, 401));
            scope.spawn(|| assert_eq!(introspect(keys.token(), keys.secret()).json()["active"], true));
            scope.spawn(|| assert_eq!(introspect("unknown", keys.secret()).json()["active"], false));
        }
    });
    for token in &tokens {
        assert_eq!(introspect(token, keys.secret()).json()["active"], false);
    }
    let states = fixture.states();
    assert_eq!((states.iter().filter(|state| *state == REVOKED).count(), states.len()), (12, 14));
    let entries = fixture.home.succeed(&["admin", "audit", "list", "--action", "token.revoke"]);
    let subjects: BTreeSet<_> = entries["entries"].as_array().unwrap().iter().map(|entry| entry["subject"].to_string()).collect();
    assert_eq!((entries["entries"].as_array().unwrap().len(), subjects.len()), (12, 12));
}
