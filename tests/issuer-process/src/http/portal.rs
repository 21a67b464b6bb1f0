//! `/portal`: members make tokens in a browser.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::harness::users::{PASSWORD, Users};
use crate::harness::{Browser, Database, Page, Request, encoded, on_both};

on_both!(a_developer_makes_a_token_and_replaces_it, what_ends_a_session_or_a_member_ends_the_portal);

/// A server whose users Alice, a developer, and Bob, an auditor, may sign in to the portal.
pub(super) fn portal(database: Database) -> Users {
    with_members(Users::new(database))
}

/// The same with a configuration file.
pub(super) fn portal_with(database: Database, configuration: &str) -> Users {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("postern.toml");
    std::fs::write(&file, configuration).unwrap();
    with_members(Users::with_arguments(database, &["--config", file.to_str().unwrap()]))
}

fn with_members(users: Users) -> Users {
    let member = |name: &str, role: &str, account: &str| {
        users.home.succeed(&["admin", "member", "create", name, "--role", role, "--account", account]);
    };
    member("dora", "developer", "alice@local");
    member("audrey", "auditor", "bob@local");
    users.home.add_api(
        r#"{"name":"pasta","version":"2","context":"/pasta","resources":[
            {"path":"/menu","auth":"none"},{"path":"/orders/*","auth":"any","scopes":["orders"]},{"path":"/stock","auth":"any","scopes":["stock"]}]}"#,
    );
    users
}

pub(super) fn signed_in<'a>(users: &'a Users, user: &str) -> Browser<'a> {
    let mut browser = Browser::new(&users.server);
    let page = browser.sign_in("/sign-in?next=%2Fportal", user, PASSWORD);
    assert_eq!(page.leads_to(), "/portal");
    browser
}

/// Creates an application, and returns the path of its page.
pub(super) fn create(browser: &mut Browser<'_>, name: &str) -> String {
    let page = browser.get("/portal");
    browser.submit_to(&page, "/portal/applications", &[("name", name)]).leads_to()
}

/// What stands in a page behind the term.
pub(super) fn value(page: &Page, term: &str) -> String {
    let start = page.html.find(&format!("<dt>{term}</dt>")).unwrap_or_else(|| panic!("no {term}: {}", page.html));
    let (_, rest) = page.html[start..].split_once("<code class=\"copy").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    rest[..rest.find('<').unwrap()].to_owned()
}

