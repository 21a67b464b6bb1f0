//! Users and clients that act for them. What people do in a browser, the library does here on the database itself.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postern_model::{Actor, ForUsers, GrantType, Restrictions, UserId};
use postern_operations::{
    self as operations, Act, Directory, GenerateRequest, Instance, Keyring, NewUser, UserStore, UserStores,
};
use postern_secrets::SystemClock;
use postern_secrets::SystemEntropy;
use postern_secrets::{MasterKey, PlainSecret};
use postern_storage::{Location, Storage};
use postern_token::{KeyType, Scopes};
use sha2::{Digest as _, Sha256};

use super::{Home, On, Request, Response, Server};

pub(crate) const ALICE: &str = "alice@local";
pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const CALLBACK: &str = "https://app.example/callback";
pub(crate) const VERIFIER: &str = "a-verifier-of-some-forty-three-characters-0";

/// A server with two users, and a hand on its database.
pub(crate) struct Users {
    pub(crate) home: Home,
    pub(crate) server: Server,
    instance: Instance,
}

/// A client that acts for users; a public one has no secret.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) application: String,
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
}

/// What a client is to be.
pub(crate) struct Wanted {
    pub(crate) grant_types: Vec<GrantType>,
    pub(crate) public: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { grant_types: GrantType::ALL.to_vec(), public: false }
    }
}

impl Users {
    pub(crate) fn new(on: On) -> Self {
        Self::serving(on, &[])
    }

    /// The same with further arguments of the server.
    pub(crate) fn serving(on: On, more: &[&str]) -> Self {
        let home = Home::empty_on(on).initialised();
        home.add_api(r#"{"name":"pizza","version":"1.0.0","context":"/pizza/1.0.0"}"#);
        let location = match &home.url {
            Some(url) => Location::parse(url).unwrap(),
            None => Location::File(home.database()),
        };
        let master_key = MasterKey::parse(std::fs::read_to_string(home.path("master.key")).unwrap().trim()).unwrap();
        let storage = Storage::open(&location).unwrap();
        let instance = Instance::for_command(storage, Keyring::new(master_key), Box::new(SystemClock), Box::new(SystemEntropy));
        let local = UserStore::in_main_database("local".parse().unwrap(), Directory::Local);
        let instance = instance.with_user_stores(UserStores::new(vec![local])).unwrap();
        for (id, role) in [(ALICE, "editors"), ("bob@local", "readers")] {
            let (id, password) = (id.parse().unwrap(), PlainSecret::presented(PASSWORD.to_owned()));
            let roles = vec![role.parse().unwrap()];
            operations::create_user(&instance.act(Actor::Operator), &NewUser { id, password, roles }).unwrap();
        }
        let server = Server::start_with(&home, more, "log");
        Self { home, server, instance }
    }

    /// Stops the server at once, and starts another on the same database.
    pub(crate) fn restarted(self) -> Self {
        let Self { home, server, instance } = self;
        drop(server);
        let server = Server::start_with(&home, &[], "log-2");
        Self { home, server, instance }
    }

    pub(crate) fn act(&self) -> Act<'_> {
        self.instance.act(Actor::Operator)
    }

    /// Somebody else acts on the database itself.
    pub(crate) fn act_as(&self, actor: Actor) -> Act<'_> {
        self.instance.act(actor)
    }

    /// A client that may have the scopes `orders` and `menu`, and whose application is subscribed.
    pub(crate) fn client(&self, wanted: Wanted) -> Client {
        let act = self.act();
        let application = operations::create_application(&act, "Pizza app".parse().unwrap()).unwrap().id;
        let api = postern_token::ApiReference::parse("pizza/1.0.0").unwrap();
        operations::subscribe(&act, &application, &api, &"gold".parse().unwrap()).unwrap();
        let restrictions = Restrictions { scopes: Some(Scopes::parse("orders menu").unwrap()), ..Restrictions::default() };
        let request = GenerateRequest {
            restrictions,
            grant_types: wanted.grant_types,
            redirect_uris: vec![CALLBACK.parse().unwrap()],
            for_users: ForUsers { public: wanted.public, ..ForUsers::default() },
            ..GenerateRequest::new(application.clone(), KeyType::Production)
        };
        let keys = operations::generate(&act, &request).unwrap();
        let secret = (!wanted.public).then(|| keys.consumer_secret.expose().to_owned());
        Client { application: application.to_string(), id: keys.consumer_key.to_string(), secret }
    }

    /// Has Alice consent in a browser, and gives the code that the client is sent.
    pub(crate) fn consent(&self, client: &Client, scope: Option<&str>) -> String {
        let act = self.act();
        let found = operations::find_authorization_client(&act, &client.id, Some(CALLBACK)).unwrap();
        let user: UserId = ALICE.parse().unwrap();
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        operations::allow_authorization(&act, &found, &user, scope, &challenge).unwrap().expose().to_owned()
    }

    /// Has Alice decide about the device that shows that code.
    pub(crate) fn decide(&self, user_code: &str, allowed: bool) {
        let user: UserId = ALICE.parse().unwrap();
        operations::decide_device(&self.act(), &user, &user_code.parse().unwrap(), allowed).unwrap();
    }

    /// Asks the token endpoint as a client does.
    pub(crate) fn ask(&self, client: &Client, form: &str) -> Response {
        self.server.send(&client.request("/oauth2/token", form))
    }

    /// Exchanges a new code.
    pub(crate) fn sign_in(&self, client: &Client) -> Response {
        self.ask(client, &exchange(&self.consent(client, None)))
    }

    /// Whether a client of that id hears that a token is active.
    pub(crate) fn is_active(&self, client: &Client, token: &str) -> bool {
        let answer = self.server.send(&client.request("/oauth2/introspect", &format!("token={token}")));
        answer.json()["active"].as_bool().unwrap_or_else(|| panic!("{}", answer.text()))
    }
}

impl Client {
    /// A form for an endpoint, with what the client has to prove who it is.
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

/// The form that renews.
pub(crate) fn refresh(token: &str) -> String {
    format!("grant_type=refresh_token&refresh_token={token}")
}

/// A text in an answer.
pub(crate) fn text(answer: &Response, name: &str) -> String {
    answer.json()[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {}", answer.text())).to_owned()
}
