//! The pages of the portal behind the first ones: what each role may open, lists, secrets, and the pages for administrators.

use postern_http::{Access, Rule, portal_rules};

use super::portal::{create, portal, signed_in, value};
use crate::harness::users::{PASSWORD, Users};
use crate::harness::{Browser, Database, Page, encoded, on_both};

on_both!(a_developer_looks_after_tokens_and_secrets);

/// The portal of [`portal`], with Carol, an administrator.
pub(super) fn with_administrator(database: Database) -> Users {
    let users = portal(database);
    users.add_user("carol");
    users.home.succeed(&["admin", "member", "add", "adele", "--role", "administrator", "--account", "carol@local"]);
    users
}

/// The hidden CSRF token of a page.
pub(super) fn csrf(page: &Page) -> String {
    page.hidden().into_iter().find(|(name, _)| name == "csrf").unwrap().1
}

/// Every route of the portal, with every role. The rules come from the router, so a route cannot be without one.
#[test]
fn every_route_is_for_the_roles_of_its_rule() {
    let users = with_administrator(Database::Sqlite);
    let mut browsers = ["carol", "alice", "bob"].map(|user| signed_in(&users, user));
    let application = create(&mut browsers[1], "Storefront");
    let id = application.rsplit('/').next().unwrap().to_owned();
    let rules = portal_rules();
    assert!(rules.len() > 50, "{}", rules.len());
    let mut tried = 0;
    for Rule { path, method, access } in rules {
        let path = path.replace("{id}", &id).replace("{key_type}", "production");
        let path = path.replace("{name}", "pasta").replace("{version}", "2");
        assert!(!path.contains('{'), "{path}: no value for a part of it");
        let may = match access {
            Access::Members => [true, true, true],
            Access::Writers => [true, true, false],
            Access::Readers => [true, false, true],
            Access::Administrators => [true, false, false],
        };
        for (browser, may) in browsers.iter_mut().zip(may) {
            let shown = if method == "GET" {
                browser.get(&path)
            } else {
                let csrf = csrf(&browser.get("/portal"));
                // Nothing but the CSRF token: what is allowed says what is missing and makes nothing.
                if path.ends_with("/delete") && path.contains("app_") && may && !path.contains("secrets") {
                    continue;
                }
                browser.post(&path, &[("csrf", &csrf)])
            };
            assert_eq!(shown.status() != 403, may, "{method} {path}: {}", shown.html);
            assert!(shown.status() < 500, "{method} {path}: {}", shown.html);
            tried += 1;
        }
        // Strangers and forms without the token of the session.
        let mut stranger = Browser::new(&users.server);
        let shown = if method == "GET" { stranger.get(&path) } else { stranger.post(&path, &[("csrf", "x")]) };
        assert!(shown.leads_to().starts_with("/sign-in"), "{method} {path}: {}", shown.html);
        if method == "POST" {
            let mut other = signed_in(&users, "carol");
            assert_eq!(other.post(&path, &[("csrf", "x")]).status(), 403, "{path}");
        }
    }
    assert!(tried > 150, "{tried}");
}

