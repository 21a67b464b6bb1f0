//! `/`

use crate::harness::{Home, Request, Server};

#[test]
fn the_start_page_links_to_the_other_pages_and_names_no_version() {
    let home = Home::new();
    let server = Server::start(&home);
    let page = server.send(&Request::get("/"));
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    let text = page.text();
    assert!(!text.contains(env!("CARGO_PKG_VERSION")) && !text.contains("Postern"), "{text}");
    for target in ["/account", "/device", "/api/docs"] {
        assert!(text.contains(&format!("href=\"{target}\"")), "{target}: {text}");
        assert!(matches!(server.send(&Request::get(target)).status, 200 | 303), "{target}");
    }
    assert_eq!(server.send(&Request::new("POST", "/")).status, 405);
}
