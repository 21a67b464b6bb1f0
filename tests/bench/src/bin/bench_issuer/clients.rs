//! The clients of a load and their requests.

use std::thread;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern_test_harness::issuer::text;

use crate::issuer::Home;
use crate::load::{CONNECTIONS, Requests};

/// The validity of a client's first token, in seconds. Each further token has one second more, because an equal request would get the
/// live token again instead of a minted one.
const FIRST_VALIDITY: u32 = 3600;

/// One client of a server.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    /// The id of the client's application at our issuer.
    pub(crate) application: String,
    pub(crate) id: String,
    pub(crate) secret: String,
    authorization: String,
    asked: u32,
}

impl Client {
    pub(crate) fn new(id: String, secret: String, application: String) -> Self {
        let authorization = STANDARD.encode(format!("{id}:{secret}"));
        Self { application, id, secret, authorization, asked: 0 }
    }

    /// A client of a new application with a subscription and a production key set, and so with one token on record. `settings` are further
    /// arguments of `token create`.
    fn create(home: &Home, number: usize, settings: &[&str]) -> Result<Self> {
        let application = text(&home.cli(&["application", "create", &format!("application {number}")])?, "id")?;
        home.cli(&["subscription", "create", "--application", &application, "--api", "pizza/1.0.0", "--tier", "gold"])?;
        let keys = ["token", "create", "--application", &application, "--key-type", "production"];
        let keys = home.cli(&[&keys[..], &["--scope", "orders", "--scope", "menu"], settings].concat())?;
        Ok(Self::new(text(&keys, "consumer_key")?, text(&keys, "consumer_secret")?, application))
    }

    /// Creates `count` clients.
    pub(crate) fn create_all(home: &Home, count: usize) -> Result<Vec<Self>> {
        Self::create_with(home, count, &[])
    }

    /// Creates `count` clients with further arguments of `token create`. Starting the command line takes long, so two run at a time.
    pub(crate) fn create_with(home: &Home, count: usize, settings: &[&str]) -> Result<Vec<Self>> {
        let half = |first: usize| -> Result<Vec<Self>> {
            (first..count).step_by(2).map(|number| Self::create(home, number, settings)).collect()
        };
        thread::scope(|scope| {
            let other = scope.spawn(|| half(1));
            let mut clients = half(0)?;
            clients.extend(other.join().ok().context("creating clients failed")??);
            Ok(clients)
        })
    }

    pub(crate) fn post(&self, target: &str, body: &str) -> Vec<u8> {
        let Self { authorization, .. } = self;
        let len = body.len();
        format!(
            "POST {target} HTTP/1.1\r\nhost: issuer.example\r\nuser-agent: postern-bench\r\naccept: */*\r\n\
            authorization: Basic {authorization}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
            content-length: {len}\r\n\r\n{body}"
        )
        .into_bytes()
    }

    /// The request for a token that our issuer has not minted yet.
    pub(crate) fn mint(&mut self) -> Vec<u8> {
        let validity = FIRST_VALIDITY + self.asked;
        self.asked += 1;
        self.post("/oauth2/token", &format!("grant_type=client_credentials&scope=orders&validity_period={validity}"))
    }

    /// The request for the live token of our issuer.
    pub(crate) fn mint_again(&self) -> Vec<u8> {
        self.post("/oauth2/token", "grant_type=client_credentials&scope=orders")
    }

    /// The request for a token of npm oidc-provider, which always mints a new one.
    pub(crate) fn mint_at_oidc_provider(&self) -> Vec<u8> {
        self.post("/token", "grant_type=client_credentials&scope=orders")
    }

    pub(crate) fn introspect(&self, token: &str) -> Vec<u8> {
        self.post("/oauth2/introspect", &format!("token={token}"))
    }

    pub(crate) fn revoke(&self, token: &str) -> Vec<u8> {
        self.post("/oauth2/revoke", &format!("token={token}"))
    }
}

/// The requests of every connection. Each connection has its share of the clients, which take turns.
pub(crate) fn taking_turns(clients: &[Client], request: fn(&mut Client) -> Vec<u8>) -> Vec<Requests> {
    let one = |connection: usize| -> Requests {
        let mut own: Vec<Client> = clients.iter().skip(connection).step_by(CONNECTIONS).cloned().collect();
        let mut turn = 0;
        Box::new(move |_| {
            let count = own.len();
            let client = own.get_mut(turn % count.max(1))?;
            turn += 1;
            Some(request(client))
        })
    };
    (0..CONNECTIONS).map(one).collect()
}

/// The same for `count` requests in total. The clients keep count of their requests.
pub(crate) fn until(clients: &mut [Client], count: usize) -> Vec<Requests> {
    let mut shares: Vec<Vec<Vec<u8>>> = vec![Vec::new(); CONNECTIONS];
    for number in 0..count {
        let at = number % clients.len().max(1);
        if let (Some(client), Some(share)) = (clients.get_mut(at), shares.get_mut(at % CONNECTIONS)) {
            share.push(client.mint());
        }
    }
    let one = |share: Vec<Vec<u8>>| -> Requests {
        let mut rest = share.into_iter();
        Box::new(move |_| rest.next())
    };
    shares.into_iter().map(one).collect()
}
