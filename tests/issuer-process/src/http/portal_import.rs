//! Administrators import, change and remove APIs in the portal, change tiers and describe scopes; users read the descriptions.

use super::portal::{create, portal, signed_in};
use crate::harness::users::Users;
use crate::harness::{Browser, Database, Page, on_both};

on_both!(an_api_is_imported_changed_and_removed);

const IMPORT: &str = "/portal/import";
const APPLY: &str = "/portal/import/apply";

/// A document whose scopes are described, with `more` paths.
fn document(more: &str) -> String {
    format!(
        "openapi: 3.1.0\r\ninfo: {{title: Trattoria <b>, version: '3'}}\r\ncomponents:\r\n  securitySchemes:\r\n    login:\r\n      type: oauth2\r\n      \
         flows: {{clientCredentials: {{tokenUrl: /x, scopes: {{orders: Place orders and read them}}}}}}\r\npaths:\r\n  /orders:\r\n    \
         get: {{security: [{{login: [orders]}}], responses: {{}}}}\r\n{more}"
    )
}

fn administrator(database: Database) -> Users {
    let users = portal(database);
    users.add_user("carol");
    users.home.succeed(&["admin", "member", "add", "adele", "--role", "administrator", "--account", "carol@local"]);
    users
}

fn preview(browser: &mut Browser<'_>, document: &str, more: &[(&str, &str)]) -> Page {
    let form = browser.get(IMPORT);
    let fields = [&[("document", document), ("name", "trattoria"), ("context", "/trattoria")], more].concat();
    browser.submit_to(&form, IMPORT, &fields)
}

fn an_api_is_imported_changed_and_removed(database: Database) {
    let users = administrator(database);
    let mut adele = signed_in(&users, "carol");

    // Nothing is made by a preview, and a wrong document says where.
    let shown = preview(&mut adele, &document(""), &[("tier gold", "on"), ("approval", "on")]);
    assert_eq!(shown.status(), 200, "{}", shown.html);
    for part in [
        "New API trattoria/3",
        "GET /orders",
        "orders: Place orders and read them",
        "gold",
        "/trattoria",
        "Trattoria &#60;b&#62;",
    ] {
        assert!(shown.html.contains(part), "{part}: {}", shown.html);
    }
    assert!(!users.home.succeed(&["api", "list"]).to_string().contains("trattoria"));
    let wrong = preview(&mut adele, "openapi: 2.0.0", &[]);
    assert_eq!(wrong.status(), 422, "{}", wrong.html);
    assert!(wrong.html.contains("must be 3.0.x or 3.1.x"), "{}", wrong.html);

    assert_eq!(adele.submit_to(&shown, APPLY, &[]).leads_to(), "/portal/apis/trattoria/3");
    let api = users.home.succeed(&["api", "show", "trattoria"]);
    assert_eq!((api["tiers"][0].as_str(), api["approval"].as_bool()), (Some("gold"), Some(true)), "{api}");
    assert_eq!(api["scope_descriptions"][0]["description"], "Place orders and read them");
    let page = adele.get("/portal/apis/trattoria/3");
    assert!(page.html.contains("/portal/import?api=trattoria/3"), "{}", page.html);
    let edit = adele.get("/portal/import?api=trattoria/3");
    assert!(edit.html.contains("Place orders and read them") && edit.html.contains("value=\"/trattoria\""), "{}", edit.html);

    // The first form again is for an API that does not exist: it changes nothing, and shows what it would change now.
    let again = adele.submit_to(&shown, APPLY, &[]);
    assert_eq!(again.status(), 409, "{}", again.html);
    let menu = document("  /menu:\r\n    get: {security: [], responses: {}}\r\n").replace("[orders]", "[]");
    let change = preview(&mut adele, &menu, &[]);
    for part in ["New resources", "GET /menu", "becomes public", "Changed resources", "Removed scopes", "no longer offered"] {
        assert!(change.html.contains(part), "{part}: {}", change.html);
    }
    users.home.succeed(&["api", "change", "trattoria", "--title", "Meanwhile"]);
    assert_eq!(adele.submit_to(&change, APPLY, &[]).status(), 409);
    assert_eq!(users.home.succeed(&["api", "show", "trattoria"])["title"], "Meanwhile");
    let change = preview(&mut adele, &menu, &[]);
    assert_eq!(adele.submit_to(&change, APPLY, &[]).leads_to(), "/portal/apis/trattoria/3");
    let api = users.home.succeed(&["api", "show", "trattoria"]);
    assert_eq!((api.get("tiers"), api["approval"].as_bool()), (None, Some(false)), "{api}");

    // A document of the size that the management API takes, of which each byte takes three in the form.
    let large = format!("{}# {}", document(""), "é".repeat(300_000));
    assert_eq!(preview(&mut adele, &large, &[]).status(), 200);
    let too_large = "%".repeat(5 * 1024 * 1024);
    assert_eq!(preview(&mut adele, &too_large, &[]).status(), 413);

    // Removal says what ends, and ends it.
    let mut dora = signed_in(&users, "alice");
    let application = create(&mut dora, "Storefront");
    users.home.succeed(&["subscription", "create", "--application", "Storefront", "--api", "trattoria/3", "--tier", "gold"]);
    let asked = adele.get("/portal/import/remove?api=trattoria/3");
    assert!(asked.html.contains("All subscriptions to it end"), "{}", asked.html);
    assert_eq!(adele.submit_to(&asked, "/portal/import/remove", &[]).leads_to(), "/portal/apis");
    assert_eq!(adele.get("/portal/apis/trattoria/3").status(), 404);
    assert!(!dora.get(&application).html.contains("trattoria/3"));
    let audit = users.home.succeed(&["admin", "audit", "list"]).to_string();
    for action in ["api.add", "api.change", "api.remove", "subscription.remove"] {
        assert!(audit.contains(action), "{action}: {audit}");
    }
}