pub(super) fn claims(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

/// The states of the application's tokens, the oldest first.
fn states(users: &Users, path: &str) -> Vec<String> {
    let id = path.rsplit('/').next().unwrap();
    users.home.tokens(id).iter().map(|token| token["state"].as_str().unwrap().to_owned()).collect()
}

fn a_developer_makes_a_token_and_replaces_it(database: Database) {
    let users = portal(database);
    let mut dora = Browser::new(&users.server);
    assert_eq!(dora.get("/portal").leads_to(), "/sign-in?next=%2Fportal");
    dora = signed_in(&users, "alice");
    let empty = dora.get("/portal");
    assert!(empty.html.contains("None yet") && empty.html.contains("dora"), "{}", empty.html);

    let application = create(&mut dora, "Storefront");
    let page = dora.get(&application);
    let subscribed = dora.submit_to(&page, &format!("{application}/subscribe"), &[("api", "pasta/2 gold")]);
    assert_eq!(subscribed.leads_to(), format!("{application}?subscribed=pasta%2F2"));

    let keys = format!("{application}/keys/production");
    let form = dora.get(&keys);
    assert!(form.html.contains("name=\"scope orders\"") && form.html.contains("name=\"scope stock\""), "{}", form.html);
    let fields = [("scope orders", "on"), ("domains", "app.example.com"), ("lifetime", "2h")];
    let made = dora.submit_to(&form, &keys, &fields);
    assert_eq!(made.status(), 200, "{}", made.html);
    let (token, secret) = (value(&made, "Token"), value(&made, "Consumer secret"));
    let claimed = claims(&token);
    assert_eq!((&claimed["scope"], &claimed["domains"]), (&"orders".into(), &serde_json::json!(["app.example.com"])));
    assert_eq!(claimed["exp"].as_u64().unwrap() - claimed["iat"].as_u64().unwrap(), 7_200);
    assert!(
        made.html.contains("$GATEWAY/pasta/orders/1") && made.html.contains("Origin: https://app.example.com"),
        "{}",
        made.html
    );

    // The same form again, as a browser sends it that loads the page again: nothing else is made.
    let again = dora.submit_to(&form, &keys, &fields);
    assert_eq!((value(&again, "Token"), value(&again, "Consumer secret")), (token.clone(), secret));
    assert!(again.html.contains("You sent this form before") && !made.html.contains("You sent this form before"));
    assert!(again.html.contains(&format!("TOKEN='<span class=\"clipped\">{token}</span>'")), "{}", again.html);
    assert_eq!(states(&users, &application), ["active"]);

    let form = dora.get(&keys);
    assert!(
        form.html.contains("app.example.com") && form.html.contains("name=\"scope orders\" value=\"on\" checked"),
        "{}",
        form.html
    );
    let replaced = dora.submit_to(&form, &keys, &[("scope orders", "on"), ("domains", "")]);
    let new = value(&replaced, "Token");
    assert!(new != token && claims(&new).get("domains").is_none());
    assert!(!replaced.html.contains("<dt>Consumer secret</dt>"), "{}", replaced.html);
    assert_eq!(states(&users, &application), ["replaced", "active"]);
    let shown = dora.get(&application);
    assert!(!shown.html.contains(&new) && shown.html.contains("Re-generate"), "{}", shown.html);

    let asked = dora.get(&format!("{application}/revoke"));
    let revoked = dora.submit_to(&asked, &format!("{application}/revoke"), &[]);
    assert!(revoked.html.contains("1 token is revoked."), "{}", revoked.html);
    assert_eq!(states(&users, &application), ["replaced", "revoked"]);

    let asked = dora.get(&format!("{application}/unsubscribe?api=pasta%2F2"));
    let ended = dora.submit_to(&asked, &format!("{application}/unsubscribe"), &[]);
    assert_eq!(ended.leads_to(), application);
    assert!(dora.get(&application).html.contains("None yet"));

    let audit = users.home.succeed(&["admin", "audit", "list", "--limit", "20"]).to_string();
    for action in ["application.create", "subscription.add", "keys.generate", "token.regenerate", "token.revoke"] {
        assert!(audit.contains(&format!("\"{action}\"")), "{action} in {audit}");
    }
    assert!(audit.contains("member:dora"), "{audit}");
    let log = std::fs::read_to_string(users.home.path("log")).unwrap();
    assert!(!log.contains(&token) && !log.contains(&new), "the log contains a token");
}

fn what_ends_a_session_or_a_member_ends_the_portal(database: Database) {
    let users = portal(database);
    let ends: [&[&str]; 3] = [
        &["admin", "user", "lock", "alice@local"],
        &["admin", "member", "change", "dora", "--no-account"],
        &["admin", "member", "change", "dora", "--role", "auditor"],
    ];
    for end in ends {
        let mut dora = signed_in(&users, "alice");
        let application = create(&mut dora, "Storefront");
        let open = dora.get("/portal");
        users.home.succeed(end);
        let late = dora.submit_to(&open, "/portal/applications", &[("name", "Late")]);
        assert!(late.status() == 403 || late.leads_to().starts_with("/sign-in"), "{end:?}: {}", late.html);
        let shown = dora.get(&application);
        assert!(!shown.html.contains("<button type=\"submit\">Subscribe"), "{end:?}: {}", shown.html);
        // As before.
        if end[2] == "lock" {
            users.home.succeed(&["admin", "user", "unlock", "alice@local"]);
        }
        users.home.succeed(&["admin", "member", "change", "dora", "--role", "developer", "--account", "alice@local"]);
    }
    let mut dora = signed_in(&users, "alice");
    let page = dora.get("/portal");
    let cookies = dora.cookies.clone();
    let signed_out = dora.submit_to(&page, "/sign-out", &[]);
    assert_eq!((signed_out.status(), signed_out.response.header("clear-site-data")), (200, Some("\"cache\"")));
    assert!(signed_out.html.contains("href=\"/sign-in?next=%2Fportal\">Sign in again</a>"), "{}", signed_out.html);
    dora.cookies = cookies;
    let late = dora.submit_to(&page, "/portal/applications", &[("name", "Late")]);
    assert!(late.leads_to().starts_with("/sign-in?next=%2Fportal"), "{}", late.html);
    let names = users.home.succeed(&["application", "list"]).to_string();
    assert!(!names.contains("Late"), "{names}");
}

/// The pages and forms of an application that belongs to another member, for each member.
#[test]
fn no_member_sees_or_changes_what_belongs_to_another() {
    let users = portal(Database::Sqlite);
    let mut dora = signed_in(&users, "alice");
    let own = create(&mut dora, "Storefront");
    let foreign = format!("/portal/applications/{}", users.home.create_application("Of the administrators"));
    let unknown = "/portal/applications/app_00000000000000000000";
    let mut audrey = signed_in(&users, "bob");
    let pages = ["", "/revoke", "/unsubscribe?api=pasta%2F2", "/keys/production", "/keys/sandbox", "/usage"];
    for below in pages {
        assert_ne!(dora.get(&format!("{own}{below}")).status(), 404, "{below}");
        for other in [foreign.as_str(), unknown, "/portal/applications/1", "/portal/applications/Storefront"] {
            assert_eq!(dora.get(&format!("{other}{below}")).status(), 404, "{other}{below}");
        }
    }
    assert_eq!(dora.get(&format!("{own}/keys/staging")).status(), 404);
    let now = made_at(&dora.get("/portal"));
    let [first, second, third] = [1, 2, 3].map(|form| format!("{now}.{form}"));
    let forms: [(&str, &[(&str, &str)]); 5] = [
        ("/subscribe", &[("api", "pasta/2 gold")]),
        ("/unsubscribe", &[("api", "pasta/2")]),
        ("/keys/production", &[("once", &first)]),
        ("/keys/production", &[("once", &second), ("replaces", "true")]),
        ("/revoke", &[]),
    ];
    let (hers, his) = (csrf_of(&dora.get("/portal")), csrf_of(&audrey.get("/portal")));
    for (below, fields) in forms {
        assert_eq!(dora.post(&format!("{foreign}{below}"), &with(fields, &hers)).status(), 404, "{below}");
        // An auditor sees everything and changes nothing.
        if below != "/subscribe" {
            assert_eq!(audrey.get(&format!("{foreign}{below}?api=pasta%2F2")).status(), 403, "{below}");
        }
        assert_eq!(audrey.post(&format!("{foreign}{below}"), &with(fields, &his)).status(), 403, "{below}");
        // A token of another session, or none.
        for csrf in [his.as_str(), ""] {
            assert_eq!(dora.post(&format!("{own}{below}"), &with(fields, csrf)).status(), 403, "{below}");
        }
        assert!(
            Browser::new(&users.server).post(&format!("{own}{below}"), &with(fields, &hers)).leads_to().starts_with("/sign-in")
        );
        let cookie = format!("__Host-postern-session={}", dora.cookies["__Host-postern-session"]);
        for (name, wrong) in [("origin", "https://evil.test"), ("sec-fetch-site", "cross-site"), ("content-type", "text/plain")] {
            let request = Request::new("POST", &format!("{own}{below}")).header("cookie", &cookie).header(name, wrong);
            let request = if name == "content-type" {
                request
            } else {
                request.header("content-type", "application/x-www-form-urlencoded")
            };
            assert_eq!(users.server.send(&request.body(encoded(&with(fields, &hers)))).status, 403, "{below}, {name}");
        }
    }
    for browser in [&mut dora, &mut audrey] {
        let id = foreign.rsplit('/').next().unwrap();
        assert!(users.home.tokens(id).is_empty() && users.home.tokens(own.rsplit('/').next().unwrap()).is_empty());
        assert_eq!(browser.get("/portal").status(), 200);
    }
    let listed = audrey.get("/portal");
    assert!(listed.html.contains("Of the administrators") && !listed.html.contains("New application"), "{}", listed.html);
    let post = audrey.post("/portal/applications", &[("csrf", &his), ("once", &third), ("name", "Hers")]);
    assert_eq!(post.status(), 403);
}

#[test]
fn a_user_who_is_no_member_is_told_so() {
    let users = Users::new(Database::Sqlite);
    let mut alice = signed_in(&users, "alice");
    let page = alice.get("/portal");
    assert_eq!(page.status(), 403);
    assert!(page.html.contains("alice@local") && page.html.contains("postern admin member change"), "{}", page.html);
}

#[test]
fn wrong_fields_are_explained_and_what_was_entered_stays() {
    let users = portal(Database::Sqlite);
    let mut dora = signed_in(&users, "alice");
    let page = dora.get("/portal");
    for name in ["", " ", "a\u{202e}b", &"x".repeat(101)] {
        let wrong = dora.submit_to(&page, "/portal/applications", &[("name", name)]);
        assert_eq!(wrong.status(), 422, "{name:?}: {}", wrong.html);
        assert!(wrong.html.contains("aria-invalid=\"true\""));
    }
    let script = "<script>alert(1)</script>";
    let application = create(&mut dora, script);
    for path in ["/portal", application.as_str(), &format!("{application}/keys/production"), &format!("{application}/revoke")] {
        let html = dora.get(path).html;
        assert!(!html.contains("<script>") && html.contains("<script defer src=\"/assets/portal.js"), "{path}: {html}");
    }
    let keys = format!("{application}/keys/sandbox");
    let form = dora.get(&keys);
    let fields = [("domains", "ok.example https://x.example/path"), ("ips", "1.2.3"), ("lifetime", "soon"), ("scope a\"b", "on")];
    let wrong = dora.submit_to(&form, &keys, &fields);
    assert_eq!(wrong.status(), 422);
    for id in ["domains-problem", "ips-problem", "lifetime-problem", "scopes-problem"] {
        assert!(wrong.html.contains(&format!("id=\"{id}\"")), "{id}: {}", wrong.html);
    }
    assert!(wrong.html.contains("ok.example https://x.example/path"), "{}", wrong.html);
    assert!(states(&users, &application).is_empty());
    // What the issuer refuses for another reason: nothing is made either.
    let long = dora.submit_to(&wrong, &keys, &[("domains", ""), ("ips", ""), ("lifetime", "never")]);
    assert_eq!(long.status(), 422, "{}", long.html);
    assert!(long.html.contains("role=\"alert\""), "{}", long.html);
    let unsubscribed = dora.post(&format!("{application}/subscribe"), &[("csrf", &csrf_of(&form)), ("api", "none/1 gold")]);
    assert_eq!(unsubscribed.status(), 404, "{}", unsubscribed.html);
    let nonsense = dora.post(&format!("{application}/subscribe"), &[("csrf", &csrf_of(&form)), ("api", "pasta")]);
    assert!(nonsense.status() == 422 && nonsense.html.contains("Choose an API."), "{}", nonsense.html);
}

/// When the form of the page was made.
fn made_at(page: &Page) -> u64 {
    let start = page.html.find("name=\"once\" value=\"").unwrap() + 19;
    page.html[start..].split_once('.').unwrap().0.parse().unwrap()
}

/// The fields of a form, and some that the page does not have.
fn with<'a>(fields: &[(&'a str, &'a str)], csrf: &'a str) -> Vec<(&'a str, &'a str)> {
    [fields, &[("csrf", csrf), ("owner", "dora"), ("role", "administrator")]].concat()
}

