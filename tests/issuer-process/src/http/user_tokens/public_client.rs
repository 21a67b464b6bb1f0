//! Public clients (RFC 6749 section 2.1).

use super::assert_refused;
use crate::harness::users::{Client, ClientSettings, Users, exchange, refresh, text};
use crate::harness::{Database, Request};

#[test]
fn a_public_client_needs_only_its_id() {
    let users = Users::new(Database::Sqlite);
    let client = users.client(ClientSettings { public: true, ..ClientSettings::default() });
    let given = users.sign_in(&client);
    assert_eq!(given.status, 200, "{}", given.text());
    let next = users.ask(&client, &refresh(&text(&given, "refresh_token")));
    assert_eq!(next.status, 200, "{}", next.text());
    assert_eq!(
        users.server.send(&client.request("/oauth2/revoke", &format!("token={}", text(&next, "access_token")))).status,
        200
    );
    let states = users.home.query("SELECT state FROM \"tokens@local\" ORDER BY number");
    assert_eq!(states, "replaced\nrevoked");
    assert_eq!(users.ask(&client, &refresh(&text(&next, "refresh_token"))).status, 200);
}

#[test]
fn wrong_client_authentication_is_refused() {
    let users = Users::new(Database::Sqlite);
    let public = users.client(ClientSettings { public: true, ..ClientSettings::default() });
    let confidential = users.client(ClientSettings::default());
    let code = users.consent(&public, None);
    let form = |id: &str| format!("{}&client_id={id}", exchange(&code));
    let token = |form: &str| users.server.send(&Request::token(form));
    // A public client that sends a secret, in the header or in the body; an empty secret in the header is refused too.
    let claiming = Client { secret: Some("guessed".into()), ..public.clone() };
    assert_refused(&users.ask(&claiming, &exchange(&code)), 401, "invalid_client");
    assert_refused(&users.server.send(&Request::token(exchange(&code)).basic(&public.id, "")), 401, "invalid_client");
    assert_refused(&token(&format!("{}&client_secret=guessed", form(&public.id))), 401, "invalid_client");
    assert_refused(&users.server.send(&Request::token(form(&public.id)).bearer("x")), 401, "invalid_client");
    // No client, a confidential client without its secret, an unknown client, and a client that is not the code's.
    assert_refused(&token(&exchange(&code)), 401, "invalid_client");
    let own = users.consent(&confidential, None);
    assert_refused(&token(&format!("{}&client_id={}", exchange(&own), confidential.id)), 401, "invalid_client");
    assert_refused(&token(&form("ck_nobody")), 401, "invalid_client");
    assert_refused(&users.ask(&confidential, &exchange(&code)), 400, "invalid_grant");
    // Client credentials and introspection are for confidential clients only.
    assert_refused(&token(&format!("grant_type=client_credentials&client_id={}", public.id)), 401, "invalid_client");
    let answer = users.server.send(&public.request("/oauth2/introspect", "token=x"));
    assert_refused(&answer, 401, "invalid_client");
    assert_eq!(token(&form(&public.id)).status, 200);
}