#[test]
fn tiers_are_changed_and_scopes_are_described() {
    let users = administrator(Database::Sqlite);
    let (mut adele, mut dora) = (signed_in(&users, "carol"), signed_in(&users, "alice"));
    let form = adele.get("/portal/tiers/change?tier=gold");
    let wrong = adele.submit_to(&form, "/portal/tiers/change", &[("requests", "0"), ("period", "1m")]);
    assert_eq!(wrong.status(), 422, "{}", wrong.html);
    let sent = [("requests", "7"), ("period", "90s"), ("description", "For a start"), ("approval", "on")];
    let changed = adele.submit_to(&form, "/portal/tiers/change", &sent);
    assert!(changed.html.contains("The tier gold is changed."), "{}", changed.html);
    let tier = users.home.succeed(&["tier", "show", "gold"]);
    assert_eq!((&tier["limit"]["seconds"], &tier["description"]), (&90.into(), &"For a start".into()), "{tier}");
    assert!(adele.get("/portal/tiers/change?tier=gold").html.contains("value=\"90s\""));

    let form = adele.get("/portal/scopes");
    let sent = [("scope", "orders"), ("description", "Place <b>orders</b>"), ("roles", "clerk")];
    adele.submit_to(&form, "/portal/scopes", &sent);
    let shown = users.home.succeed(&["admin", "scope", "show", "orders"]);
    assert_eq!(shown["description"], "Place <b>orders</b>", "{shown}");
    // The command line keeps it, and removes it.
    users.home.succeed(&["admin", "scope", "change", "orders", "--roles", "chief"]);
    let form = adele.get("/portal/scopes?scope=orders");
    assert!(form.html.contains("value=\"Place &#60;b&#62;orders") && form.html.contains("value=\"chief\""), "{}", form.html);
    let application = create(&mut dora, "Storefront");
    users.home.succeed(&["subscription", "create", "--application", "Storefront", "--api", "pasta/2", "--tier", "silver"]);
    let keys = dora.get(&format!("{application}/keys/production"));
    assert!(keys.html.contains("Place &#60;b&#62;orders&#60;/b&#62;"), "{}", keys.html);
    let none = users.home.succeed(&["admin", "scope", "change", "orders", "--description", ""]);
    assert!(none.get("description").is_none(), "{none}");
}