fn csrf_of(page: &Page) -> String {
    page.hidden().into_iter().find(|(name, _)| name == "csrf").unwrap().1
}

#[test]
fn a_form_that_is_too_old_or_was_sent_with_other_values_does_nothing() {
    let users = portal(Database::Sqlite);
    let mut dora = signed_in(&users, "alice");
    let page = dora.get("/portal");
    let day = 86_400;
    let now = made_at(&page);
    for once in [format!("{}.a", now - day), format!("{}.a", now + day), "a".into(), ".".into(), String::new()] {
        let old = dora.submit_to(&page, "/portal/applications", &[("once", &once), ("name", "Old")]);
        assert!(old.status() == 422 && old.html.contains("The form is too old"), "{once}: {}", old.html);
    }
    assert_eq!(dora.submit_to(&page, "/portal/applications", &[("name", "First")]).status(), 303);
    let other = dora.submit_to(&page, "/portal/applications", &[("name", "Second")]);
    assert!(other.status() == 422 && other.html.contains("You sent this form before, with other values"), "{}", other.html);
    let listed = dora.get("/portal");
    assert!(listed.html.contains("First") && !listed.html.contains("Second") && !listed.html.contains("Old"), "{}", listed.html);
}

#[test]
fn very_many_scopes_are_entered_as_a_text() {
    let users = portal(Database::Sqlite);
    let names: Vec<String> = (0..120).map(|number| format!("s{number:03}")).collect();
    let resources: Vec<Value> =
        names.iter().map(|name| serde_json::json!({"path": format!("/{name}"), "scopes": [name]})).collect();
    let api = serde_json::json!({"name": "large", "version": "1", "context": "/large", "resources": resources});
    users.home.add_api(&api.to_string());
    let mut dora = signed_in(&users, "alice");
    let application = create(&mut dora, "Large");
    let page = dora.get(&application);
    dora.submit_to(&page, &format!("{application}/subscribe"), &[("api", "large/1 gold")]);
    let keys = format!("{application}/keys/production");
    let form = dora.get(&keys);
    assert!(form.html.contains("<textarea id=\"scopes\"") && !form.html.contains("name=\"scope "), "{}", form.html);
    let made = dora.submit_to(&form, &keys, &[("scopes", &names.join(" "))]);
    assert_eq!(claims(&value(&made, "Token"))["scope"], names.join(" ").as_str());
    assert!(dora.get(&keys).html.contains(&names.join(" ")), "what the keys hold is shown");
}

