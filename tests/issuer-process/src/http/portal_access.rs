//! `/portal/access`: users become developers by themselves, or ask for it.

use serde_json::{Value, json};

use super::api::token;
use crate::harness::users::{PASSWORD, Users};
use crate::harness::{Browser, Database, Home, Page, Request, on_both};

on_both!(users_become_developers_as_the_settings_say);

fn requests(home: &Home) -> Vec<Value> {
    let shown = home.succeed(&["admin", "member", "requests"]);
    shown["member_requests"].as_array().unwrap().iter().map(|request| request["account"].clone()).collect()
}

fn registration(home: &Home, how: &str) {
    let settings = home.succeed(&["admin", "settings", "change", "--developer-registration", how]);
    assert_eq!(settings["developer_registration"], how);
}

fn signed_in<'a>(users: &'a Users, user: &str) -> Browser<'a> {
    let mut browser = Browser::new(&users.server);
    assert_eq!(browser.sign_in("/sign-in?next=%2Fportal", user, PASSWORD).leads_to(), "/portal");
    browser
}

/// Presses the button of the page for users who are no members.
fn press(browser: &mut Browser<'_>, button: &str) -> Page {
    let page = browser.get("/portal");
    assert!(page.status() == 403 && page.html.contains(&format!(">{button}</button>")), "{}", page.html);
    let answer = browser.submit_to(&page, "/portal/access", &[]);
    assert_eq!(answer.leads_to(), "/portal", "{}", answer.html);
    browser.get("/portal")
}

fn users_become_developers_as_the_settings_say(database: Database) {
    let users = Users::new(database);
    let home = &users.home;
    let mut alice = signed_in(&users, "alice");
    // It is off at first: no button, and no form that works.
    let page = alice.get("/portal");
    assert!(page.status() == 403 && !page.html.contains("/portal/access"), "{}", page.html);
    registration(home, "approval");
    let page = alice.get("/portal");
    registration(home, "off");
    let refused = alice.submit_to(&page, "/portal/access", &[]);
    assert!(refused.status() == 409 && refused.html.contains("ask an administrator"), "{}", refused.html);
    assert_eq!(alice.post("/portal/access", &[]).status(), 403, "without a CSRF token");
    assert!(Browser::new(&users.server).post("/portal/access", &[]).leads_to().starts_with("/sign-in"));
    assert_eq!(requests(home), [Value::Null; 0]);
    // Users ask once, and an administrator decides.
    registration(home, "approval");
    let waiting = press(&mut alice, "Ask for access");
    assert!(waiting.status() == 403 && waiting.html.contains("You have asked for access"), "{}", waiting.html);
    assert_eq!(alice.submit_to(&page, "/portal/access", &[]).status(), 303, "asking twice changes nothing");
    press(&mut signed_in(&users, "bob"), "Ask for access");
    assert_eq!(requests(home), ["alice@local", "bob@local"]);
    let dora = {
        home.succeed(&["admin", "member", "add", "dora", "--role", "developer"]);
        token(home, "dora", &[])
    };
    let path = "/api/v1/member-requests/alice@local";
    assert_eq!(users.server.send(&Request::get("/api/v1/member-requests").bearer(&dora)).status, 403);
    let approval = Request::new("POST", &format!("{path}/approve")).bearer(&dora).header("content-type", "application/json");
    assert_eq!(users.server.send(&approval.body("{}")).status, 403);
    assert_eq!(users.server.send(&Request::new("DELETE", path).bearer(&dora)).status, 403);
    home.succeed(&["admin", "member", "refuse", "alice@local"]);
    assert!(home.fail(&["admin", "member", "refuse", "alice@local"]).contains("has not asked"));
    assert!(home.fail(&["admin", "member", "approve", "alice@local"]).contains("has not asked"));
    press(&mut alice, "Ask for access");
    home.succeed(&["admin", "member", "add", "alice", "--role", "auditor"]);
    assert!(home.fail(&["admin", "member", "approve", "alice@local"]).contains("there is another member `alice`"));
    let member = home.succeed(&["admin", "member", "approve", "alice@local", "--name", "alice2"]);
    assert_eq!(
        (&member["name"], &member["role"], &member["account"]),
        (&json!("alice2"), &json!("developer"), &json!("alice@local"))
    );
    assert_eq!(alice.get("/portal").status(), 200);
    // A user who is removed asks no more, and one who is added by hand need not.
    home.succeed(&["admin", "member", "add", "bobby", "--role", "developer", "--account", "bob@local"]);
    assert_eq!(requests(home), [Value::Null; 0]);
    home.succeed(&["admin", "member", "remove", "bobby"]);
    press(&mut signed_in(&users, "bob"), "Ask for access");
    home.succeed(&["admin", "user", "remove", "bob@local"]);
    assert_eq!(requests(home), [Value::Null; 0]);
    // Open: at once.
    registration(home, "open");
    assert!(home.pipe(&["admin", "user", "add", "carol@local"], PASSWORD).status.success());
    let mut carol = signed_in(&users, "carol");
    assert_eq!(press(&mut carol, "Become a developer").status(), 200);
    assert_eq!(home.succeed(&["admin", "member", "show", "carol"])["role"], "developer");
    let entries = home.succeed(&["admin", "audit", "list", "--action", "member.add"]);
    assert_eq!(entries["entries"][0]["actor"], "user:carol@local", "{entries}");
    assert!(
        home.misuse(&["admin", "settings", "change", "--developer-registration", "yes"]).contains("`off`, `approval` or `open`")
    );
}
