//! `/portal/apis`, `/llms.txt`: the catalogue of APIs.

use crate::harness::users::{PASSWORD, Users};
use crate::harness::{Browser, Database, ISSUER, Page, Request};

const GATEWAY: &str = "https://api.gateway.example:8443";

/// An API whose document is hostile wherever it can be.
fn document() -> String {
    let attack = "Watch <script>alert(1)</script> <img src=x onerror=alert(1)> [link](javascript:alert(1)) ![](https://evil.example/x.png)";
    let long = "word ".repeat(200_000);
    serde_json::json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Pasta <script>alert(1)</script>",
            "version": "2.0",
            "description": format!("# Noodles\n\n{attack}\n\n[Guide](https://guide.example/a)\n\n{long}"),
            "contact": { "name": "Ann", "url": "javascript:alert(1)", "email": "ann@pasta.example" },
            "license": { "name": "MIT", "url": "https://mit.example/x" },
            "termsOfService": "http://plain.example/terms",
        },
        "tags": [{ "name": "food" }, { "name": "<b>bold</b>" }],
        "servers": [{ "url": "https://pasta.example/pasta" }],
        "security": [{ "token": ["orders"] }],
        "paths": {
            "/menu": { "get": { "summary": "The menu", "tags": ["food"], "security": [], "responses": { "200": { "description": "It" } } } },
            "/orders/{id}": {
                "parameters": [{ "name": "id\"><script>", "in": "path", "required": true, "description": attack, "schema": { "type": "integer" } }],
                "put": {
                    "summary": "Change \"><script>alert(1)</script>",
                    "description": attack,
                    "tags": ["\"><img src=x>"],
                    "requestBody": { "content": { "application/json": { "example": { "note": "</textarea><script>alert(1)</script>" } } } },
                    "responses": { "200": { "description": attack } },
                },
            },
        },
        "components": { "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } } },
    })
    .to_string()
}

/// A server with that API, whose users Alice, a developer, and Bob, an auditor, are members.
fn catalogue(configuration: &str) -> Users {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("postern.toml");
    std::fs::write(&file, configuration).unwrap();
    let users = Users::with_arguments(Database::Sqlite, &["--config", file.to_str().unwrap()]);
    for (name, role, account) in [("dora", "developer", "alice@local"), ("audrey", "auditor", "bob@local")] {
        users.home.succeed(&["admin", "member", "add", name, "--role", role, "--account", account]);
    }
    let file = users.home.write("pasta.json", &document());
    users.home.succeed(&["admin", "api", "import", &file, "--name", "pasta"]);
    users
}

fn signed_in<'a>(users: &'a Users, path: &str, user: &str) -> Browser<'a> {
    let mut browser = Browser::new(&users.server);
    let asked = browser.get(path).leads_to();
    let page = browser.sign_in(&asked, user, PASSWORD);
    assert_eq!(page.leads_to(), path);
    browser
}

/// Asserts that nothing of the document runs or loads anything.
fn assert_harmless(page: &Page) {
    for wrong in ["<script>", "<img", "alert(1)\"", "href=\"javascript", "evil.example\"", "<b>bold"] {
        assert!(!page.html.contains(wrong), "{wrong} in {}", page.html);
    }
}

