//! The headers, status codes and content of the pages.

use axum::body::to_bytes;
use axum::http::{Request, StatusCode, header};
use axum::{Router, body::Body};
use tower::ServiceExt as _;

use super::fixtures::{Content, consent, continue_to, empty_sign_in, every_page};
use crate::messages::Language;
use crate::pages::sign_in::{SignIn, SignedOut};
use crate::pages::*;

fn site() -> Site {
    Site::new(&"https://id.example/tenant".parse().unwrap(), Language::default())
}

async fn text(response: axum::response::Response) -> String {
    String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
}

#[test]
fn every_page_has_the_security_headers() {
    for (name, response) in every_page(&site(), &Content::hostile()) {
        let value = |header: &str| response.headers().get(header).unwrap_or_else(|| panic!("{name}: {header}")).to_str().unwrap();
        let policy = value("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; ")
        );
        assert_eq!(policy.ends_with("form-action 'self'"), name != "consent", "{name}: {policy}");
        assert_eq!(value("content-type"), "text/html; charset=utf-8");
        assert_eq!(value("cache-control"), "no-store");
        assert_eq!(value("x-content-type-options"), "nosniff");
        assert_eq!(value("x-frame-options"), "DENY");
        assert_eq!(value("referrer-policy"), "same-origin");
        assert_eq!(value("cross-origin-opener-policy"), "same-origin");
        assert_eq!(value("cross-origin-resource-policy"), "same-origin");
        assert!(value("permissions-policy").contains("camera=()"));
        assert_eq!(response.headers().contains_key("retry-after"), name.ends_with("-throttled"), "{name}");
    }
}

#[test]
fn each_page_has_its_status_code() {
    for (name, response) in every_page(&site(), &Content::usual()) {
        let status = match name {
            "sign-in-wrong"
            | "sign-in-expired"
            | "problem-nobody"
            | "code-wrong"
            | "enrol-required-wrong"
            | "second-factor-off" => 403,
            "sign-in-throttled" | "sign-in-account-limited" | "device-throttled" | "code-throttled" | "code-limited" => 429,
            "sign-in-unavailable" | "problem-issuer" => 503,
            "device-unknown" | "password-wrong" => 422,
            "second-factor-refused" => 409,
            "problem" => 400,
            _ => 200,
        };
        assert_eq!(response.status().as_u16(), status, "{name}");
    }
}

#[test]
fn a_policy_names_the_origin_of_the_redirect() {
    let site = site();
    let policy = |response: axum::response::Response| response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    let asked = respond(&consent(&site, &Content::usual(), "http://127.0.0.1:9000/callback"));
    assert!(policy(asked).ends_with("; form-action 'self' http://127.0.0.1:9000"));
    let leads_to = RedirectOrigin::of(&"com.example.app:/callback".parse().unwrap());
    let signs_in = respond(&SignIn { leads_to, ..empty_sign_in(&site) });
    assert!(policy(signs_in).ends_with("; form-action 'self' com.example.app:"));
}

#[tokio::test]
async fn names_are_escaped_on_every_page() {
    for (name, response) in every_page(&site(), &Content::hostile()) {
        let page = text(response).await;
        for markup in ["<script", "<img", "onerror=alert(1)>&", "'owned'", "\"'>"] {
            assert!(!page.contains(markup), "{name} has {markup}");
        }
    }
}

#[tokio::test]
async fn a_continue_page_escapes_its_address_and_refuses_scripts() {
    let site = site();
    let page = respond(&continue_to(&site, &Content::hostile(), "https://app.example/callback?code=a&state=\"><b>"));
    assert!(page.headers()["content-security-policy"].to_str().unwrap().ends_with("form-action 'self'"));
    let page = text(page).await;
    assert!(page.contains(r#"content="0;url=https://app.example/callback?code=a&#38;state=%22%3E%3Cb%3E">"#), "{page}");
    assert!(ContinuePage::new(&site, "x".to_owned(), "javascript:alert(1)".parse().unwrap()).is_none());
}

#[tokio::test]
async fn addresses_begin_with_the_issuers_path() {
    for (name, response) in every_page(&site(), &Content::usual()) {
        let page = text(response).await;
        for (attribute, rest) in
            ["href=\"", "action=\""].iter().flat_map(|name| page.split(name).skip(1).map(move |rest| (name, rest)))
        {
            // The page that sets up a second factor has a link for authenticator apps.
            let is_of_app = name.starts_with("enrol") && rest.starts_with("otpauth://totp/id.example:");
            assert!(is_of_app || rest.starts_with("/tenant/"), "{name}: {attribute}{}", &rest[..20]);
        }
    }
}

#[tokio::test]
async fn a_title_begins_with_the_result() {
    let titles = [
        ("sign-in", "Sign in – id.example"),
        ("sign-in-wrong", "Wrong password – Sign in – id.example"),
        ("device-unknown", "Unknown code – Connect a device – id.example"),
        ("code-wrong", "Wrong code – Enter the code – id.example"),
        ("password-wrong", "Password not changed – Change password – id.example"),
    ];
    for (name, response) in every_page(&site(), &Content::usual()) {
        let page = text(response).await;
        if let Some((_, title)) = titles.iter().find(|(titled, _)| *titled == name) {
            assert!(page.contains(&format!("<title>{title}</title>")), "{name}");
        }
    }
}

#[tokio::test]
async fn browsers_may_cache_assets_of_this_version() {
    let ask = async |path: &str, known: &str| {
        let request = Request::get(path).header(header::IF_NONE_MATCH, known).body(Body::empty()).unwrap();
        asset_routes::<()>().merge(Router::new()).oneshot(request).await.unwrap()
    };
    let page = text(respond(&SignedOut { site: &site(), sign_in: "/sign-in".to_owned() })).await;
    for file in ["style.css", "icon.svg"] {
        let address = page.split('"').find(|address| address.contains(file)).unwrap().strip_prefix("/tenant").unwrap();
        let asset = ask(address, "\"other\"").await;
        assert_eq!(asset.status(), StatusCode::OK);
        assert_eq!(asset.headers()["cache-control"], "public, max-age=31536000, immutable");
        assert_eq!(asset.headers()["x-content-type-options"], "nosniff");
        assert_eq!(asset.headers()["cross-origin-resource-policy"], "same-origin");
        let tag = asset.headers()["etag"].to_str().unwrap().to_owned();
        assert_eq!(ask(address, &tag).await.status(), StatusCode::NOT_MODIFIED);
        for other in [format!("/assets/{file}"), format!("/assets/{file}?v=0123456789abcdef")] {
            assert_eq!(ask(&other, "").await.headers()["cache-control"], "public, no-cache");
        }
    }
}
