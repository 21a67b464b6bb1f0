//! People of an identity provider sign in, and their groups make them members.

use serde_json::{Value, json};

use crate::harness::provider::{ACCESS_TOKEN, CLIENT_SECRET, CODE, Provider};
use crate::harness::users::PASSWORD;
use crate::harness::{Browser, Database, Home, Page, Server, on_both};

on_both!(a_person_is_recognised_under_another_name, groups_make_members);

const ROLES: &str =
    "member_roles = { \"Postern Admins\" = \"administrator\", developers = \"developer\", audit = \"auditor\" }\n";

fn start(database: Database, more: &str) -> (Provider, Home, Server) {
    let provider = Provider::start();
    let home = provider.configure(Home::empty_on(database).initialised(), more);
    let server = Server::start(&home);
    (provider, home, server)
}

/// The audit entries with this action, the newest first.
fn audit(home: &Home, action: &str) -> Vec<Value> {
    let entries = home.succeed(&["admin", "audit", "list", "--action", action]);
    entries["entries"].as_array().unwrap_or_else(|| panic!("{entries}")).clone()
}

fn is_signed_in(browser: &mut Browser<'_>) -> bool {
    browser.get("/account").status() == 200
}

fn assert_refused(page: &Page, status: u16, title: &str) {
    assert_eq!(page.status(), status, "{}", page.html);
    assert!(page.html.contains(&format!("<h1>{title}</h1>")), "{}", page.html);
}

fn a_person_is_recognised_under_another_name(database: Database) {
    // On SQLite, the store has a database of its own.
    let own = if database == Database::Sqlite { "database = \"corp.db\"\n" } else { "" };
    let (provider, home, server) = start(database, own);
    let mut alice = Browser::new(&server);
    let page = alice.get("/sign-in");
    assert!(
        page.html.contains("Sign in with <bdi>Corp &#38; Co</bdi>") && page.html.contains("name=\"password\""),
        "{}",
        page.html
    );
    let begun = provider.begin(&mut alice, "/account?x=1");
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "postern"),
        ("redirect_uri", "https://issuer.example/sign-in/callback/corp"),
        ("scope", "openid profile email"),
        ("code_challenge_method", "S256"),
        ("prompt", ""),
    ] {
        assert_eq!(begun.parameter(name), value, "{name}");
    }
    // The name and the groups come from the user information, because the ID token has none.
    let mut claims = provider.claims(&begun, "1001", "x", &[]);
    claims.as_object_mut().unwrap().retain(|name, _| name != "preferred_username" && name != "groups");
    provider.set(|provider| {
        provider.user_info = json!({ "sub": "1001", "preferred_username": "Alice", "groups": ["editors", "All Staff"] });
    });
    let page = provider.respond(&mut alice, &begun, provider.key.sign(&claims));
    assert_eq!((page.status(), page.leads_to().as_str()), (303, "/account?x=1"), "{}", page.html);
    assert!(!alice.cookies.keys().any(|name| name.contains("sign-in")), "{:?}", alice.cookies);
    let account = alice.get("/account");
    assert!(account.html.contains("alice@corp") && !account.html.contains("Change password"), "{}", account.html);
    assert_eq!(home.succeed(&["admin", "user", "show", "alice@corp"])["roles"], json!(["editors"]));
    let entry = &audit(&home, "user.sign_in")[0];
    assert_eq!((&entry["actor"], &entry["subject"]), (&json!("user:alice@corp"), &json!("alice@corp")), "{entry}");
    // A new sign-in is asked for, so the provider is asked for one too. The browser's previous session ends.
    let before = alice.cookies["__Host-postern-session"].clone();
    let page = alice.get("/sign-in?next=%2Faccount&again=true");
    let page = alice.submit_to(&page, "/sign-in/begin/corp", &[]);
    assert!(page.leads_to().contains("&prompt=login"), "{}", page.leads_to());
    assert_eq!(provider.sign_in(&mut alice, "1001", "alice", &["writers"]).status(), 303);
    assert_eq!(home.succeed(&["admin", "user", "show", "alice@corp"])["roles"], json!(["writers"]));
    let mut thief = Browser::new(&server);
    thief.cookies.insert("__Host-postern-session".to_owned(), before);
    assert!(!is_signed_in(&mut thief) && is_signed_in(&mut alice));
    // With another name, it is the same user, who signs in again everywhere. An account that a member has follows.
    home.succeed(&["admin", "member", "add", "hand-made", "--role", "developer", "--account", "alice@corp"]);
    let mut elsewhere = Browser::new(&server);
    assert_eq!(provider.sign_in(&mut elsewhere, "1001", "Alice.Smith", &["writers"]).status(), 303);
    assert!(is_signed_in(&mut elsewhere) && !is_signed_in(&mut alice));
    assert_eq!(home.succeed(&["admin", "member", "show", "hand-made"])["account"], "alice.smith@corp");
    assert!(home.fail(&["admin", "user", "show", "alice@corp"]).contains("there is no user"));
    assert_eq!(audit(&home, "user.rename")[0]["details"], json!({ "before": "alice@corp" }));
    // A name belongs to one person.
    let page = provider.sign_in(&mut Browser::new(&server), "1002", "alice.smith", &[]);
    assert_refused(&page, 403, "This user name is taken");
    // The issuer's lock counts, whatever the provider says, also under a new name.
    home.succeed(&["admin", "user", "lock", "alice.smith@corp"]);
    for name in ["alice.smith", "alice"] {
        assert_refused(&provider.sign_in(&mut elsewhere, "1001", name, &[]), 403, "Your account is locked");
    }
    assert!(!is_signed_in(&mut elsewhere));
    home.succeed(&["admin", "user", "unlock", "alice.smith@corp"]);
    assert_eq!(provider.sign_in(&mut elsewhere, "1001", "alice.smith", &[]).status(), 303);
    // A password gets nobody into this store, and does not change there.
    assert_eq!(Browser::new(&server).sign_in("/sign-in", "alice.smith@corp", PASSWORD).status(), 403);
    assert!(home.fail(&["admin", "user", "roles", "alice.smith@corp", "--roles", "x"]).contains("managed in its directory"));
    assert_eq!(home.succeed(&["admin", "user-store", "list"])["user_stores"][1]["kind"], "openid_connect");
    let log = std::fs::read_to_string(home.path("log")).unwrap();
    let secrets = [CODE, ACCESS_TOKEN, CLIENT_SECRET, &begun.nonce, &begun.state, &begun.state[16..]];
    assert!(secrets.iter().all(|secret| !log.contains(*secret)), "the log contains a secret");
}

