//! `prompt` and `max_age` of an authorization request.

use std::thread;
use std::time::Duration;

use crate::harness::users::{CALLBACK, Client, ClientSettings, PASSWORD, Users, authorization};
use crate::harness::{Browser, Database, Page, Request};

/// A parameter of the response at the redirect URI.
fn parameter(page: &Page, name: &str) -> Option<String> {
    let location = page.leads_to();
    let query = location.strip_prefix(CALLBACK)?.strip_prefix('?')?;
    url::form_urlencoded::parse(query.as_bytes()).find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

fn error(page: &Page) -> Option<String> {
    parameter(page, "error")
}

/// Alice's browser, with her consent to the client.
fn signed_in<'a>(users: &'a Users, client: &Client) -> Browser<'a> {
    let mut alice = Browser::new(&users.server);
    assert_eq!(alice.sign_in("/sign-in", "alice", PASSWORD).status(), 303);
    let page = alice.get(&authorization(client, &[]));
    assert!(parameter(&alice.submit(&page, &[("decision", "allow")]), "code").is_some());
    alice
}

#[test]
fn a_client_can_ask_for_a_new_sign_in() {
    let users = Users::new(Database::Sqlite);
    let client = users.client(ClientSettings::default());
    let mut alice = signed_in(&users, &client);
    assert!(parameter(&alice.get(&authorization(&client, &[])), "code").is_some());
    for asked in [("prompt", "login"), ("prompt", "select_account"), ("max_age", "0")] {
        let redirect = alice.get(&authorization(&client, &[asked]));
        let sign_in = redirect.leads_to_path();
        assert!(sign_in.starts_with("/sign-in?"), "{asked:?}: {sign_in}");
        // She is signed in, and is asked all the same. Cancelling leads nowhere.
        let page = alice.get(&sign_in);
        assert_eq!(page.status(), 200, "{asked:?}");
        let before = alice.cookies.clone();
        assert_eq!(alice.submit(&page, &[("user", "alice"), ("password", "wrong")]).status(), 403);
        assert!(alice.get(&redirect_again(&client, asked)).leads_to_path().starts_with("/sign-in?"), "{asked:?}");
        // A new session, and then the code, without a second question.
        let back = alice.submit(&page, &[("user", "alice"), ("password", PASSWORD)]).leads_to_path();
        assert_ne!(alice.cookies, before);
        assert!(parameter(&alice.get(&back), "code").is_some(), "{asked:?}: {back}");
    }
}

fn redirect_again(client: &Client, asked: (&str, &str)) -> String {
    authorization(client, &[asked])
}

#[test]
fn a_session_that_is_older_than_max_age_is_not_enough() {
    let users = Users::new(Database::Sqlite);
    let client = users.client(ClientSettings::default());
    let mut alice = signed_in(&users, &client);
    assert!(parameter(&alice.get(&authorization(&client, &[("max_age", "3600")])), "code").is_some());
    thread::sleep(Duration::from_millis(2100));
    let redirect = alice.get(&authorization(&client, &[("max_age", "1")]));
    assert!(redirect.leads_to_path().starts_with("/sign-in?"), "{}", redirect.leads_to());
    let without_page = alice.get(&authorization(&client, &[("max_age", "1"), ("prompt", "none")]));
    assert_eq!(error(&without_page).as_deref(), Some("login_required"));
}

#[test]
fn a_client_can_ask_for_no_page_or_for_consent() {
    let users = Users::new(Database::Sqlite);
    let client = users.client(ClientSettings::default());
    let silent = authorization(&client, &[("prompt", "none")]);
    let stranger = Browser::new(&users.server).get(&silent);
    assert_eq!(error(&stranger).as_deref(), Some("login_required"));
    let mut new = Browser::new(&users.server);
    assert_eq!(new.sign_in("/sign-in", "alice", PASSWORD).status(), 303);
    assert_eq!(error(&new.get(&silent)).as_deref(), Some("consent_required"));
    let mut alice = signed_in(&users, &client);
    assert!(parameter(&alice.get(&silent), "code").is_some());
    // Consent is asked for again.
    let page = alice.get(&authorization(&client, &[("prompt", "consent")]));
    assert!(page.html.contains("action=\"/consent\""), "{}", page.html);
    assert!(parameter(&alice.submit(&page, &[("decision", "allow")]), "code").is_some());
    for malformed in [("prompt", "none login"), ("prompt", "create"), ("max_age", "-1"), ("max_age", "soon")] {
        let refused = alice.get(&authorization(&client, &[malformed]));
        assert_eq!(error(&refused).as_deref(), Some("invalid_request"), "{malformed:?}");
    }
    let metadata = users.server.send(&Request::get("/.well-known/oauth-authorization-server")).json();
    assert_eq!(metadata["prompt_values_supported"], serde_json::json!(["none", "login", "consent", "select_account"]));
}
