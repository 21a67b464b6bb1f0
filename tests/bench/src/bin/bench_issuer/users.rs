//! Users, and clients that act for them: what is prepared before their requests for tokens are measured.

use postern_test_harness::issuer::text;
use postern_test_harness::user_agent::UserAgent;
use postern_test_harness::users::{CALLBACK, PASSWORD, UserClient, VERIFIER, client_arguments};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::clients::Client;
use crate::http::Connection;
use crate::issuer::{Home, ISSUER, Server};
use crate::load::CONNECTIONS;

/// The number of users. Each of them uses every client.
const USERS: usize = 8;

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The scopes of every client, as a form shows and sends them.
const SCOPES: &str = "orders+menu";

/// The signed-in browser of a user.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// The value of the header field `cookie`.
    cookies: String,
    /// The CSRF token of forms.
    csrf: String,
}

/// A client with its users.
#[derive(Debug, Clone)]
pub(crate) struct UserClients {
    pub(crate) client: Client,
    /// Path and query of its authorization request.
    authorization: String,
    /// The refresh token of each user, if the users have consented.
    pub(crate) refresh_tokens: Vec<String>,
}

/// All clients and the browsers of all users.
pub(crate) struct Users {
    pub(crate) clients: Vec<UserClients>,
    pub(crate) sessions: Vec<Session>,
}

/// A grant that needs the user's decision, which is prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prepared {
    /// The user is sent to the client with an authorization code.
    Code,
    /// The user allows a device.
    Device,
}

/// Creates the users and the clients, on a database without a server.
pub(crate) fn create(home: &Home) -> Result<Vec<Client>> {
    for number in 0..USERS {
        home.add_user(&name(number), PASSWORD)?;
    }
    let settings = [&client_arguments()[..], &["--grant-type", DEVICE_CODE]].concat();
    Client::create_with(home, CONNECTIONS, &settings)
}

fn name(number: usize) -> String {
    format!("user-{number}@local")
}

impl Users {
    /// Lets every user sign in on the pages. `consenting` users also consent to each client, which obtains tokens.
    pub(crate) fn sign_in(server: &Server, clients: Vec<Client>, consenting: bool) -> Result<Self> {
        let issuer = server.address();
        let with_users = |client: Client| {
            let authorization = UserClient { issuer, client: (client.id.clone(), client.secret.clone()) }.authorization();
            UserClients { client, authorization, refresh_tokens: Vec::new() }
        };
        let mut users = Self { clients: clients.into_iter().map(with_users).collect(), sessions: Vec::new() };
        for number in 0..USERS {
            let mut browser = UserAgent::new(issuer, ISSUER)?;
            browser.account(&name(number), PASSWORD)?;
            if consenting {
                for UserClients { client, refresh_tokens, .. } in &mut users.clients {
                    let client = UserClient { issuer, client: (client.id.clone(), client.secret.clone()) };
                    refresh_tokens.push(client.obtain(&mut browser, &name(number))?.refresh_token);
                }
            }
            let fields = browser.open("/device")?.into_page()?.hidden_fields("/device")?;
            let csrf = fields.into_iter().find(|(name, _)| name == "csrf").context("the form has no CSRF token")?.1;
            users.sessions.push(Session { cookies: browser.cookies(), csrf });
        }
        Ok(users)
    }
}

impl Prepared {
    /// Lets a user decide, and returns the client's request for tokens.
    pub(crate) async fn prepare(self, connection: &mut Connection, client: &UserClients, user: &Session) -> Result<Vec<u8>> {
        match self {
            Self::Code => client.code(connection, user).await,
            Self::Device => client.device(connection, user).await,
        }
    }
}

impl UserClients {
    async fn code(&self, connection: &mut Connection, user: &Session) -> Result<Vec<u8>> {
        let answer = connection.exchange(&user.get(&self.authorization)).await?;
        let location = answer.location.with_context(|| format!("an authorization request is answered with {}", answer.status))?;
        let code = location.split(['?', '&']).find_map(|parameter| parameter.strip_prefix("code="));
        let code = code.with_context(|| format!("a user is sent to {location}"))?;
        let form = format!("grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}&code_verifier={VERIFIER}");
        Ok(self.client.post("/oauth2/token", &form))
    }

    async fn device(&self, connection: &mut Connection, user: &Session) -> Result<Vec<u8>> {
        let begun = connection.exchange(&self.client.post("/oauth2/device_authorization", &format!("scope={SCOPES}"))).await?;
        ensure!(begun.status == 200, "a device gets {}", begun.status);
        let codes: Value = serde_json::from_slice(&begun.body)?;
        let (device_code, user_code) = (text(&codes, "device_code")?, text(&codes, "user_code")?);
        // As if the user had seen the page that shows the application and the scopes.
        let form = format!("csrf={}&user_code={user_code}&scope={SCOPES}&decision=allow", user.csrf);
        let decided = connection.exchange(&user.post("/device/decision", &form)).await?;
        ensure!(decided.status == 200, "a user's decision is answered with {}", decided.status);
        // Devices wait 5 seconds between two polls; the first one may come at once.
        Ok(self.client.post("/oauth2/token", &format!("grant_type={DEVICE_CODE}&device_code={device_code}")))
    }

    /// The request for the next tokens.
    pub(crate) fn refresh(&self, refresh_token: &str) -> Vec<u8> {
        self.client.post("/oauth2/token", &format!("grant_type=refresh_token&refresh_token={refresh_token}"))
    }
}

impl Session {
    fn get(&self, target: &str) -> Vec<u8> {
        self.request("GET", target, "")
    }

    fn post(&self, target: &str, form: &str) -> Vec<u8> {
        self.request("POST", target, form)
    }

    fn request(&self, method: &str, target: &str, form: &str) -> Vec<u8> {
        let (cookies, len) = (&self.cookies, form.len());
        format!(
            "{method} {target} HTTP/1.1\r\nhost: issuer.example\r\ncookie: {cookies}\r\n\
            content-type: application/x-www-form-urlencoded\r\ncontent-length: {len}\r\n\r\n{form}"
        )
        .into_bytes()
    }
}