fn groups_make_members(database: Database) {
    let (provider, home, server) = start(database, ROLES);
    let mut alice = Browser::new(&server);
    let mut sign_in = |groups: &[&str]| {
        let page = provider.sign_in(&mut alice, "1", "alice", groups);
        assert_eq!(page.status(), 303, "{}", page.html);
        let portal = alice.get("/portal");
        let form = portal.html.contains("action=\"/portal/applications\"");
        if form && !portal.html.contains("Pizza") {
            alice.submit_to(&portal, "/portal/applications", &[("name", "Pizza")]).leads_to();
        }
        portal
    };
    let member = || home.succeed(&["admin", "member", "show", "alice"]);
    // Without a group that is named, a user is no member.
    assert_refused(&sign_in(&["others"]), 403, "Not a member");
    assert_eq!(sign_in(&["others", "developers"]).status(), 200);
    let shown = member();
    assert_eq!(
        (&shown["role"], &shown["account"], &shown["from_groups"]),
        (&json!("developer"), &json!("alice@corp"), &json!(true))
    );
    // The highest role counts, whatever the order of the groups.
    sign_in(&["audit", "developers", "Postern Admins"]);
    assert_eq!(member()["role"], "administrator");
    sign_in(&["audit"]);
    assert_eq!(member()["role"], "auditor");
    sign_in(&["audit"]);
    // The role follows at the sign-in. The last administrator of the groups may lose the role: another one need only sign in.
    sign_in(&["Postern Admins"]);
    let token = home.succeed(&["admin", "personal-token", "create", "alice"]);
    assert!(token["personal_token"].as_str().is_some_and(|token| token.starts_with("ppat_")), "{token}");
    assert_refused(&sign_in(&[]), 403, "Not a member");
    assert!(home.fail(&["admin", "member", "show", "alice"]).contains("there is no member"));
    let applications = home.succeed(&["admin", "application", "list"]);
    let application = &applications["applications"][0];
    assert_eq!((&application["name"], &application["owner"]), (&json!("Pizza"), &Value::Null), "the application stays");
    let of_alice = |action| audit(&home, action).into_iter().filter(|entry| entry["subject"] == "alice").count();
    assert_eq!([of_alice("member.add"), of_alice("member.change"), of_alice("member.remove")], [1, 3, 1]);
    let entry = &audit(&home, "member.add")[0];
    assert_eq!(entry["actor"], "issuer", "{entry}");
    assert_eq!(entry["details"], json!({ "role": "developer", "account": "alice@corp", "from_groups": true }));
    // What an administrator has decided by hand stays.
    home.succeed(&["admin", "member", "add", "by-hand", "--role", "auditor", "--account", "alice@corp"]);
    for groups in [&["Postern Admins"][..], &[]] {
        sign_in(groups);
        assert_eq!(home.succeed(&["admin", "member", "show", "by-hand"])["role"], "auditor");
    }
    // A name that another member has is not taken from it.
    home.succeed(&["admin", "member", "add", "bob", "--role", "administrator"]);
    let mut bob = Browser::new(&server);
    for _ in 0..2 {
        let page = provider.sign_in(&mut bob, "2", "bob", &["developers"]);
        assert_refused(&page, 403, "Your membership needs an administrator");
        assert!(page.html.contains("another member `bob`") && !is_signed_in(&mut bob), "{}", page.html);
    }
    let conflicts = audit(&home, "member.conflict");
    assert_eq!((conflicts.len(), &conflicts[0]["details"]), (2, &json!({ "account": "bob@corp" })));
    assert_eq!(home.succeed(&["admin", "member", "show", "bob"])["account"], Value::Null);
    assert_refused(&provider.sign_in(&mut bob, "3", "bob+1", &["developers"]), 403, "Your membership needs an administrator");
    // Without such groups, the same person is a user.
    assert_eq!(provider.sign_in(&mut bob, "2", "bob", &[]).status(), 303);
}
