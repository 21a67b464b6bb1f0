//! Users, clients that act for them, and the user Alice with a browser.

use std::collections::BTreeMap;
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::{Browser, Database, Home, Minted, Page, Request, Response, Server, encoded};

pub(crate) const ALICE: &str = "alice@local";
pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const CALLBACK: &str = "https://app.example/callback";
pub(crate) const VERIFIER: &str = "a-verifier-of-some-forty-three-characters-0";

/// The grant type of devices (RFC 8628).
pub(crate) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A server with the users Alice and Bob.
pub(crate) struct Users {
    pub(crate) home: Home,
    pub(crate) server: Server,
    /// The cookies of Alice's browser.
    cookies: Mutex<BTreeMap<String, String>>,
}

/// A client that acts for users; a public one has no secret.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) application: String,
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
}

/// The settings of a client that a test creates.
#[derive(Clone, Copy)]
pub(crate) struct ClientSettings {
    pub(crate) grant_types: &'static [&'static str],
    pub(crate) public: bool,
}

impl Default for ClientSettings {
    fn default() -> Self {
        let grant_types = &["client_credentials", "authorization_code", "refresh_token", DEVICE_CODE, "password"];
        Self { grant_types, public: false }
    }
}

impl Users {
    pub(crate) fn new(database: Database) -> Self {
        Self::with_arguments(database, &[])
    }

    /// The same with further arguments for the server.
    pub(crate) fn with_arguments(database: Database, more: &[&str]) -> Self {
        let home = Home::empty_on(database).initialised();
        home.add_api(r#"{"name":"pizza","version":"1.0.0","context":"/pizza/1.0.0"}"#);
        for (user, role) in [(ALICE, "editors"), ("bob@local", "readers")] {
            assert!(home.pipe(&["admin", "user", "create", user, "--roles", role], PASSWORD).status.success());
        }
        let server = Server::start_with(&home, more, "log");
        Self { home, server, cookies: Mutex::default() }
    }

    /// Adds a user to the local store.
    pub(crate) fn add_user(&self, name: &str) {
        assert!(self.home.pipe(&["admin", "user", "add", &format!("{name}@local")], PASSWORD).status.success());
    }

    /// Kills the server and starts another on the same database.
    pub(crate) fn restarted(self) -> Self {
        let Self { home, server, cookies } = self;
        drop(server);
        let server = Server::start_with(&home, &[], "log-2");
        Self { home, server, cookies }
    }

    /// A client with the scopes `orders` and `menu`, whose application is subscribed to the pizza API.
    pub(crate) fn client(&self, settings: ClientSettings) -> Client {
        let application = self.home.create_application("Pizza app");
        self.home.subscribe(&application);
        let public = format!("--public={}", settings.public);
        let mut arguments = vec!["--scope", "orders", "--scope", "menu", "--redirect-uri", CALLBACK, &public];
        arguments.extend(settings.grant_types.iter().flat_map(|grant_type| ["--grant-type", grant_type]));
        let keys: Minted = self.home.generate(&application, "production", &arguments);
        let secret = (!settings.public).then(|| keys.secret().to_owned());
        Client { application, id: keys.key().to_owned(), secret }
    }

    /// Runs `application change` for the client's application.
    pub(crate) fn change_application(&self, client: &Client, changes: &[&str]) {
        self.home.succeed(&[&["application", "change", &client.application], changes].concat());
    }

    /// Runs `token keys change` for the client's key set.
    pub(crate) fn change_keys(&self, client: &Client, changes: &[&str]) {
        let own = ["token", "keys", "change", "--application", &client.application, "--key-type", "production"];
        self.home.succeed(&[&own, changes].concat());
    }

    /// Lets Alice consent in her browser, and returns the authorization code for the client.
    pub(crate) fn consent(&self, client: &Client, scope: Option<&str>) -> String {
        let address = authorization(client, &[("scope", scope.unwrap_or_default())]);
        let mut page = self.alice(|alice| alice.get(&address));
        if page.html.contains("action=\"/consent\"") {
            page = self.alice(|alice| alice.submit(&page, &[("decision", "allow")]));
        }
        let (_, query) = page.leads_to().split_once('?').map(|(at, query)| (at.to_owned(), query.to_owned())).unwrap();
        let code = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "code");
        code.unwrap_or_else(|| panic!("no code in {query}")).1.into_owned()
    }