/// An administrator makes a user, and looks after the user's password, second factor, sessions and applications.
#[test]
fn an_administrator_looks_after_a_user() {
    let users = with_administrator(Database::Sqlite);
    let mut adele = signed_in(&users, "carol");
    let page = adele.get("/portal/users/new");
    for (name, roles) in [("no body", "x"), ("bob", "x"), ("nina", "ö")] {
        let refused = adele.submit_to(&page, "/portal/users/new", &[("user", name), ("store", "local"), ("roles", roles)]);
        assert!(refused.status() == 422 && refused.html.contains("role=\"alert\""), "{name}: {}", refused.html);
    }
    let new = [("user", "Nina"), ("store", "local"), ("roles", "clerks, chiefs")];
    let made = adele.submit_to(&page, "/portal/users/new", &new);
    let given = value(&made, "One-time password");
    assert!(made.html.contains("<bdi>chiefs</bdi>") && made.html.contains("must be changed"), "{}", made.html);
    let sign_in = |password: &str| {
        let mut nina = Browser::new(&users.server);
        let entered = nina.sign_in("/sign-in", "nina", password);
        (nina, entered)
    };
    let choose = |given: &str, new: &str| {
        let (mut nina, entered) = sign_in(given);
        let page = nina.get(&entered.leads_to());
        assert_eq!(nina.submit(&page, &[("new", new), ("again", new)]).leads_to(), "/account");
        nina
    };
    let nina = "/portal/users/user?user=nina%40local";
    let mut first = choose(&given, PASSWORD);
    let mut second = sign_in(PASSWORD).0;
    // One session, then all.
    let end = |adele: &mut Browser<'_>, link: &str| {
        let asked = adele.get(link);
        adele.submit_to(&asked, link.split('?').next().unwrap(), &[])
    };
    let page = adele.get(nina);
    assert!(page.html.contains("End all sessions"), "{}", page.html);
    let ended = end(&mut adele, &page.link_to("/portal/users/sessions?user=nina%40local&session="));
    assert!(ended.html.contains("One session has ended."), "{}", ended.html);
    let mut statuses = [first.get("/account").status(), second.get("/account").status()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 303]);
    let ended = end(&mut adele, "/portal/users/sessions?user=nina%40local");
    assert!(ended.html.contains("The user is not signed in."), "{}", ended.html);
    assert_eq!([first.get("/account").status(), second.get("/account").status()], [303, 303]);
    // Roles, a second factor, another password.
    let page = adele.get(nina);
    let set = adele.submit_to(&page, "/portal/users/roles", &[("roles", "")]);
    assert!(set.html.contains("The roles are saved.") && !set.html.contains("<bdi>chiefs</bdi>"), "{}", set.html);
    let missing = end(&mut adele, "/portal/users/second-factor?user=nina%40local");
    assert!(missing.status() == 404 && missing.html.contains("no second factor"), "{}", missing.html);
    let asked = adele.get("/portal/users/password?user=nina%40local");
    let other = value(&adele.submit_to(&asked, "/portal/users/password", &[]), "One-time password");
    assert!(other != given && sign_in(PASSWORD).1.status() == 403);
    choose(&other, "another horse that reads");
    // The administrator's own password is changed elsewhere, because this session would end.
    let own = adele.get("/portal/users/password?user=carol%40local");
    assert_eq!(adele.submit_to(&own, "/portal/users/password", &[]).leads_to(), "/account/password");
    assert_eq!(adele.get("/portal/users/user?user=nobody%40local").status(), 404);
    let log = std::fs::read_to_string(users.home.path("log")).unwrap();
    assert!(!log.contains(&given) && !log.contains(&other));
}

