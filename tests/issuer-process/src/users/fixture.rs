//! An issuer with a user, whose store may have a separate database, and a client that refreshes the user's tokens.

use std::fs::OpenOptions;
use std::net::SocketAddr;

use anyhow::Result;
use postern_test_harness::user_agent::UserAgent;
use postern_test_harness::users::{self, PASSWORD, UserClient, UserTokens};
use postern_token::Status;
use postern_token::bundle::Bundle;

use crate::harness::{Database, Home, ISSUER, Request, Server};

const USER: &str = "alice@users";

/// The database of the user store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Store {
    Main,
    Separate,
}

pub(super) struct Fixture {
    home: Home,
    separate: Option<Home>,
    /// The consumer key and the consumer secret.
    client: (String, String),
}

/// The record of a token.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) grant: String,
    pub(super) active: bool,
    /// Whether the token is valid by its status list.
    pub(super) live: bool,
}

impl Fixture {
    pub(super) fn new(database: Database, store: Store) -> Self {
        let home = Home::empty_on(database).initialised();
        let separate = (store == Store::Separate).then(|| Home::empty_on(database));
        let database = separate.as_ref().map_or_else(String::new, |separate| format!("database = \"{}\"\n", separate.location()));
        let configuration = format!("[[user_store]]\nname = \"users\"\nkind = \"local\"\n{database}");
        let home = home.configured(&configuration);
        assert!(home.pipe(&["admin", "user", "create", USER], PASSWORD).status.success());
        // A request is repeated for as long as a test runs, however slow the machine is.
        home.succeed(&["admin", "settings", "change", "--refresh-grace", "600s"]);
        let application = home.create_application("App");
        let keys = home.generate(&application, "production", &users::client_arguments());
        let client = (keys.key().to_owned(), keys.secret().to_owned());
        Self { home, separate, client }
    }

    pub(super) fn serve(&self) -> Server {
        // All servers of a test share a log, which is printed if one of them does not start.
        let log = self.home.path("log");
        let file = OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let command = &mut self.home.command(&["serve", "--listen", "127.0.0.1:0"]);
        Server::try_spawn(command.stderr(file)).unwrap_or_else(|line| {
            panic!("the server printed {line:?} when it started; the log: {}", std::fs::read_to_string(log).unwrap())
        })
    }

    /// A browser without cookies.
    pub(super) fn browser() -> UserAgent {
        UserAgent::new(SocketAddr::from(([127, 0, 0, 1], 0)), ISSUER).unwrap()
    }

    /// Obtains the first tokens of a new grant through the browser, from the server at `address`. Fails if the server is killed meanwhile.
    pub(super) fn try_obtain(&self, browser: &mut UserAgent, address: &str) -> Result<UserTokens> {
        let issuer = address.parse()?;
        browser.move_to(issuer);
        UserClient { issuer, client: self.client.clone() }.obtain(browser, USER)
    }

    /// The client's request with a refresh token.
    pub(super) fn refresh(&self, token: &str) -> Request {
        let (key, secret) = &self.client;
        Request::token(format!("grant_type=refresh_token&refresh_token={token}")).basic(key, secret)
    }

    /// The records of all tokens, in the order of minting.
    pub(super) fn records(&self) -> Vec<Record> {
        let sql = "SELECT id, grant_id, state, status_list, status_index FROM \"tokens@users\" ORDER BY number";
        let rows = self.separate.as_ref().unwrap_or(&self.home).query(sql);
        let bundle = Bundle::from_json(&self.home.bundle()).unwrap();
        let read = |row: &str| {
            let columns: Vec<&str> = row.split('|').collect();
            let uri = format!("{ISSUER}/status/{}", columns[3]);
            let list = bundle.issuers[0].status_lists.iter().find(|list| list.uri == uri).unwrap();
            let status = list.list.as_ref().unwrap().list.status(columns[4].parse().unwrap()).unwrap();
            let (id, grant) = (columns[0].to_owned(), columns[1].to_owned());
            Record { id, grant, active: columns[2] == "active", live: status == Status::Valid }
        };
        rows.lines().map(read).collect()
    }
}
