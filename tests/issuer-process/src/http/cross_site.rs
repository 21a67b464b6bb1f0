//! What other sites can do in a browser: scripts at the endpoints that are open to them, forms of other sites, and transport security.
//! tests/browser has a single-page application in a real browser.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::harness::users::{PASSWORD, Users};
use crate::harness::{AUDIENCE, Browser, Database, Home, ISSUER, Request, Server, encoded};

#[test]
fn scripts_of_every_origin_may_use_the_endpoints_of_single_page_applications() {
    let home = Home::new();
    let server = Server::start(&home);
    let metadata = "/.well-known/oauth-authorization-server";
    let from = |method: &str, target: &str| Request::new(method, target).header("origin", "https://app.example");
    for (target, method) in [("/oauth2/token", "POST"), ("/oauth2/revoke", "POST"), ("/oauth2/jwks", "GET"), (metadata, "GET")] {
        let preflight = from("OPTIONS", target).header("access-control-request-method", method);
        let answer = server.send(&preflight.header("access-control-request-headers", "authorization, content-type"));
        assert_eq!(answer.status, 204, "{target}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert!(answer.header("access-control-allow-methods").unwrap().contains(method));
        assert_eq!(answer.header("access-control-allow-headers"), Some("authorization, content-type"));
        // Refusals can be read too.
        let answer = server.send(&from(method, target));
        assert_ne!(answer.status, 405);
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{target}");
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
    for target in
        ["/oauth2/authorize", "/sign-in", "/oauth2/introspect", "/oauth2/register", "/edge/bundle", "/api/v1/applications"]
    {
        for method in ["OPTIONS", "GET", "POST"] {
            let answer = server.send(&from(method, target).header("access-control-request-method", "POST"));
            assert_eq!(answer.header("access-control-allow-origin"), None, "{method} {target}");
        }
    }
}

#[test]
fn only_an_issuer_with_https_declares_strict_transport_security() {
    for (issuer, expected) in [(ISSUER, Some("max-age=31536000")), ("http://127.0.0.1:8080", None)] {
        let home = Home::empty();
        home.succeed(&["init", "--issuer", issuer, "--audience", AUDIENCE]);
        let server = Server::start(&home);
        for target in ["/sign-in", "/oauth2/token", "/nowhere", "/livez"] {
            assert_eq!(server.send(&Request::get(target)).header("strict-transport-security"), expected, "{target}");
        }
    }
}

#[test]
fn forms_of_other_sites_are_refused_also_with_the_right_token() {
    let users = Users::new(Database::Sqlite);
    let server = &users.server;
    let mut alice = Browser::new(server);
    assert_eq!(alice.sign_in("/sign-in", "alice", PASSWORD).status(), 303);
    let csrf = alice.get("/account").hidden().into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    let cookie = alice.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
    let send = |target: &str, headers: &[(&str, &str)]| {
        let request = Request::new("POST", target).header("content-type", "application/x-www-form-urlencoded");
        let request =
            headers.iter().fold(request.header("cookie", &cookie), |request, (name, value)| request.header(name, value));
        server.send(&request.body(encoded(&[("csrf", &csrf)])))
    };
    let foreign: [&[(&str, &str)]; 8] = [
        &[("origin", "https://evil.test")],
        &[("origin", "null")],
        &[("origin", "http://issuer.example")],
        &[("origin", "https://issuer.example.evil.test")],
        &[("origin", ISSUER), ("origin", "https://evil.test")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", ISSUER), ("sec-fetch-site", "cross-site")],
    ];
    let forms = ["/sign-in", "/consent", "/device", "/device/decision", "/account/withdraw", "/account/password", "/sign-out"];
    for form in forms {
        for headers in foreign {
            let refused = send(form, headers);
            assert_eq!(refused.status, 403, "{form} {headers:?}");
            assert!(refused.text().contains("Another site sent this form"), "{form} {headers:?}: {}", refused.text());
        }
    }
    let own: &[(&str, &str)] = &[("origin", ISSUER), ("sec-fetch-site", "same-origin")];
    for form in forms {
        assert!(!send(form, own).text().contains("Another site"), "{form}");
    }
    // The last form signed her out; old browsers send neither header.
    assert_eq!(alice.get("/account").status(), 303);
    let page = alice.get("/sign-in");
    assert_eq!(alice.submit(&page, &[("user", "alice"), ("password", PASSWORD)]).status(), 303);
}

#[test]
fn a_client_that_sends_a_large_body_gets_the_answer() {
    let home = Home::new();
    let server = Server::start(&home);
    let body = vec![b'x'; 10 * 1024 * 1024];
    for (target, expected) in [
        ("/oauth2/token", "413"),
        ("/oauth2/revoke", "413"),
        ("/sign-in", "413"),
        ("/oauth2/register", "401"),
        ("/api/v1/applications", "401"),
        ("/nowhere", "404"),
    ] {
        let mut stream = TcpStream::connect(&server.address).unwrap();
        let head = format!(
            "POST {target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&body).unwrap_or_else(|error| panic!("{target}: {error}"));
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap_or_else(|error| panic!("{target}: {error}"));
        assert_eq!(answer.split(' ').nth(1), Some(expected), "{target}: {answer}");
    }
    // A client that waits for `100 Continue` sends nothing where nothing would be read.
    let mut stream = TcpStream::connect(&server.address).unwrap();
    let head =
        "POST /nowhere HTTP/1.1\r\nhost: a\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: 99999999\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
}
