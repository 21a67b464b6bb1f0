//! `/portal/applications/first-token`: an application, a subscription and keys with one form.

use super::portal::{claims, portal, signed_in, value};
use super::portal_pages::csrf;
use crate::harness::{Database, Page, on_both};

on_both!(a_first_token_takes_one_form);

const ACTION: &str = "/portal/applications/first-token";

const FIELDS: [(&str, &str); 3] = [("name", "Storefront"), ("api", "pasta/2 bronze"), ("environment", "production")];

/// The fields with one of them changed, and some more.
fn fields<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = FIELDS.into_iter().filter(|(name, _)| !changed.iter().any(|(own, _)| own == name));
    kept.chain(changed.iter().copied()).collect()
}

/// The paths of the applications on a page.
fn applications(page: &Page) -> Vec<&str> {
    page.html.split("<h2><a href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

fn a_first_token_takes_one_form(database: Database) {
    let users = portal(database);
    let mut dora = signed_in(&users, "alice");
    let form = dora.get("/portal");
    for part in [
        "<option value=\"pasta/2 bronze\">",
        "<option value=\"production\">",
        "name=\"scope orders\"",
        "<bdi>/pasta/orders/*</bdi>",
        "class=\"primary\">Get a token<",
    ] {
        assert!(form.html.contains(part), "{part}: {}", form.html);
    }
    assert!(form.html.contains("<details>") && !form.html.contains(" checked"), "{}", form.html);
    let wanted = fields(&[("scope orders", "on")]);
    let made = dora.submit_to(&form, ACTION, &wanted);
    assert_eq!(made.status(), 200, "{}", made.html);
    let (token, secret) = (value(&made, "Token"), value(&made, "Consumer secret"));
    assert_eq!(claims(&token)["scope"], "orders");
    assert!(made.html.contains("The production token of <bdi>Storefront</bdi>"), "{}", made.html);
    assert!(made.html.contains("$GATEWAY/pasta/orders/1") && !made.html.contains("You sent this form before"), "{}", made.html);

    // The same form again, and with another name.
    let again = dora.submit_to(&form, ACTION, &wanted);
    assert_eq!((value(&again, "Token"), value(&again, "Consumer secret")), (token.clone(), secret));
    assert!(again.html.contains("You sent this form before"), "{}", again.html);
    let other = dora.submit_to(&form, ACTION, &fields(&[("name", "Other")]));
    assert!(other.status() == 422 && other.html.contains("You sent this form before, with other values"), "{}", other.html);
    let list = dora.get("/portal");
    let [application] = applications(&list)[..] else { panic!("{}", list.html) };
    let page = dora.get(application);
    assert!(page.html.contains("<bdi>pasta/2</bdi>") && page.html.contains("Re-generate"), "{}", page.html);
    assert!(dora.get(&format!("{application}/keys/sandbox")).html.contains("Generate sandbox keys"));

    // Nor does the other button of the form make another application.
    let plain = dora.submit_to(&form, "/portal/applications", &fields(&[]));
    assert!(plain.status() == 422 && plain.html.contains("with other values"), "{}", plain.html);
    // Names need not differ.
    let second = dora.submit_to(&list, ACTION, &fields(&[("environment", "sandbox")]));
    assert!(second.html.contains("The sandbox token of <bdi>Storefront</bdi>"), "{}", second.html);
    assert!(value(&second, "Token") != token && claims(&value(&second, "Token")).get("scope").is_none());
    let log = std::fs::read_to_string(users.home.path("log")).unwrap();
    assert!(!log.contains(&token), "the log contains a token");
}

#[test]
fn a_first_token_of_an_api_that_needs_approval_leads_to_the_application() {
    let users = portal(Database::Sqlite);
    users.home.succeed(&["admin", "tier", "create", "aaa", "--approval"]);
    users.home.add_api(r#"{"name":"early","version":"1","context":"/early"}"#);
    let mut dora = signed_in(&users, "alice");
    let form = dora.get("/portal");
    // The first tier that needs no approval.
    assert!(form.html.contains("pasta/2 bronze") && !form.html.contains("pasta/2 aaa"), "{}", form.html);
    let wanted = fields(&[("api", "pasta/2 aaa")]);
    for _ in 0..2 {
        let application = dora.submit_to(&form, ACTION, &wanted).leads_to();
        let page = dora.get(&application);
        assert!(page.html.contains("The subscription to pasta/2 waits for approval"), "{}", page.html);
        assert!(page.html.contains("No keys yet."), "{}", page.html);
    }
    assert_eq!(applications(&dora.get("/portal")).len(), 1);
}

/// What is refused makes nothing, and the form keeps what was entered.
#[test]
fn a_first_token_that_is_refused_leaves_nothing() {
    let users = portal(Database::Sqlite);
    users.home.add_api(r#"{"name":"gone","version":"1","context":"/gone"}"#);
    users.home.succeed(&["admin", "tier", "create", "lost"]);
    let mut dora = signed_in(&users, "alice");
    let form = dora.get("/portal");
    users.home.succeed(&["api", "delete", "gone/1"]);
    users.home.succeed(&["admin", "tier", "delete", "lost"]);
    for (changed, said) in [
        (("name", "a\u{202e}b"), "aria-invalid=\"true\""),
        (("name", ""), "aria-invalid=\"true\""),
        (("api", "gone/1 bronze"), "This API is no longer offered at this tier, and nothing was made."),
        (("api", "pasta/2 lost"), "This API is no longer offered at this tier, and nothing was made."),
        (("api", "pasta"), "Choose an API."),
        (("api", ""), "Choose an API."),
        (("scope a\"b", "on"), "id=\"scopes-problem\""),
    ] {
        let refused = dora.submit_to(&form, ACTION, &fields(&[changed, ("environment", "sandbox"), ("scope stock", "on")]));
        assert!(refused.status() == 422 && refused.html.contains(said), "{changed:?}: {}", refused.html);
        for kept in ["value=\"sandbox\" selected", "<details open>", "name=\"scope stock\" value=\"on\" checked"] {
            assert!(refused.html.contains(kept), "{changed:?}: no {kept}: {}", refused.html);
        }
        assert!(changed.0 == "name" || refused.html.contains("value=\"Storefront\""), "{}", refused.html);
        assert!(applications(&refused).is_empty(), "{changed:?}: {}", refused.html);
    }
    let audit = users.home.succeed(&["admin", "audit", "list", "--limit", "50"]).to_string();
    assert!(!audit.contains("application.create") && !audit.contains("keys.generate"), "{audit}");
}

#[test]
fn a_first_token_belongs_to_its_member() {
    let users = portal(Database::Sqlite);
    users.add_user("carol");
    users.home.succeed(&["admin", "member", "add", "dan", "--role", "developer", "--account", "carol@local"]);
    let mut browsers = ["alice", "carol"].map(|user| signed_in(&users, user));
    let forms = browsers.each_mut().map(|browser| browser.get("/portal"));
    let (_, once) = forms[0].html.split_once("name=\"once\" value=\"").unwrap();
    let once = once.split('"').next().unwrap();
    let mut send = |at: usize| {
        let csrf = csrf(&forms[at]);
        browsers[at].post(ACTION, &fields(&[("csrf", &csrf), ("once", once)]))
    };
    let [first, second] = [send(0), send(1)];
    assert_eq!((first.status(), second.status()), (200, 200), "{}", second.html);
    assert!(value(&first, "Token") != value(&second, "Token") && !second.html.contains("You sent this form before"));
    let list = browsers[0].get("/portal");
    assert_eq!(browsers[1].get(applications(&list)[0]).status(), 404);
}
