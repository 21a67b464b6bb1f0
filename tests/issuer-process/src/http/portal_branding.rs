//! `/portal/branding` and `/api/v1/branding`: how the pages look.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::api::token;
use super::portal::signed_in;
use super::portal_pages::with_administrator;
use crate::harness::users::Users;
use crate::harness::{Browser, Database, Request, Response, on_both};

on_both!(an_administrator_gives_the_pages_a_name_a_colour_and_links);

const PATH: &str = "/portal/branding";
const API: &str = "/api/v1/branding";

/// The beginning of a PNG image, which is all that the issuer reads of one.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";

fn put(users: &Users, token: &str, body: &Value, tag: Option<&str>) -> Response {
    let request = Request::new("PUT", API).bearer(token).header("content-type", "application/json");
    let request = tag.into_iter().fold(request, |request, tag| request.header("if-match", tag));
    users.server.send(&request.body(body.to_string()))
}

fn an_administrator_gives_the_pages_a_name_a_colour_and_links(database: Database) {
    let users = with_administrator(database);
    let mut adele = signed_in(&users, "carol");
    let page = adele.get(PATH);

    // Each wrong field says what is wrong, and nothing is saved.
    let long = "x".repeat(501);
    for (field, value, problem) in [
        ("accent", "red", "six hexadecimal digits"),
        ("accent", "#767676", "its contrast is 4.5 to 1 with white text and 4.0 to 1"),
        ("help_url", "javascript:alert(1)", "`https` URL"),
        ("privacy_url", "http://example.com", "`https` URL"),
        ("name", "Bank\u{202e}x", "visible characters"),
        ("sign_in_text_en", &long, "1 to 500 visible characters"),
    ] {
        let wrong = adele.submit_to(&page, PATH, &[(field, value)]);
        let said =
            wrong.html.split(&format!("id=\"{field}-problem\"")).nth(1).unwrap_or_else(|| panic!("{field}: {}", wrong.html));
        assert!(wrong.status() == 422 && said.split("</p>").next().unwrap().contains(problem), "{field}: {said}");
    }
    // More than a form may have.
    let million = "x".repeat(1_000_000);
    assert!(adele.submit_to(&page, PATH, &[("sign_in_text_en", &million)]).status() >= 400);
    assert_eq!(users.home.succeed(&["admin", "branding", "show"]), json!({}));

    // The preview shows it, and saves nothing yet.
    let fields = [
        ("name", "Pizza <b>& S\u{f6}hne"),
        ("accent", "#6A1B9A"),
        ("help_url", "https://example.com/help?a=1&b=2"),
        ("sign_in_text_en", "Staff only.\r\n<script>alert(1)</script>"),
    ];
    let preview = adele.submit_to(&page, PATH, &fields);
    assert!(preview.status() == 200 && preview.html.contains("Nothing is saved yet."), "{}", preview.html);
    assert!(!preview.html.contains("<b>&") && !preview.html.contains("<script>alert"), "{}", preview.html);
    let stylesheet = adele.get(&preview.link_to("/portal/branding/preview?accent="));
    assert!(stylesheet.html.starts_with(".preview{--accent:#6a1b9a;"), "{}", stylesheet.html);
    assert_eq!(adele.get("/portal/branding/preview?accent=%23fff%7D*%7B").status(), 404);
    assert_eq!(users.home.succeed(&["admin", "branding", "show"]), json!({}));
    let saved = adele.submit_to(&preview, PATH, &[]);
    assert!(saved.html.contains("The branding is saved.") && saved.html.contains("/assets/theme/"), "{}", saved.html);
    // Who saw the version before saves nothing.
    let stale = adele.submit_to(&preview, PATH, &[]);
    assert!(stale.status() == 422 && stale.html.contains("have changed since"), "{}", stale.html);

    // Strangers see it at once on the sign-in page, and fetch the style sheet at its own address.
    let mut stranger = Browser::new(&users.server);
    let page = stranger.get("/sign-in");
    assert!(page.html.contains("Pizza &#60;b&#62;&#38; S\u{f6}hne") && page.html.contains("Staff only."), "{}", page.html);
    assert!(
        !page.html.contains("<script>") && page.html.contains("href=\"https://example.com/help?a=1&#38;b=2\""),
        "{}",
        page.html
    );
    assert!(!page.html.contains("style="), "{}", page.html);
    let theme = stranger.get(&page.link_to("/assets/theme/"));
    assert!(theme.html.starts_with(":root{--accent:#6a1b9a;"), "{}", theme.html);
    assert_eq!(theme.response.header("content-type"), Some("text/css; charset=utf-8"));
    assert_eq!(theme.response.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(stranger.get("/assets/theme/0000000000000000").status(), 404);

    // The management API: only administrators, only the version that they saw, only pictures by their bytes.
    let (admin, auditor) = (token(&users.home, "adele", &[]), token(&users.home, "audrey", &[]));
    let shown = users.server.send(&Request::get(API).bearer(&auditor));
    assert_eq!(shown.status, 200);
    let mut branding = shown.json();
    let tag = shown.header("etag").unwrap().to_owned();
    assert_eq!(put(&users, &auditor, &branding, None).status, 403);
    assert_eq!(users.server.send(&Request::get(API)).status, 401);
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>".as_slice();
    for wrong in [svg, b"GIF89a\x01\0\x01\0\0\0\0", b""] {
        branding["logo"] = STANDARD.encode(wrong).into();
        let refused = put(&users, &admin, &branding, None);
        assert!(refused.status == 422 && refused.text().contains("not a PNG, JPEG or WebP image"), "{}", refused.text());
    }
    branding["logo"] = STANDARD.encode([PNG, &vec![0; 64 * 1024]].concat()).into();
    let refused = put(&users, &admin, &branding, None);
    assert!(refused.status == 422 && refused.text().contains("more than 65536 bytes"), "{}", refused.text());
    branding["logo"] = STANDARD.encode(vec![0; 300_000]).into();
    assert_eq!(put(&users, &admin, &branding, None).status, 413);
    let picture = [PNG, &vec![0; 64 * 1024 - PNG.len()]].concat();
    branding["logo"] = STANDARD.encode(&picture).into();
    assert_eq!(put(&users, &admin, &branding, Some("\"other\"")).status, 412);
    assert_eq!(put(&users, &admin, &branding, Some(&tag)).status, 200);
    let logo = stranger.get("/sign-in");
    let address = logo.html.split("<img class=\"logo\" src=\"").nth(1).unwrap_or_else(|| panic!("{}", logo.html));
    let address = address.split('"').next().unwrap().to_owned();
    let image = stranger.get(&address);
    assert_eq!((image.response.header("content-type"), &image.response.body[..]), (Some("image/png"), &picture[..]));
    assert_eq!(image.response.header("x-content-type-options"), Some("nosniff"));

    // The command line: a GIF image that is called PNG; then without a logo.
    std::fs::write(users.home.path("logo.png"), b"GIF89a\x01\0").unwrap();
    let file = users.home.path("logo.png");
    assert!(users.home.fail(&["admin", "branding", "change", "--logo", file.to_str().unwrap()]).contains("not a PNG"));
    let changed = users.home.succeed(&["admin", "branding", "change", "--logo", "", "--name", "Pizza"]);
    assert_eq!((&changed["name"], &changed["logo_bytes"]), (&json!("Pizza"), &Value::Null));
    let entries = users.home.succeed(&["admin", "audit", "list", "--action", "branding.change"]);
    assert_eq!(entries["entries"].as_array().unwrap().len(), 3, "{entries}");

    // An auditor reads the page and has no form.
    let mut audrey = signed_in(&users, "bob");
    let read = audrey.get(PATH);
    assert!(read.html.contains("#6a1b9a") && !read.html.contains("name=\"accent\""), "{}", read.html);
}