#[test]
fn members_read_the_catalogue_and_subscribe() {
    let users = catalogue(&format!("[portal]\ngateway = \"{GATEWAY}\"\n"));
    let visitor = Browser::new(&users.server).get("/portal/apis?q=pasta");
    assert_eq!(visitor.leads_to(), "/sign-in?next=%2Fportal%2Fapis%3Fq%3Dpasta");
    let mut dora = signed_in(&users, "/portal/apis/pasta/2.0", "alice");

    let list = dora.get("/portal/apis");
    assert!(
        list.html.contains("/portal/apis/pizza/1.0.0")
            && list.html.contains("<p class=\"lead\"><bdi>Watch alert(1) link</bdi></p>"),
        "{}",
        list.html
    );
    assert_harmless(&list);
    let found = dora.get("/portal/apis?q=FOOD");
    assert!(found.html.contains("/portal/apis/pasta/2.0\"") && !found.html.contains("/portal/apis/pizza"), "{}", found.html);
    assert!(dora.get("/portal/apis?q=%3Cscript%3Eno").html.contains("No API has <bdi>&#60;script&#62;no</bdi>"));

    let page = dora.get("/portal/apis/pasta/2.0");
    assert_harmless(&page);
    assert!(page.html.len() < 100_000, "{}", page.html.len());
    for part in [
        "<h2>Noodles</h2>",
        "href=\"https://guide.example/a\" rel=\"noopener nofollow\"",
        "<a href=\"https://mit.example/x\" rel=\"noopener nofollow\"><bdi>MIT</bdi></a>",
        "<bdi>Ann, ann@pasta.example</bdi>",
        "<bdi>http://plain.example/terms</bdi>",
        "No token: everyone may call it.",
        "<bdi>orders</bdi>",
        "TOKEN='<span class=\"clipped\">PASTE-YOUR-TOKEN-HERE</span>'",
        &format!("GATEWAY='{GATEWAY}'"),
        "<script defer src=\"/assets/portal.js",
        "$GATEWAY/pasta/menu",
        "data-path=\"/pasta/orders/{id}\"",
    ] {
        assert!(page.html.contains(part), "{part} in {}", page.html);
    }
    let policy = page.response.header("content-security-policy").unwrap();
    let scripts = format!("script-src 'self'; connect-src {GATEWAY}; require-trusted-types-for 'script'; form-action 'self'");
    assert!(policy.ends_with(&scripts) && !policy.contains("unsafe"), "{policy}");
    // Scripts of pages without a try-out ask for nothing.
    assert!(!list.response.header("content-security-policy").unwrap().contains("connect-src"));

    // Subscribes from the page of the API.
    let target = "/portal/apis/pasta/2.0/subscribe";
    assert!(!page.html.contains(target), "there is no application yet");
    let portal = dora.get("/portal");
    let application = dora.submit_to(&portal, "/portal/applications", &[("name", "Storefront")]).leads_to();
    let id = application.rsplit('/').next().unwrap();
    let page = dora.get("/portal/apis/pasta/2.0");
    let wrong = dora.submit_to(&page, target, &[("application", id), ("tier", "Gold!")]);
    assert!(wrong.status() == 422 && wrong.html.contains("Choose an application and a tier."), "{}", wrong.html);
    let foreign = users.home.create_application("Of the administrators");
    assert_eq!(dora.submit_to(&page, target, &[("application", &foreign), ("tier", "gold")]).status(), 404);
    assert_eq!(
        dora.submit_to(&page, target, &[("application", id), ("tier", "gold")]).leads_to(),
        format!("{application}?subscribed=pasta%2F2.0")
    );
    assert_eq!(users.home.succeed(&["admin", "subscription", "list", "--application", id])["subscriptions"][0]["tier"], "gold");
    let page = dora.get("/portal/apis/pasta/2.0");
    assert!(page.html.contains("All of your applications are subscribed."), "{}", page.html);
    assert!(dora.get("/portal/apis/pasta/9").status() == 404 && dora.get("/portal/apis/a%20b/c").status() == 404);

    // An auditor sees the same and subscribes nothing.
    let mut audrey = signed_in(&users, "/portal/apis/pasta/2.0", "bob");
    let seen = audrey.get("/portal/apis/pasta/2.0");
    assert!(seen.status() == 200 && !seen.html.contains("<form method=\"post\" action=\"/portal/apis"), "{}", seen.html);
    let csrf = seen.hidden().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    assert_eq!(audrey.post(target, &[("csrf", &csrf), ("application", id), ("tier", "gold")]).status(), 403);

    // What an administrator says about an API stands in place of the document's words.
    users.home.succeed(&["admin", "api", "change", "pasta/2.0", "--title", "Nudeln", "--tags", "essen,schnell"]);
    assert!(dora.get("/portal/apis?q=schnell").html.contains("<bdi>Nudeln</bdi>"));
    let kept = users.home.command(&["admin", "api", "openapi", "pasta/2.0"]).output().unwrap();
    assert_eq!(String::from_utf8(kept.stdout).unwrap(), document());
}

/// Texts of a document are cut, and a page of many long texts leaves details out.
#[test]
fn a_page_of_a_document_with_very_long_texts_stays_small() {
    let users = catalogue("");
    let long = "word ".repeat(200_000);
    let operation =
        |number: usize| format!(r#""/path{number}":{{"get":{{"summary":"{number}","description":"{}"}}}}"#, &long[..20_000]);
    let paths: Vec<String> = (0..120).map(operation).collect();
    let document = format!(
        r#"{{"openapi":"3.1.0","info":{{"title":"Long","version":"1","description":"{long}"}},
            "servers":[{{"url":"https://api.example/long"}}],"paths":{{{}}}}}"#,
        paths.join(",")
    );
    let file = users.home.path("long.json");
    std::fs::write(&file, document).unwrap();
    users.home.succeed(&["admin", "api", "import", file.to_str().unwrap(), "--name", "long"]);
    let mut dora = signed_in(&users, "/portal/apis/long/1", "alice");
    for path in ["/portal/apis", "/portal/apis/long/1", "/portal/apis/long/1.md"] {
        let page = dora.get(path);
        assert!(page.status() == 200 && page.html.len() < 2_000_000, "{path}: {}", page.html.len());
    }
    let html = dora.get("/portal/apis/long/1").html;
    assert!(html.contains("/path0") && html.contains("word word"), "{html:.5000}");
}