fn a_developer_looks_after_tokens_and_secrets(database: Database) {
    let users = with_administrator(database);
    let mut dora = signed_in(&users, "alice");
    let application = create(&mut dora, "Storefront");
    let (keys, tokens) = (format!("{application}/keys/production"), format!("{application}/tokens/production"));
    assert!(dora.get(&tokens).html.contains("No live token."));
    let form = dora.get(&keys);
    let made = dora.submit_to(&form, &keys, &[("domains", "app.example.com")]);
    assert_eq!(made.status(), 200, "{}", made.html);

    let list = dora.get(&tokens);
    assert!(list.html.contains("generated by member:dora") && list.html.contains("app.example.com"), "{}", list.html);
    let revoke = list.link_to(&format!("{tokens}/revoke?token="));
    let asked = dora.get(&revoke);
    let revoked = dora.submit_to(&asked, &format!("{tokens}/revoke"), &[]);
    assert!(revoked.html.contains("1 token is revoked.") && revoked.html.contains("No live token."), "{}", revoked.html);
    // Another member's token, by its id.
    let mut adele = signed_in(&users, "carol");
    let other = create(&mut adele, "Other");
    let form = adele.get(&format!("{other}/keys/sandbox"));
    adele.submit_to(&form, &format!("{other}/keys/sandbox"), &[]);
    let list = adele.get(&format!("{other}/tokens/sandbox"));
    let token = list.link_to("/portal/applications/").rsplit('=').next().unwrap().to_owned();
    let asked = dora.get(&revoke);
    let refused = dora.submit_to(&asked, &format!("{tokens}/revoke"), &[("token", &token)]);
    assert_eq!(refused.status(), 404, "{}", refused.html);
    assert!(adele.get(&format!("{other}/tokens/sandbox")).html.contains(&token));

    let secrets = format!("{application}/secrets/production");
    let page = dora.get(&secrets);
    let fields = [("until", "30d"), ("description", "the new <cluster>")];
    let created = dora.submit_to(&page, &secrets, &fields);
    assert!(created.html.contains("the new &#60;cluster&#62;"), "{}", created.html);
    let secret = value(&created, "Consumer secret");
    // The same form again shows the same secret, and there are two, which is the most.
    assert_eq!(value(&dora.submit_to(&page, &secrets, &fields), "Consumer secret"), secret);
    assert!(!dora.get(&secrets).html.contains("New consumer secret"));
    let asked = {
        let link = dora.get(&secrets).link_to(&format!("{secrets}/delete?secret="));
        dora.get(&link)
    };
    let deleted = dora.submit_to(&asked, &format!("{secrets}/delete"), &[]);
    assert!(deleted.html.contains("The consumer secret is deleted."), "{}", deleted.html);
    let wrong = dora.get(&secrets);
    for (fields, kept) in
        [([("until", "soon"), ("description", "kept")], "kept"), ([("until", "9d"), ("description", &"x".repeat(101))], "9d")]
    {
        let wrong = dora.submit_to(&wrong, &secrets, &fields);
        assert!(wrong.status() == 422 && wrong.html.contains(&format!("value=\"{kept}\"")), "{}", wrong.html);
    }

    let page = dora.get("/portal/access-tokens");
    let created = dora.submit_to(&page, "/portal/access-tokens", &[("description", "laptop"), ("until", "1d")]);
    let token = value(&created, "Personal access token");
    assert!(token.starts_with("ppat_"), "{token}");
    let listed = users.home.succeed(&["admin", "personal-token", "list", "dora"]).to_string();
    assert!(listed.contains("laptop"), "{listed}");

    // A developer changes the name and nothing else; an administrator gives the application to another owner.
    let change = format!("{application}/change");
    let page = dora.get(&change);
    assert!(!page.html.contains("name=\"owner\""), "{}", page.html);
    let sent = [("name", "Shop"), ("owner", "adele"), ("blocked", "on")];
    assert_eq!(dora.submit_to(&page, &change, &sent).leads_to(), application);
    assert!(dora.get(&application).html.contains("Shop"));
    let page = adele.get(&change);
    let wrong = adele.submit_to(&page, &change, &[("name", "Shop"), ("owner", "nobody")]);
    assert!(wrong.status() == 404 || wrong.status() == 422, "{}", wrong.html);
    assert_eq!(adele.submit_to(&page, &change, &[("name", "Shop"), ("owner", "adele")]).leads_to(), application);
    assert_eq!(dora.get(&application).status(), 404);
    adele.submit_to(&page, &change, &[("name", "Shop"), ("owner", "dora")]);

    let asked = dora.get(&format!("{application}/delete"));
    assert_eq!(dora.submit_to(&asked, &format!("{application}/delete"), &[]).leads_to(), "/portal");
    assert_eq!(dora.get(&application).status(), 404);
}