/// The example stands in a command that people copy.
#[test]
fn the_first_call_can_succeed_and_holds_no_command_of_another() {
    let users = portal(Database::Sqlite);
    let mut dora = signed_in(&users, "alice");
    for (name, resources, example) in [
        ("users", r#"[{"path":"/me","auth":"user"}]"#, None),
        ("posts", r#"[{"path":"/x","methods":["POST"]}]"#, None),
        ("scoped", r#"[{"path":"/x","scopes":["far"]}]"#, None),
        ("shell", r#"[{"path":"/$(id)"}]"#, None),
        ("mixed", r#"[{"path":"/menu","auth":"none"},{"path":"/list"}]"#, Some("$GATEWAY/mixed/list")),
        ("second", r#"[{"path":"/me","auth":"user"},{"path":"/list/*"}]"#, Some("$GATEWAY/second/list/1")),
    ] {
        users.home.add_api(&format!(r#"{{"name":"{name}","version":"1","context":"/{name}","resources":{resources}}}"#));
        let application = create(&mut dora, name);
        let page = dora.get(&application);
        dora.submit_to(&page, &format!("{application}/subscribe"), &[("api", &format!("{name}/1 gold"))]);
        let keys = format!("{application}/keys/production");
        let form = dora.get(&keys);
        let made = dora.submit_to(&form, &keys, &[]);
        assert_eq!(made.html.contains("$GATEWAY"), example.is_some(), "{name}: {}", made.html);
        assert_eq!(made.html.contains("This token allows no call"), example.is_none(), "{name}: {}", made.html);
        assert!(example.is_none_or(|example| made.html.contains(example)), "{name}: {}", made.html);
    }
}

#[test]
fn applications_are_listed_in_pages() {
    let users = portal(Database::Sqlite);
    let mut dora = signed_in(&users, "alice");
    for number in 1..=21 {
        create(&mut dora, &format!("App {number:02}"));
    }
    let first = dora.get("/portal");
    assert!(first.html.contains("App 20") && !first.html.contains("App 21"), "{}", first.html);
    let start = first.html.find("/portal?after=").unwrap();
    let next = &first.html[start..start + first.html[start..].find('"').unwrap()];
    let second = dora.get(next);
    assert!(second.html.contains("App 21") && !second.html.contains("App 20"), "{}", second.html);
    assert!(!second.html.contains("Next page") && second.html.contains("First page"));
    assert_eq!(dora.get("/portal?after=app_00000000000000000000").status(), 404);
}