    /// Lets Alice allow or deny the device with this user code.
    pub(crate) fn decide(&self, user_code: &str, allowed: bool) {
        let entry = self.alice(|alice| alice.get(&format!("/device?user_code={user_code}")));
        let confirm = self.alice(|alice| alice.submit(&entry, &[("user_code", user_code)]));
        let decision = if allowed { "allow" } else { "deny" };
        let done = self.alice(|alice| alice.submit(&confirm, &[("decision", decision)]));
        assert_eq!(done.status(), 200, "{}", done.html);
    }

    /// Acts in Alice's browser. If that leads to the sign-in page, signs in and acts again.
    fn alice(&self, act: impl Fn(&mut Browser<'_>) -> Page) -> Page {
        let mut cookies = self.cookies.lock().unwrap();
        let mut alice = Browser::new(&self.server);
        alice.cookies.clone_from(&cookies);
        let mut shown = act(&mut alice);
        let next = shown.response.header("location").filter(|location| location.starts_with("/sign-in"));
        if let Some(next) = next.map(str::to_owned) {
            let signed_in = alice.sign_in(&next, ALICE, PASSWORD);
            // Fails if the sign-in was refused: that page does not redirect.
            signed_in.leads_to();
            shown = act(&mut alice);
        }
        *cookies = alice.cookies;
        shown
    }

    /// Sends a form to the token endpoint, authenticated as the client.
    pub(crate) fn ask(&self, client: &Client, form: &str) -> Response {
        self.server.send(&client.request("/oauth2/token", form))
    }

    /// Like [`Self::ask`], again while the response is 503.
    pub(crate) fn ask_patiently(&self, client: &Client, form: &str) -> Response {
        client.request("/oauth2/token", form).try_send_patiently(&self.server.address).expect("the server responds")
    }

    /// Lets Alice consent, and exchanges the code.
    pub(crate) fn sign_in(&self, client: &Client) -> Response {
        self.ask(client, &exchange(&self.consent(client, None)))
    }

    /// Whether introspection by the client says that a token is active.
    pub(crate) fn is_active(&self, client: &Client, token: &str) -> bool {
        let answer = self.server.send(&client.request("/oauth2/introspect", &format!("token={token}")));
        answer.json()["active"].as_bool().unwrap_or_else(|| panic!("{}", answer.text()))
    }
}

impl Client {
    /// A form for an endpoint, with the client's authentication.
    pub(crate) fn request(&self, target: &str, form: &str) -> Request {
        let request = Request::new("POST", target).header("content-type", "application/x-www-form-urlencoded");
        match &self.secret {
            Some(secret) => request.body(form).basic(&self.id, secret),
            None => request.body(format!("{form}&client_id={}", self.id)),
        }
    }
}

/// The form that exchanges a code.
pub(crate) fn exchange(code: &str) -> String {
    format!("grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}&code_verifier={VERIFIER}")
}

/// The form that uses a refresh token.
pub(crate) fn refresh(token: &str) -> String {
    format!("grant_type=refresh_token&refresh_token={token}")
}

/// A string field of a JSON response.
pub(crate) fn text(answer: &Response, name: &str) -> String {
    answer.json()[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {}", answer.text())).to_owned()
}

/// The path and query of an authorization request of the client. `changes` replace parameters or add some; one with an empty value is
/// left out.
pub(crate) fn authorization(client: &Client, changes: &[(&str, &str)]) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let own = [
        ("client_id", client.id.as_str()),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "orders menu"),
        ("state", "a&b c"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let replaced = |name: &str| changes.iter().find(|(own, _)| *own == name).map(|(_, value)| *value);
    let mut fields: Vec<_> = own.iter().map(|(name, value)| (*name, replaced(name).unwrap_or(value))).collect();
    fields.extend(changes.iter().filter(|(name, _)| !own.iter().any(|(other, _)| other == name)));
    fields.retain(|(_, value)| !value.is_empty());
    format!("/oauth2/authorize?{}", encoded(&fields))
}