#[test]
fn an_administrator_decides_and_looks_after_everything() {
    let users = with_administrator(Database::Sqlite);
    let (mut adele, mut dora) = (signed_in(&users, "carol"), signed_in(&users, "alice"));

    // A tier that needs approval, and an API at it.
    let page = adele.get("/portal/tiers");
    let tier = [("tier", "slow"), ("requests", "5"), ("period", "1m"), ("approval", "on"), ("description", "a trial")];
    let added = adele.submit_to(&page, "/portal/tiers", &tier);
    assert!(added.html.contains("5 requests in 1 minute") && added.html.contains("a trial"), "{}", added.html);
    let again = adele.submit_to(&page, "/portal/tiers", &tier);
    assert!(again.status() == 422 && again.html.contains("value=\"slow\""), "{}", again.html);
    users.home.add_api(r#"{"name":"trial","version":"1","context":"/trial","tiers":["slow"]}"#);

    let application = create(&mut dora, "<b>Storefront</b>");
    let page = dora.get(&application);
    dora.submit_to(&page, &format!("{application}/subscribe"), &[("api", "trial/1 slow")]);
    assert!(dora.get(&application).html.contains("waits for approval"));
    let waiting = adele.get("/portal/approvals");
    assert!(waiting.html.contains("trial/1") && !waiting.html.contains("<b>Storefront"), "{}", waiting.html);
    let id = application.rsplit('/').next().unwrap();
    let decision = [("application", id), ("api", "trial/1"), ("tier", "slow"), ("decision", "approve")];
    // The auditor sees it and decides nothing; a developer sees nothing.
    let mut audrey = signed_in(&users, "bob");
    assert!(!audrey.get("/portal/approvals").html.contains("Approve"));
    let approved = adele.submit_to(&waiting, "/portal/approvals/decision", &decision);
    assert!(approved.html.contains("Approved.") && approved.html.contains("Nothing waits"), "{}", approved.html);
    assert!(!dora.get(&application).html.contains("waits for approval"));
    // The page was old: what it showed is decided already.
    let late = adele.submit_to(&waiting, "/portal/approvals/decision", &decision);
    assert_eq!(late.status(), 422, "{}", late.html);

    // A user who asks to become a developer.
    users.home.succeed(&["admin", "settings", "change", "--developer-registration", "approval"]);
    users.add_user("eve");
    let mut eve = Browser::new(&users.server);
    eve.sign_in("/sign-in?next=%2Fportal", "eve", PASSWORD);
    let page = eve.get("/portal");
    eve.submit_to(&page, "/portal/access", &[]);
    let waiting = adele.get("/portal/approvals");
    let decision = [("user", "eve@local"), ("decision", "approve")];
    let approved = adele.submit_to(&waiting, "/portal/approvals/decision", &decision);
    assert!(approved.html.contains("Approved."), "{}", approved.html);
    assert_eq!(eve.get("/portal").status(), 200);

    let page = adele.get("/portal/members");
    let added = adele.submit_to(&page, "/portal/members", &[("member", "ed"), ("role", "developer"), ("account", "")]);
    assert!(added.html.contains("ed is a member now."), "{}", added.html);
    let edited = adele.get("/portal/members/change?member=ed");
    let changed = adele.submit_to(&edited, "/portal/members/change", &[("role", "auditor"), ("account", "")]);
    assert!(changed.html.contains("ed is changed."), "{}", changed.html);
    let asked = adele.get("/portal/members/remove?member=ed");
    assert!(adele.submit_to(&asked, "/portal/members/remove", &[]).html.contains("ed is no longer a member."));
    // The last administrator stays one.
    let edited = adele.get("/portal/members/change?member=adele");
    adele.submit_to(&edited, "/portal/members/change", &[("role", "auditor"), ("account", "carol@local")]);
    assert!(users.home.succeed(&["admin", "member", "list"]).to_string().contains("\"administrator\""));

    let page = adele.get("/portal/scopes");
    let rule = [("scope", "orders"), ("roles", "clerk"), ("member_roles", "developer"), ("approval", "on")];
    let bound = adele.submit_to(&page, "/portal/scopes", &rule);
    assert!(bound.html.contains("The rule for orders is saved.") && bound.html.contains("clerk"), "{}", bound.html);

    let users_page = adele.get("/portal/users");
    assert!(users_page.html.contains("alice") && users_page.html.contains("carol"), "{}", users_page.html);
    let locked = adele.submit_to(&users_page, "/portal/users/state", &[("user", "bob@local"), ("state", "locked")]);
    assert!(locked.html.contains("bob@local is locked."), "{}", locked.html);
    assert!(audrey.get("/portal/audit").leads_to().starts_with("/sign-in"));

    let page = adele.get("/portal/edges");
    let created = adele.submit_to(&page, "/portal/edges", &[("edge", "frankfurt-1"), ("environment", "production")]);
    assert!(value(&created, "Edge key").len() > 20 && created.html.contains("frankfurt-1"), "{}", created.html);

    // A name can hold what has a meaning in an address.
    let page = adele.get("/portal/edges");
    adele.submit_to(&page, "/portal/edges", &[("edge", "frankfurt-1&edge=x#"), ("environment", "sandbox")]);
    let page = adele.get("/portal/edges");
    let question = adele.get("/portal/edges/remove?edge=frankfurt-1%26edge%3Dx%23");
    assert!(page.html.contains("remove?edge=frankfurt-1%26edge%3Dx%23"), "{}", page.html);
    let removed = adele.submit_to(&question, "/portal/edges/remove", &[]);
    assert!(removed.html.contains("frankfurt-1") && !removed.html.contains("%26"), "{}", removed.html);
    let wrong = adele.submit_to(&page, "/portal/edges", &[("edge", "rome"), ("environment", "SANDBOX")]);
    assert_eq!(wrong.status(), 422, "{}", wrong.html);
    assert_eq!(adele.get("/portal/edges/remove?edge=").status(), 422);

    let page = adele.get("/portal/signing-keys");
    let published = adele.submit_to(&page, "/portal/signing-keys", &[("environment", "sandbox"), ("algorithm", "EdDSA")]);
    assert!(published.html.contains("is published") && published.html.contains("EdDSA"), "{}", published.html);
    let to = published.html.split('"').find(|part| part.starts_with("/portal/signing-keys/sign?")).unwrap().replace("&#38;", "&");
    let question = adele.get(&to);
    assert!(question.html.contains("New tokens of the environment are signed with this key"), "{}", question.html);
    let signs = adele.submit_to(&question, "/portal/signing-keys/sign", &[]);
    assert!(signs.html.contains("signs now."), "{}", signs.html);
    let keys = users.home.succeed(&["admin", "signing-key", "list"]).to_string();
    assert!(keys.contains("EdDSA"), "{keys}");
    assert!(adele.get("/portal/settings").html.contains("max_application_validity"));

    let audit = adele.get("/portal/audit?actor=member%3Aadele&action=subscription.change&since=1h");
    assert!(audit.html.contains("trial/1") && !audit.html.contains("member:dora"), "{}", audit.html);
    let file = adele.get("/portal/audit/export?action=tier.add");
    assert_eq!(file.response.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert!(file.html.starts_with("number,time,actor") && file.html.lines().count() >= 2, "{}", file.html);
    assert_eq!(adele.get("/portal/audit?since=soon").status(), 422);
}

#[test]
fn pages_are_in_the_language_that_the_user_chose() {
    let users = with_administrator(Database::Sqlite);
    let mut adele = Browser::new(&users.server);
    let page = adele.get("/sign-in?next=%2Fportal");
    assert!(page.html.contains("<html lang=\"en\">"), "{}", page.html);
    let form = [("language", "de")];
    let back = adele.send_with(&[("referer", "http://localhost/sign-in?next=%2Fportal")], "/language", &encoded(&form));
    assert_eq!(back.leads_to(), "/sign-in?next=%2Fportal");
    let page = adele.get("/sign-in?next=%2Fportal");
    assert!(page.html.contains("<html lang=\"de\">") && page.html.contains("Benutzername"), "{}", page.html);
    let portal = adele.submit(&page, &[("user", "carol"), ("password", PASSWORD)]).leads_to();
    assert!(adele.get(&portal).html.contains("Anwendungen"));
    // What an operation refuses has its own message.
    let page = adele.get("/portal/tiers");
    let refused = adele.submit_to(&page, "/portal/tiers", &[("tier", "gold")]);
    assert!(refused.html.contains("Diese Stufe gibt es schon."), "{}", refused.html);
    for (referrer, to) in [("https://evil.test/portal", "/portal"), ("//", "/"), ("javascript:alert(1)", "/account")] {
        let back = adele.send_with(&[("referer", referrer)], "/language", &encoded(&form));
        assert_eq!(back.leads_to(), to, "{referrer}");
    }
    assert_eq!(adele.send_with(&[("origin", "https://evil.test")], "/language", &encoded(&form)).status(), 403);
    assert_eq!(adele.send_with(&[], "/language", "language=xx").status(), 403);
}

/// A list of thousands is shown a page at a time.
#[test]
fn long_lists_are_shown_in_pages() {
    let users = with_administrator(Database::Sqlite);
    for number in 0..50 {
        users.add_user(&format!("user-{number:02}"));
    }
    let mut adele = signed_in(&users, "carol");
    let mut seen = 0;
    let mut next = "/portal/users".to_owned();
    loop {
        let page = adele.get(&next);
        seen += page.html.matches("name=\"user\"").count();
        if !page.html.contains("Next page") {
            break;
        }
        next = page.link_to("/portal/users?store=local&after=");
    }
    assert_eq!(seen, 53);
    // With many APIs at many tiers, a member chooses in the catalogue.
    let application = create(&mut adele, "Storefront");
    assert!(adele.get(&application).html.contains("<select id=\"api\""));
    for number in 0..50 {
        users.home.add_api(&format!(r#"{{"name":"api-{number}","version":"1","context":"/api-{number}"}}"#));
    }
    let page = adele.get(&application).html;
    assert!(!page.contains("<select id=\"api\"") && page.contains("Choose an API in the catalogue"), "{page}");
}
