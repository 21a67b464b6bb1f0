//! An issuer with a user, whose store may have a database of its own, and a client that renews what the user gave.

use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postern_model::{Actor, GrantType, UserId};
use postern_operations::{
    self as operations, self, Act, ClientProof, CodeGrant, Directory, GenerateRequest, Instance, Keyring, MintedUserToken,
    NewUser, UserStore, UserStores,
};
use postern_secrets::SystemClock;
use postern_secrets::SystemEntropy;
use postern_secrets::{MasterKey, PlainSecret};
use postern_storage::{Location, Storage};
use postern_token::bundle::Bundle;
use postern_token::{KeyType, Status};
use sha2::{Digest as _, Sha256};

use crate::harness::{Home, On, Request, Server};

const CALLBACK: &str = "https://app.example/callback";
const VERIFIER: &str = "a-verifier-of-some-forty-three-characters-0";

/// Where the user's store has its tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Store {
    Beside,
    Own,
}

pub(super) struct Scene {
    home: Home,
    own: Option<Home>,
    instance: Instance,
    user: UserId,
    client: ClientProof,
}

/// What is on record of a token.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) grant: String,
    pub(super) active: bool,
    /// What edges say of it.
    pub(super) live: bool,
}

impl Scene {
    pub(super) fn new(on: On, store: Store) -> Self {
        let home = Home::empty_on(on).initialised();
        let own = (store == Store::Own).then(|| Home::empty_on(on));
        let database = own.as_ref().map_or_else(String::new, |own| format!("database = \"{}\"\n", own.location()));
        home.write("postern.toml", &format!("[[user_store]]\nname = \"users\"\nkind = \"local\"\n{database}"));
        let instance = instance(&home, own.as_ref());
        let act = instance.act(Actor::Operator);
        let user: UserId = "alice@users".parse().unwrap();
        let (id, password) = (user.clone(), PlainSecret::presented("correct horse battery".to_owned()));
        operations::create_user(&act, &NewUser { id, password, roles: Vec::new() }).unwrap();
        let application = operations::create_application(&act, "App".parse().unwrap()).unwrap().id;
        let request = GenerateRequest {
            grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
            redirect_uris: vec![CALLBACK.parse().unwrap()],
            ..GenerateRequest::new(application, KeyType::Production)
        };
        let keys = operations::generate(&act, &request).unwrap();
        let client = ClientProof { id: keys.consumer_key.to_string(), secret: Some(keys.consumer_secret) };
        Self { home, own, instance, user, client }
    }

    fn act(&self) -> Act<'_> {
        self.instance.act(Actor::Operator)
    }

    fn command(&self) -> Command {
        let mut command = self.home.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.env("POSTERN_CONFIG", self.home.path("postern.toml")).stderr(Stdio::null());
        command
    }

    pub(super) fn serve(&self) -> Server {
        Server::spawn(&mut self.command())
    }

    /// The first tokens of a new grant, which the user gave in a browser.
    pub(super) fn given(&self) -> MintedUserToken {
        let act = self.act();
        let found = operations::find_authorization_client(&act, &self.client.id, Some(CALLBACK)).unwrap();
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let code = operations::allow_authorization(&act, &found, &self.user, None, &challenge).unwrap();
        let verifier = PlainSecret::presented(VERIFIER.to_owned());
        let asked = CodeGrant { client: self.client.clone(), code, redirect_uri: CALLBACK.to_owned(), verifier, validity: None };
        operations::exchange_code(&act, &asked).unwrap()
    }

    /// What a client sends to renew.
    pub(super) fn refresh(&self, token: &str) -> Request {
        let secret = self.client.secret.as_ref().unwrap();
        Request::token(format!("grant_type=refresh_token&refresh_token={token}")).basic(&self.client.id, secret.expose())
    }

    /// Every token, in the order in which they were minted.
    pub(super) fn records(&self) -> Vec<Record> {
        let sql = "SELECT id, grant_id, state, status_list, status_index FROM \"tokens@users\" ORDER BY number";
        let rows = self.own.as_ref().unwrap_or(&self.home).query(sql);
        let document = operations::compose_bundle(&self.act(), None).unwrap();
        let bundle = Bundle::from_json(&serde_json::to_vec(&document).unwrap()).unwrap();
        let read = |row: &str| {
            let columns: Vec<&str> = row.split('|').collect();
            let uri = format!("https://issuer.example/status/{}", columns[3]);
            let list = bundle.issuers[0].status_lists.iter().find(|list| list.uri == uri).unwrap();
            let status = list.list.as_ref().unwrap().status(columns[4].parse().unwrap()).unwrap();
            let (id, grant) = (columns[0].to_owned(), columns[1].to_owned());
            Record { id, grant, active: columns[2] == "active", live: status == Status::Valid }
        };
        rows.lines().map(read).collect()
    }
}

fn instance(home: &Home, own: Option<&Home>) -> Instance {
    let key = std::fs::read_to_string(home.path("master.key")).unwrap();
    let keyring = Keyring::new(MasterKey::parse(key.trim()).unwrap());
    let storage = Storage::open(&Location::parse(&home.location()).unwrap()).unwrap();
    let name = "users".parse().unwrap();
    let store = match own {
        None => UserStore::in_main_database(name, Directory::Local),
        Some(own) => {
            let own = Storage::open_for_users(&Location::parse(&own.location()).unwrap()).unwrap();
            UserStore::in_own_database(name, Directory::Local, own)
        }
    };
    let instance = Instance::for_command(storage, keyring, Box::new(SystemClock), Box::new(SystemEntropy));
    instance.with_user_stores(UserStores::new(vec![store])).unwrap()
}
