//! An issuer with a user, whose store may have a database of its own, and a client that renews what the user gave.

use std::net::SocketAddr;
use std::process::Stdio;

use anyhow::Result;
use postern_test_harness::user_agent::UserAgent;
use postern_test_harness::users::{self, PASSWORD, UserClient, UserTokens};
use postern_token::Status;
use postern_token::bundle::Bundle;

use crate::harness::{Home, ISSUER, On, Request, Server};

const USER: &str = "alice@users";

/// Where the user's store has its tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Store {
    Beside,
    Own,
}

pub(super) struct Scene {
    home: Home,
    own: Option<Home>,
    /// The consumer key and the consumer secret.
    client: (String, String),
}

/// What is on record of a token.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) grant: String,
    pub(super) active: bool,
    /// What the status list says of it, which edges look at.
    pub(super) live: bool,
}

impl Scene {
    pub(super) fn new(on: On, store: Store) -> Self {
        let home = Home::empty_on(on).initialised();
        let own = (store == Store::Own).then(|| Home::empty_on(on));
        let database = own.as_ref().map_or_else(String::new, |own| format!("database = \"{}\"\n", own.location()));
        let configuration = format!("[[user_store]]\nname = \"users\"\nkind = \"local\"\n{database}");
        let home = home.configured(&configuration);
        assert!(home.pipe(&["admin", "user", "add", USER], PASSWORD).status.success());
        let application = home.create_application("App");
        let keys = home.generate(&application, "production", &users::client_arguments());
        let client = (keys.key().to_owned(), keys.secret().to_owned());
        Self { home, own, client }
    }

    pub(super) fn serve(&self) -> Server {
        Server::spawn(self.home.command(&["serve", "--listen", "127.0.0.1:0"]).stderr(Stdio::null()))
    }

    /// A browser without cookies.
    pub(super) fn browser() -> UserAgent {
        UserAgent::new(SocketAddr::from(([127, 0, 0, 1], 0)), ISSUER).unwrap()
    }

    /// The first tokens of a new grant, which the user gives in the browser at the server `address`. The server may go away meanwhile.
    pub(super) fn try_give(&self, browser: &mut UserAgent, address: &str) -> Result<UserTokens> {
        let issuer = address.parse()?;
        browser.move_to(issuer);
        UserClient { issuer, client: self.client.clone() }.obtain(browser, USER)
    }

    /// What a client sends to renew.
    pub(super) fn refresh(&self, token: &str) -> Request {
        let (key, secret) = &self.client;
        Request::token(format!("grant_type=refresh_token&refresh_token={token}")).basic(key, secret)
    }

    /// Every token, in the order in which they were minted.
    pub(super) fn records(&self) -> Vec<Record> {
        let sql = "SELECT id, grant_id, state, status_list, status_index FROM \"tokens@users\" ORDER BY number";
        let rows = self.own.as_ref().unwrap_or(&self.home).query(sql);
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
