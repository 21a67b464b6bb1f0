//! `/api/v1/user-stores/{store}/users`

use serde_json::{Value, json};

use super::{Api, assert_items, assert_problem};
use crate::harness::{Browser, Request, Response};

const USERS: &str = "/api/v1/user-stores/local/users";
const ALICE: &str = "/api/v1/user-stores/local/users/alice";
const PASSWORD: &str = "correct horse battery";

/// An application that may use the password grant, and the user alice.
struct Fixture {
    api: Api,
    application: String,
    key: String,
    secret: String,
}

impl Fixture {
    fn new() -> Self {
        let api = Api::new();
        let application = api.create("/api/v1/applications", r#"{"name":"a"}"#)["id"].as_str().unwrap().to_owned();
        let target = format!("/api/v1/applications/{application}");
        assert_eq!(api.send("PATCH", &target, r#"{"passwords":true}"#).json()["passwords"], true);
        let body = r#"{"scope":"orders menu","grant_types":["password","refresh_token"]}"#;
        let keys = api.create(&format!("{target}/keys/production"), body);
        let text = |name: &str| keys[name].as_str().unwrap().to_owned();
        let (key, secret) = (text("consumer_key"), text("consumer_secret"));
        api.create(USERS, r#"{"name":"alice","password":"correct horse battery","roles":["readers"]}"#);
        Self { api, application, key, secret }
    }

    fn ask(&self, form: &str) -> Response {
        self.api.server.send(&Request::token(form).basic(&self.key, &self.secret))
    }

    fn sign_in(&self, password: &str) -> Response {
        self.ask(&format!("grant_type=password&username=alice&password={}", password.replace(' ', "+")))
    }

    fn signed_in(&self) -> Value {
        let response = self.sign_in(PASSWORD);
        assert_eq!(response.status, 200, "{}", response.text());
        response.json()
    }

    fn is_active(&self, token: &Value) -> bool {
        let form = format!("token={}", token["access_token"].as_str().unwrap());
        let asked = Request::new("POST", "/oauth2/introspect").header("content-type", "application/x-www-form-urlencoded");
        self.api.server.send(&asked.body(form).basic(&self.key, &self.secret)).json()["active"] == true
    }

    fn refresh(&self, token: &Value) -> Response {
        self.ask(&format!("grant_type=refresh_token&refresh_token={}", token["refresh_token"].as_str().unwrap()))
    }

    fn has_ended(&self, token: &Value) -> bool {
        let refused = self.refresh(token);
        !self.is_active(token) && (refused.status, refused.json()["error"].as_str()) == (400, Some("invalid_grant"))
    }

    fn grants(&self) -> Vec<Value> {
        self.api.read(&format!("{ALICE}/grants"))["items"].as_array().unwrap().clone()
    }

    fn tokens(&self) -> Vec<Value> {
        self.api.read(&format!("/api/v1/applications/{}/user-tokens", self.application))["items"].as_array().unwrap().clone()
    }
}

#[test]
fn users_are_added_changed_and_removed() {
    let api = Api::new();
    let body = r#"{"name":"Alice","password":"correct horse battery","roles":["readers","editors","readers"]}"#;
    let response = api.send("POST", USERS, body);
    assert_eq!((response.status, response.header("location")), (201, Some(ALICE)), "{}", response.text());
    let user = response.json();
    assert_eq!((user["id"].as_str(), user["store"].as_str()), (Some("alice@local"), Some("local")));
    assert_eq!((&user["roles"], user["state"].as_str()), (&json!(["editors", "readers"]), Some("active")));
    assert_eq!(user["password_set_at"], user["created_at"]);
    assert_eq!(api.read(ALICE), user);
    assert_eq!(api.read("/api/v1/user-stores/local/users/ALICE"), user);
    assert_problem(&api.send("POST", USERS, r#"{"name":"alice","password":"another good one"}"#), 409, "user_exists");
    let changed = api.send("PATCH", ALICE, r#"{"roles":[],"state":"locked"}"#);
    assert_eq!((&changed.json()["roles"], changed.json()["state"].as_str()), (&json!([]), Some("locked")));
    assert_eq!(api.send("PATCH", ALICE, "{}").json(), changed.json());
    assert_eq!(api.send("PUT", &format!("{ALICE}/password"), r#"{"password":"another good one"}"#).status, 204);
    assert_eq!(api.send("DELETE", ALICE, "").status, 204);
    let password = format!("{ALICE}/password");
    for (method, target, body) in [
        ("GET", ALICE, ""),
        ("PATCH", ALICE, "{}"),
        ("DELETE", ALICE, ""),
        ("PUT", &password, r#"{"password":"another good one"}"#),
        ("GET", &format!("{ALICE}/grants"), ""),
        ("DELETE", &format!("{ALICE}/grants/gr_0123456789abcdefghij"), ""),
    ] {
        assert_problem(&api.send(method, target, body), 404, "no_such_user");
    }
    for (method, target, body) in [
        ("GET", "/api/v1/user-stores/other/users", ""),
        ("POST", "/api/v1/user-stores/other/users", r#"{"name":"a","password":"correct horse battery"}"#),
        ("PATCH", "/api/v1/user-stores/other/users/a", r#"{"state":"locked"}"#),
        ("DELETE", "/api/v1/user-stores/other/users/a", ""),
    ] {
        assert_problem(&api.send(method, target, body), 404, "no_such_user_store");
    }
    let entries = api.read("/api/v1/audit");
    let actions: Vec<_> = entries["items"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions[..5], ["user.remove", "user.password", "user.lock", "user.change", "user.add"]);
}

#[test]
fn users_are_listed_in_pages() {
    let api = Api::new();
    for name in ["carol", "alice", "bob"] {
        api.create(USERS, &format!(r#"{{"name":"{name}","password":"correct horse battery"}}"#));
    }
    let first = api.read(&format!("{USERS}?limit=2"));
    assert_items(&first, "name", &["alice", "bob"]);
    assert_eq!(first["next"], "bob");
    let second = api.read(&format!("{USERS}?limit=2&after=bob"));
    assert_items(&second, "name", &["carol"]);
    assert!(second["next"].is_null());
}

#[test]
fn every_problem_of_a_user_is_reported_without_the_password() {
    let api = Api::new();
    for (body, fields) in [
        (r#"{"name":"a b","password":7,"roles":["x y"],"extra":1}"#, vec!["name", "password", "roles[0]", "extra"]),
        ("{}", vec!["name", "password"]),
        (r#"{"name":"alice@","password":"correct horse battery"}"#, vec!["name"]),
    ] {
        let response = api.send("POST", USERS, body);
        assert_problem(&response, 422, "invalid_body");
        let problem = response.json();
        let named: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
        assert_eq!(named, fields);
    }
    for (name, password) in [
        ("bob", "short"),
        ("bob", "password123"),
        ("bob", "aaaaaaaaaaaa"),
        ("barbarella", "barbarella1"),
        ("bob", &"x y".repeat(100)),
        ("bob", ""),
    ] {
        for (method, target) in [("POST", USERS.to_owned()), ("PUT", format!("{USERS}/{name}/password"))] {
            let named = json!({ "name": name, "password": password });
            let body = if method == "POST" { named } else { json!({ "password": password }) };
            let response = api.send(method, &target, &body.to_string());
            assert_problem(&response, 422, "password_not_allowed");
            assert!(password.is_empty() || !response.text().contains(password), "{}", response.text());
        }
    }
    assert_items(&api.read(USERS), "name", &[]);
    let log = std::fs::read_to_string(api.home.path("log")).unwrap();
    assert!(!log.contains("barbarella1") && !log.contains("password123"));
}

#[test]
fn a_change_with_a_stale_entity_tag_is_refused() {
    let api = Api::new();
    api.create(USERS, r#"{"name":"alice","password":"correct horse battery"}"#);
    let seen = api.get(ALICE).header("etag").unwrap().to_owned();
    let send = |method: &str, target: &str, body: &str, tag: &str| {
        api.server.send(&Api::request(method, target, body).bearer(&api.administrator).header("if-match", tag))
    };
    let changed = send("PATCH", ALICE, r#"{"state":"locked"}"#, &seen);
    assert_eq!(changed.status, 200);
    let password = format!("{ALICE}/password");
    for (method, target, body) in
        [("PATCH", ALICE, r#"{"roles":["a"]}"#), ("PUT", &password, r#"{"password":"another good one"}"#), ("DELETE", ALICE, "")]
    {
        assert_problem(&send(method, target, body, &seen), 412, "changed");
    }
    assert_eq!(api.read(ALICE), changed.json());
    assert_eq!(send("DELETE", ALICE, "", changed.header("etag").unwrap()).status, 204);
}

#[test]
fn a_user_is_created_once_under_an_idempotency_key() {
    let api = Api::new();
    let send = |key: &str, body: &str| {
        api.server.send(&Api::request("POST", USERS, body).bearer(&api.administrator).header("idempotency-key", key))
    };
    let body = r#"{"name":"alice","password":"correct horse battery"}"#;
    let first = send("a", body);
    assert_eq!((first.status, first.header("idempotency-replayed")), (201, None), "{}", first.text());
    let again = send("a", body);
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, Some("true")));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(again.body, first.body);
    assert_problem(&send("b", body), 409, "user_exists");
    let other = r#"{"name":"alice","password":"correct horse battery!"}"#;
    assert_problem(&send("a", other), 422, "idempotency_key_reused");
    assert_problem(&send("c", r#"{"name":"bob","password":"short"}"#), 422, "password_not_allowed");
    assert_eq!(send("c", r#"{"name":"bob","password":"correct horse battery"}"#).status, 201);
    assert_eq!(api.home.query("SELECT count(*) FROM idempotency"), "2");
    // The stored fingerprint is not a plain digest of the request, against which guesses of the password could be tested.
    let digest = |text: &[u8]| <[u8; 32]>::from(<sha2::Sha256 as sha2::Digest>::digest(text));
    let target = format!("POST {USERS}");
    let plain = digest(&[target.as_bytes(), &[0], &digest(body.as_bytes())].concat());
    let guess = digest(&[&plain[..], b"administrator"].concat());
    for guess in [plain, guess] {
        let hexadecimal = guess.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat();
        assert_eq!(api.home.query(&format!("SELECT count(*) FROM idempotency WHERE hex(fingerprint) = '{hexadecimal}'")), "0");
    }
}

#[test]
fn locking_a_user_ends_all_grants() {
    let fixture = Fixture::new();
    let token = fixture.signed_in();
    assert!(fixture.is_active(&token));
    assert_eq!(fixture.grants().len(), 1);
    assert_eq!(fixture.api.send("PATCH", ALICE, r#"{"state":"locked"}"#).status, 200);
    assert!(fixture.has_ended(&token));
    assert_eq!(fixture.grants(), [] as [Value; 0]);
    assert_eq!(fixture.sign_in(PASSWORD).json()["error"], "invalid_grant");
    assert_eq!(fixture.api.send("PATCH", ALICE, r#"{"state":"active"}"#).status, 200);
    assert!(fixture.has_ended(&token), "an ended grant stays ended");
    assert!(fixture.is_active(&fixture.signed_in()));
}

#[test]
fn a_password_reset_ends_all_grants() {
    let fixture = Fixture::new();
    let token = fixture.signed_in();
    let reset = fixture.api.send("PUT", &format!("{ALICE}/password"), r#"{"password":"another good one"}"#);
    assert_eq!(reset.status, 204);
    assert!(fixture.has_ended(&token));
    assert_eq!(fixture.sign_in(PASSWORD).json()["error"], "invalid_grant");
    assert_eq!(fixture.sign_in("another good one").status, 200);
    assert_eq!(fixture.api.send("DELETE", ALICE, "").status, 204);
    assert_eq!(fixture.sign_in("another good one").json()["error"], "invalid_grant");
    // A new user with the same name has no grant of the removed user.
    fixture.api.create(USERS, r#"{"name":"alice","password":"correct horse battery"}"#);
    assert_eq!(fixture.grants(), [] as [Value; 0]);
}

#[test]
fn administrators_see_and_end_grants() {
    let fixture = Fixture::new();
    let (first, second) = (fixture.signed_in(), fixture.signed_in());
    let grants = fixture.grants();
    assert_eq!(grants.len(), 2);
    assert_eq!((&grants[0]["application"], &grants[0]["consumer_key"]), (&json!(fixture.application), &json!(fixture.key)));
    assert_eq!((grants[0]["origin"].as_str(), grants[0]["scope"].as_str()), (Some("password"), Some("orders menu")));
    let page = fixture.api.read(&format!("{ALICE}/grants?limit=1"));
    let rest = fixture.api.read(&format!("{ALICE}/grants?limit=1&after={}", page["next"].as_str().unwrap()));
    assert_eq!([&page["items"][0], &rest["items"][0]], [&grants[0], &grants[1]]);
    // The record of a token names its grant.
    let tokens = fixture.tokens();
    let grant = tokens[0]["grant"].as_str().unwrap();
    let target = format!("{ALICE}/grants/{grant}");
    assert_problem(&fixture.api.send_as(&fixture.api.developer, "DELETE", &target, ""), 403, "forbidden");
    assert_problem(&fixture.api.send_as(&fixture.api.auditor, "DELETE", &target, ""), 403, "forbidden");
    assert_eq!(fixture.api.send("DELETE", &target, "").json(), json!({ "revoked": 1 }));
    assert!(fixture.has_ended(&first));
    assert!(fixture.is_active(&second));
    assert_problem(&fixture.api.send("DELETE", &target, ""), 404, "no_such_grant");
    assert_eq!(fixture.grants().len(), 1);
    // A grant is unknown below the name of another user.
    fixture.api.create(USERS, r#"{"name":"bob","password":"correct horse battery"}"#);
    let left = fixture.grants()[0]["id"].as_str().unwrap().to_owned();
    assert_problem(&fixture.api.send("DELETE", &format!("{USERS}/bob/grants/{left}"), ""), 404, "no_such_grant");
}

#[test]
fn tokens_of_users_are_listed_without_the_token_and_revoked() {
    let fixture = Fixture::new();
    let token = fixture.signed_in();
    let renewed = fixture.refresh(&token).json();
    let target = format!("/api/v1/applications/{}/user-tokens", fixture.application);
    let listed = fixture.api.get(&target);
    for secret in [&token["access_token"], &renewed["access_token"], &renewed["refresh_token"]] {
        assert!(!listed.text().contains(secret.as_str().unwrap()));
    }
    let tokens = fixture.tokens();
    let states: Vec<_> = tokens.iter().map(|token| (token["state"].as_str(), token["obtained"].as_str())).collect();
    assert_eq!(states, [(Some("replaced"), Some("password")), (Some("active"), Some("refresh_token"))]);
    assert_eq!((tokens[1]["user"].as_str(), tokens[1]["scope"].as_str()), (Some("alice@local"), Some("orders menu")));
    assert_eq!(tokens[0]["grant"], tokens[1]["grant"]);
    let page = fixture.api.read(&format!("{target}?store=local&limit=1"));
    let next = page["next"].as_str().unwrap();
    assert_eq!(fixture.api.read(&format!("{target}?limit=1&after={next}"))["items"], json!([tokens[1]]));
    assert_problem(&fixture.api.get(&format!("{target}?store=other")), 404, "no_such_user_store");
    assert_problem(&fixture.api.get(&format!("{target}?store=A")), 400, "invalid_request");
    assert_problem(&fixture.api.get(&format!("{target}?after=unknown")), 404, "no_such_token");
    assert_problem(&fixture.api.get("/api/v1/applications/app_unknown/user-tokens"), 404, "no_such_application");
    // The developer does not own the application.
    assert_problem(&fixture.api.send_as(&fixture.api.developer, "GET", &target, ""), 404, "no_such_application");
    let jti = tokens[1]["jti"].as_str().unwrap();
    let revoke = format!("/api/v1/tokens/{jti}/revoke");
    assert_problem(&fixture.api.send_as(&fixture.api.developer, "POST", &revoke, ""), 404, "no_such_token");
    assert_problem(&fixture.api.send_as(&fixture.api.auditor, "POST", &revoke, ""), 403, "forbidden");
    assert_eq!(fixture.api.send("POST", &revoke, "").json(), json!({ "revoked": 1 }));
    assert_eq!(fixture.api.send("POST", &revoke, "").json(), json!({ "revoked": 0 }));
    assert!(!fixture.is_active(&renewed));
    assert_eq!(fixture.tokens()[1]["state"], "revoked");
    // The grant is still valid.
    assert_eq!(fixture.refresh(&renewed).status, 200);
    let entry = fixture.api.read("/api/v1/audit?action=token.revoke")["items"][0].clone();
    assert_eq!((entry["subject"].as_str(), entry["details"]["user"].as_str()), (Some(jti), Some("alice@local")));
}

#[test]
fn a_bound_scope_needs_one_of_its_roles() {
    let fixture = Fixture::new();
    assert_eq!(fixture.api.send("PUT", "/api/v1/scopes/orders", r#"{"roles":["editors"]}"#).status, 200);
    let token = fixture.signed_in();
    assert_eq!(token["scope"], "menu");
    fixture.api.send("PATCH", ALICE, r#"{"roles":["editors"]}"#);
    assert_eq!(fixture.signed_in()["scope"], "orders menu");
    fixture.api.send("PATCH", ALICE, r#"{"roles":[]}"#);
    fixture.api.send("PUT", "/api/v1/scopes/orders", r#"{"roles":[]}"#);
    assert_eq!(fixture.signed_in()["scope"], "orders menu");
}

#[test]
fn only_administrators_manage_users_and_auditors_may_read() {
    let api = Api::new();
    api.create(USERS, r#"{"name":"alice","password":"correct horse battery"}"#);
    let body = r#"{"name":"eve","password":"correct horse battery"}"#;
    let (password, grants) = (format!("{ALICE}/password"), format!("{ALICE}/grants"));
    for (method, target, body, readable) in [
        ("GET", USERS, "", true),
        ("GET", ALICE, "", true),
        ("GET", &grants, "", true),
        ("GET", "/api/v1/scopes", "", true),
        ("GET", "/api/v1/scopes/a", "", true),
        ("POST", USERS, body, false),
        ("PATCH", ALICE, r#"{"roles":["administrator"]}"#, false),
        ("PATCH", ALICE, r#"{"state":"active"}"#, false),
        ("PUT", &password, r#"{"password":"another good one"}"#, false),
        ("DELETE", ALICE, "", false),
        ("PUT", "/api/v1/scopes/a", r#"{"roles":[]}"#, false),
    ] {
        assert_problem(&api.send_as(&api.developer, method, target, body), 403, "forbidden");
        let response = api.send_as(&api.auditor, method, target, body);
        assert_eq!(response.status, if readable { 200 } else { 403 }, "{method} {target}: {}", response.text());
    }
}

#[test]
fn sessions_and_access_of_a_user_are_listed_and_end() {
    let fixture = Fixture::new();
    let api = &fixture.api;
    let token = fixture.signed_in();
    let access = api.read(&format!("{ALICE}/access"));
    assert_items(&access, "consumer_key", &[&fixture.key]);
    assert_eq!((&access["items"][0]["application_name"], &access["items"][0]["grants"]), (&json!("a"), &json!(1)));
    let mut alice = Browser::new(&api.server);
    assert_eq!(alice.sign_in("/sign-in", "alice", PASSWORD).status(), 303);
    let sessions = api.read(&format!("{ALICE}/sessions"));
    let id = sessions["items"][0]["id"].as_str().unwrap();
    assert!(!alice.cookies["__Host-postern-session"].contains(&id[3..]));
    assert_problem(&api.send("DELETE", &format!("{ALICE}/sessions/se_0"), ""), 404, "no_such_session");
    assert_eq!(api.send("DELETE", &format!("{ALICE}/sessions/{id}"), "").json(), json!({ "ended": 1 }));
    assert_items(&api.read(&format!("{ALICE}/sessions")), "id", &[]);
    assert!(alice.get("/account").leads_to().starts_with("/sign-in"));
    assert_eq!(api.send("DELETE", &format!("{ALICE}/sessions"), "").json(), json!({ "ended": 0 }));
    assert!(fixture.is_active(&token), "grants stay");
    let client = format!("{ALICE}/access/{}", fixture.key);
    assert_eq!(api.send("DELETE", &client, "").json(), json!({ "revoked": 1 }));
    assert!(fixture.has_ended(&token));
    assert_problem(&api.send("DELETE", &client, ""), 404, "no_such_access");
    let again = fixture.signed_in();
    assert_eq!(api.send("DELETE", &format!("{ALICE}/access"), "").json(), json!({ "revoked": 1 }));
    assert!(fixture.has_ended(&again));
    // The same by commands.
    fixture.signed_in();
    let home = &api.home;
    assert_eq!(home.succeed(&["admin", "user", "access", "list", "alice@local"])["access"][0]["consumer_key"], fixture.key);
    assert_eq!(home.succeed(&["admin", "user", "access", "delete", "alice@local", "--all", "--yes"])["revoked"], 1);
    alice.sign_in("/sign-in", "alice", PASSWORD);
    let listed = home.succeed(&["admin", "user", "session", "list", "alice@local"]);
    let id = listed["sessions"][0]["id"].as_str().unwrap();
    assert_eq!(home.succeed(&["admin", "user", "session", "delete", "alice@local", id, "--yes"])["ended"], 1);
    // What they need: one or all.
    home.misuse(&["admin", "user", "session", "delete", "alice@local", "--yes"]);
}

#[test]
fn a_password_that_must_be_changed_gives_no_token() {
    let fixture = Fixture::new();
    let body = r#"{"password":"a given password","must_change_password":true}"#;
    assert_eq!(fixture.api.send("PUT", &format!("{ALICE}/password"), body).status, 204);
    assert_eq!(fixture.api.read(ALICE)["must_change_password"], true);
    let refused = fixture.sign_in("a given password");
    assert_eq!((refused.status, refused.json()["error"].as_str()), (400, Some("invalid_grant")));
    assert!(refused.text().contains("more than a password") && !fixture.sign_in("wrong").text().contains("more than"));
    let body = r#"{"name":"bob","password":"correct horse battery","must_change_password":"yes"}"#;
    assert_problem(&fixture.api.send("POST", USERS, body), 422, "invalid_body");
}