#[test]
fn programs_read_the_catalogue_as_text() {
    let users = catalogue("");
    let token = users.home.succeed(&["admin", "personal-token", "create", "dora"])["personal_token"].as_str().unwrap().to_owned();
    let get = |target: &str| users.server.send(&Request::get(target));
    for target in ["/llms.txt", "/portal/apis/pasta/2.0.md"] {
        for refused in [get(target), users.server.send(&Request::get(target).bearer("ppat_wrong"))] {
            assert_eq!((refused.status, refused.header("www-authenticate")), (401, Some("Bearer")), "{target}");
        }
    }
    let read = |target: &str| users.server.send(&Request::get(target).bearer(&token));
    let overview = read("/llms.txt");
    assert_eq!((overview.status, overview.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    let text = overview.text();
    assert!(
        text.starts_with("# APIs of ") && text.contains("/portal/apis/pasta/2.0.md)") && !text.contains("<script>"),
        "{text}"
    );
    let address = text.split(['(', ')']).find(|part| part.ends_with("/portal/apis/pasta/2.0.md")).unwrap();
    let api = read(address.strip_prefix(ISSUER).unwrap());
    assert_eq!((api.status, api.header("content-type")), (200, Some("text/markdown; charset=utf-8")));
    assert!(api.header("content-security-policy").unwrap().contains("sandbox"));
    assert_eq!(api.header("cross-origin-resource-policy"), Some("same-origin"));
    // Pages of other sites may read what clients need.
    for target in ["/.well-known/oauth-authorization-server", "/oauth2/jwks"] {
        assert_eq!(read(target).header("cross-origin-resource-policy"), None, "{target}");
    }
    let text = api.text();
    for part in [
        "- Base URL: `https://GATEWAY/pasta`",
        "### GET `/menu`",
        "- Token: none",
        "- Scopes: `orders`",
        "grant_type=client_credentials",
        "> # Noodles",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(read("/portal/apis/pasta/9.md").status, 404);
    // A session does as well, and the token is in no log.
    let mut dora = signed_in(&users, "/portal/apis/pasta/2.0", "alice");
    assert_eq!(dora.get("/portal/apis/pasta/2.0.md").html, text);
    // Without a gateway there is no try-out.
    let page = dora.get("/portal/apis/pasta/2.0");
    assert!(!page.html.contains("try-out") && page.html.contains("GATEWAY='https://your-gateway.example'"), "{}", page.html);
    assert!(!std::fs::read_to_string(users.home.path("log")).unwrap().contains(&token));
}

#[test]
fn a_public_catalogue_is_read_by_everyone() {
    let users = catalogue("[portal]\ncatalogue = \"public\"\n");
    let mut visitor = Browser::new(&users.server);
    let list = visitor.get("/portal/apis");
    assert!(list.status() == 200 && list.html.contains("/portal/apis/pasta/2.0"), "{}", list.html);
    let page = visitor.get("/portal/apis/pasta/2.0");
    assert!(page.html.contains("/sign-in?next=%2Fportal%2Fapis%2Fpasta%2F2.0") && !page.html.contains("csrf"), "{}", page.html);
    assert_eq!(users.server.send(&Request::get("/llms.txt")).status, 200);
    assert_eq!(users.server.send(&Request::get("/portal/apis/pasta/2.0.md")).status, 200);
    // Everything else still needs a member.
    assert!(visitor.get("/portal").leads_to().starts_with("/sign-in"));
    let late = visitor.post("/portal/apis/pasta/2.0/subscribe", &[("application", "app_1"), ("tier", "gold")]);
    assert!(late.leads_to().starts_with("/sign-in"), "{}", late.html);
    assert_eq!(users.server.send(&Request::get("/llms.txt").bearer("ppat_wrong")).status, 401);
    // A user who is no member sees what everyone sees.
    users.home.succeed(&["admin", "member", "change", "dora", "--no-account"]);
    let mut alice = Browser::new(&users.server);
    let _ = alice.sign_in("/sign-in?next=%2Fportal%2Fapis", "alice", PASSWORD);
    assert_eq!(alice.get("/portal/apis/pasta/2.0").status(), 200);
}
