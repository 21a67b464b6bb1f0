//! `/explain`, the page that explains a decision.

use std::fs;

use super::assert_problem;
use super::portal::{create, portal, portal_with, signed_in};
use crate::harness::{Database, Home, Request, Server};

const NAMES: [&str; 11] = [
    "index.html",
    "style.css",
    "form.css",
    "result.css",
    "icon.svg",
    "page.js",
    "curl.js",
    "inputs.js",
    "result.js",
    "explain_bg.js",
    "explain_bg.wasm",
];

/// A home whose configuration names a folder with these files.
fn home(names: &[&str]) -> (Home, String) {
    let home = Home::new();
    let config = home.write("postern.toml", "explain_page = \"page\"\n");
    let folder = std::path::Path::new(&config).with_file_name("page");
    fs::create_dir(&folder).unwrap();
    for name in names {
        fs::write(folder.join(name), format!("this is {name}")).unwrap();
    }
    (home, config)
}

#[test]
fn each_file_is_served_with_its_type_and_the_security_headers() {
    let (home, config) = home(&[&NAMES[..], &["secret.txt"]].concat());
    let server = Server::start_with(&home, &["--config", &config], "log");
    for name in NAMES {
        let path = if name == "index.html" { "/explain/".to_owned() } else { format!("/explain/{name}") };
        let response = server.send(&Request::get(&path));
        assert_eq!((response.status, response.text()), (200, format!("this is {name}")), "{path}");
        let media_type = match name.rsplit_once('.').unwrap().1 {
            "html" => "text/html; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "svg" => "image/svg+xml",
            _ => "application/wasm",
        };
        assert_eq!(response.header("content-type"), Some(media_type), "{path}");
        let policy = response.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "), "{policy}");
        assert!(policy.contains("connect-src 'self'; ") && policy.contains("frame-ancestors 'none'; "), "{policy}");
        for (header, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "public, no-cache"),
        ] {
            assert_eq!(response.header(header), Some(value), "{path}");
        }
        let tag = response.header("etag").unwrap().to_owned();
        assert_eq!(server.send(&Request::get(&path).header("if-none-match", &tag)).status, 304, "{path}");
    }
    let redirect = server.send(&Request::get("/explain"));
    assert_eq!((redirect.status, redirect.header("location")), (308, Some("explain/")));
    for path in [
        "/explain/index.html",
        "/explain/secret.txt",
        "/explain/..",
        "/explain/../postern.toml",
        "/explain/%2e%2e/postern.toml",
        "/explain/..%2fpostern.toml",
        "/explain//page.js",
        "/explain/page.js/",
        "/explain/page.js%00",
        "/explain/PAGE.JS",
    ] {
        assert_problem(&server.send(&Request::get(path)), 404, "not_found");
    }
    assert_eq!(server.send(&Request::new("POST", "/explain/")).status, 405);
}

#[test]
fn without_the_setting_there_is_no_page() {
    let home = Home::new();
    let server = Server::start(&home);
    for path in ["/explain", "/explain/", "/explain/page.js"] {
        assert_problem(&server.send(&Request::get(path)), 404, "not_found");
    }
}

#[test]
fn a_folder_without_a_file_of_the_page_is_refused_at_start() {
    let (home, config) = home(&NAMES[..10]);
    let error = home.fail(&["serve", "--config", &config, "--listen", "127.0.0.1:0"]);
    assert!(error.contains("`explain_page`") && error.contains("explain_bg.wasm"), "{error}");
}

#[test]
fn the_portal_links_to_the_page_where_it_is_served() {
    let (_home, config) = home(&NAMES);
    let folder = std::path::Path::new(&config).with_file_name("page");
    let served = portal_with(Database::Sqlite, &format!("explain_page = \"{}\"\n", folder.display()));
    let unserved = portal(Database::Sqlite);
    for (users, is_served) in [(served, true), (unserved, false)] {
        let mut dora = signed_in(&users, "alice");
        let application = create(&mut dora, "Storefront");
        let keys = format!("{application}/keys/production");
        let form = dora.get(&keys);
        for page in [dora.get(&application), dora.submit_to(&form, &keys, &[])] {
            assert_eq!(page.html.contains("href=\"/explain/\""), is_served, "{}", page.html);
            assert_eq!(page.html.contains("The token never leaves your browser."), is_served, "{}", page.html);
        }
        assert_eq!(dora.get("/explain/").status(), if is_served { 200 } else { 404 });
    }
}

/// The page, its documentation and the portal promise the same.
#[test]
fn the_page_says_that_the_token_never_leaves_the_browser() {
    let page = include_str!("../../../../plugin/js/package/explain/index.html");
    assert!(page.contains("The token never leaves your browser: nothing that you enter is sent or stored."));
    assert!(include_str!("../../../../docs/explain-page.md").contains("**The token never leaves the browser.**"));
}
