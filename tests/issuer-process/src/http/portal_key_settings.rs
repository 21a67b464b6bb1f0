//! `/portal/applications/{id}/keys/{key_type}/settings`: how a client obtains tokens.

use super::portal::{create, portal, signed_in};
use crate::harness::{Database, on_both};

on_both!(a_developer_changes_the_settings_of_keys);

fn a_developer_changes_the_settings_of_keys(database: Database) {
    let users = portal(database);
    let mut dora = signed_in(&users, "alice");
    let application = create(&mut dora, "Storefront");
    let settings = format!("{application}/keys/production/settings");
    assert_eq!(dora.get(&settings).status(), 404, "there are no keys yet");
    let keys = format!("{application}/keys/production");
    let form = dora.get(&keys);
    dora.submit_to(&form, &keys, &[]);
    let id = application.rsplit('/').next().unwrap();
    let of = ["--application", id, "--key-type", "production"];
    let shown = || users.home.succeed(&[&["token", "keys", "show"], &of[..]].concat());

    let page = dora.get(&settings);
    assert!(page.html.contains("name=\"grant client_credentials\" value=\"on\" checked"), "{}", page.html);
    let token_lifetime = shown()["validity"].clone();
    let fields = [
        ("grant authorization_code", "on"),
        ("grant refresh_token", "on"),
        ("redirect_uris", "https://app.example/a,b\r\ncom.example.app:/back"),
        ("public", "on"),
        ("domains", "app.example"),
        ("ips", "192.0.2.0/24"),
        ("scopes", ""),
        ("lifetime", "2h"),
        ("user_lifetime", "10m"),
    ];
    assert_eq!(dora.submit_to(&page, &settings, &fields).leads_to(), application);
    let changed = shown();
    assert_eq!(changed["grant_types"], serde_json::json!(["authorization_code", "refresh_token"]));
    assert_eq!(changed["redirect_uris"], serde_json::json!(["https://app.example/a,b", "com.example.app:/back"]));
    assert_eq!((&changed["public"], &changed["one_grant"]), (&true.into(), &false.into()));
    assert_eq!((&changed["validity"], &changed["user_validity"]), (&7200.into(), &600.into()));
    assert_ne!(changed["validity"], token_lifetime);
    assert_eq!(changed["domains"], serde_json::json!(["app.example"]));
    let overview = dora.get(&application);
    assert!(overview.html.contains("<li>authorization_code</li>") && overview.html.contains("com.example.app:/back"));

    // The form of before: what was changed meanwhile stays, and is shown.
    let stale = dora.submit_to(&page, &settings, &[("redirect_uris", "https://late.example/"), ("lifetime", "1h")]);
    assert_eq!(stale.status(), 422, "{}", stale.html);
    assert!(stale.html.contains("were changed meanwhile") && stale.html.contains("com.example.app:/back"), "{}", stale.html);
    assert!(!stale.html.contains("late.example") && shown() == changed);
    // A form without a revision changes nothing either.
    let csrf = stale.hidden().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    assert_eq!(dora.post(&settings, &[("csrf", &csrf), ("lifetime", "1h")]).status(), 422);
    assert_eq!(shown(), changed);

    // What is wrong is explained, and what was entered stays, with the revision.
    let wrong = dora.submit_to(&stale, &settings, &[("redirect_uris", "https://app.example/*"), ("lifetime", "3h")]);
    assert!(wrong.status() == 422 && wrong.html.contains("role=\"alert\""), "{}", wrong.html);
    assert!(wrong.html.contains("https://app.example/*</textarea>") && wrong.html.contains("value=\"3h\""), "{}", wrong.html);
    let mended = [("redirect_uris", "https://app.example/c"), ("lifetime", "3h"), ("scopes", "far")];
    // A scope without effect is accepted; the page says so.
    assert_eq!(dora.submit_to(&wrong, &settings, &mended).leads_to(), settings);
    let page = dora.get(&settings);
    assert!(page.html.contains("<p class=\"warning\">The scope far has no effect yet"), "{}", page.html);
    assert_eq!(shown()["redirect_uris"], serde_json::json!(["https://app.example/c"]));
    assert_eq!(shown()["grant_types"], serde_json::json!([]));

    // An application of another member.
    let other = users.home.create_application("Other");
    users.home.generate(&other, "production", &[]);
    let foreign = format!("/portal/applications/{other}/keys/production/settings");
    assert_eq!(dora.get(&foreign).status(), 404);
    assert_eq!(dora.post(&foreign, &[("csrf", &csrf), ("lifetime", "1h")]).status(), 404);
}
