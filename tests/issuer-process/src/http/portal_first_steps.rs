//! What the portal shows to a developer who uses it for the first time.

use super::portal::{create, portal, signed_in, value};
use crate::harness::{Database, Page};

/// The texts of the page's primary buttons and links.
fn primary(page: &Page) -> Vec<&str> {
    let classes = ["class=\"primary\"", "class=\"button primary\""];
    let behind = classes.iter().flat_map(|class| page.html.split(class).skip(1));
    behind.map(|rest| rest.split(['>', '<']).nth(1).unwrap()).collect()
}

#[test]
fn the_pages_lead_to_the_first_token() {
    let users = portal(Database::Sqlite);
    let mut dora = signed_in(&users, "alice");
    let start = dora.get("/portal");
    assert!(start.html.contains(" autofocus>"), "{}", start.html);
    let wrong = dora.submit_to(&start, "/portal/applications", &[("name", "\u{200b}")]);
    assert!(wrong.status() == 422 && !wrong.html.contains("autofocus"), "{}", wrong.html);

    let application = create(&mut dora, "Storefront");
    assert!(!dora.get("/portal").html.contains("autofocus"));
    let page = dora.get(&application);
    assert_eq!(primary(&page), ["Subscribe"]);
    assert!(
        !page.html.contains("/revoke\"") && page.html.contains("For real use") && page.html.contains("For trying things out")
    );

    // The page after a subscription says what comes next, and does so again when it is loaded again.
    let subscribed = dora.submit_to(&page, &format!("{application}/subscribe"), &[("api", "pasta/2 gold")]).leads_to();
    for _ in 0..2 {
        let page = dora.get(&subscribed);
        assert!(page.html.contains("is subscribed to pasta/2. Next, choose Generate"), "{}", page.html);
        assert_eq!(primary(&page), ["Generate"]);
    }
    // Only of a subscription that there is.
    for query in ["", "?subscribed=other%2F1", "?subscribed=%3Cb%3E", "?subscribed="] {
        let page = dora.get(&format!("{application}{query}"));
        assert!(!page.html.contains("is subscribed to") && !page.html.contains("class=\"notice\""), "{query}: {}", page.html);
    }

    let keys = format!("{application}/keys/production");
    let form = dora.get(&keys);
    assert!(form.html.contains("<details>") && form.html.contains("Choose only what your program needs."), "{}", form.html);
    assert!(!form.html.contains(" checked"), "no scope is chosen at first: {}", form.html);
    for field in ["ips", "lifetime"] {
        let wrong = dora.submit_to(&form, &keys, &[(field, "wrong")]);
        assert!(wrong.status() == 422 && wrong.html.contains("<details open>"), "{field}: {}", wrong.html);
    }
    let made = dora.submit_to(&form, &keys, &[("scope orders", "on"), ("ips", "192.0.2.0/24")]);
    let at = |part: &str| made.html.find(part).unwrap_or_else(|| panic!("no {part}: {}", made.html));
    let order = [
        "Run the call",
        "The first call",
        "<dt>Token</dt>",
        "<dt>Consumer key</dt>",
        "<dt>Consumer secret</dt>",
        "grant_type=client_credentials 'https://issuer.example/oauth2/token'",
    ];
    assert!(order.map(at).is_sorted(), "{}", made.html);
    assert!(made.html.contains("Store the token and the consumer secret safely"), "{}", made.html);
    let token = value(&made, "Token");
    // Itself, and each of four programs.
    assert_eq!((made.html.matches(&token).count(), made.html.contains("PASTE-YOUR-TOKEN")), (5, false), "{}", made.html);

    let page = dora.get(&subscribed);
    assert!(page.html.contains("Next, re-generate the token") && page.html.contains("/revoke\""), "{}", page.html);
    assert!(primary(&page).is_empty(), "{}", page.html);
    // The restrictions that the keys have are seen.
    assert!(dora.get(&keys).html.contains("<details open>"));
    // A token without the scope: the call says that it tests nothing.
    let form = dora.get(&keys);
    let bare = dora.submit_to(&form, &keys, &[("ips", "")]);
    assert!(bare.html.contains("The scopes of this token allow no simple call"), "{}", bare.html);
    assert!(bare.html.contains("Store the token safely") && !bare.html.contains("<dt>Consumer secret</dt>"), "{}", bare.html);
    assert!(!bare.html.contains("grant_type="), "there is no secret to show: {}", bare.html);
}

#[test]
fn a_subscription_that_waits_is_no_reason_to_generate_a_token() {
    let users = portal(Database::Sqlite);
    users.home.succeed(&["admin", "tier", "create", "slow", "--approval"]);
    let mut dora = signed_in(&users, "alice");
    let application = create(&mut dora, "Storefront");
    let page = dora.get(&application);
    let subscribed = dora.submit_to(&page, &format!("{application}/subscribe"), &[("api", "pasta/2 slow")]).leads_to();
    let page = dora.get(&subscribed);
    assert!(page.html.contains("The subscription to pasta/2 waits for approval"), "{}", page.html);
    assert!(primary(&page).is_empty(), "{}", page.html);
}
