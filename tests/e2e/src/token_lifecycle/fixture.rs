//! An issuer with its edges, and operations on the issuer.

pub(super) mod edges;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postern_test_harness::artifacts;
use postern_test_harness::client::{Request, Response};
use postern_test_harness::envoy::Envoy;
use postern_test_harness::guard;
use postern_test_harness::issuer::{Cli, Issuer, text};
use postern_test_harness::sample_api::API;
use postern_test_harness::upstream::Upstream;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The issuer's URL, which is the claim `iss`.
pub(super) const ISSUER: &str = "https://issuer.example";

/// The kind of the issuer's database.
#[derive(Debug, Clone, Copy)]
pub(super) enum Database {
    Sqlite,
    Postgres,
}

/// The user stores: `local` in the main database, and `partners` in a separate one.
pub(super) const STORES: [&str; 2] = ["local", "partners"];

/// An issuer and the edges that follow it.
#[derive(Debug)]
pub(super) struct Fixture {
    pub(super) cli: Cli,
    pub(super) envoy: Envoy,
    pub(super) production: Upstream,
    pub(super) sandbox: Upstream,
    pub(super) issuer: Issuer,
    /// The URL of the database; `None` for `SQLite`.
    pub(super) database: Option<String>,
    /// A secret that must not be stored, as the next.
    pub(super) edge_key: String,
    pub(super) personal_token: String,
    dir: TempDir,
}

/// The client credentials and the generated token of a key set.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    pub(super) client: (String, String),
    pub(super) token: String,
}

impl Fixture {
    /// The fixture that the cases of one database share, for one case at a time. The fixture ends with this process.
    pub(super) fn lock(database: Database) -> MutexGuard<'static, Self> {
        static SQLITE: OnceLock<Mutex<Fixture>> = OnceLock::new();
        static POSTGRES: OnceLock<Mutex<Fixture>> = OnceLock::new();
        let fixture = match database {
            Database::Sqlite => SQLITE.get_or_init(|| Mutex::new(Self::start(None, "HS256").unwrap())),
            Database::Postgres => POSTGRES.get_or_init(|| {
                let database = postern_test_postgres::shared().create_database();
                Mutex::new(Self::start(Some(database), "RS256").unwrap())
            }),
        };
        // The fixture is usable after a failed case, because each case has its own applications.
        fixture.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts everything. The database is at a URL or in a file, and the issuer signs with `algorithm`.
    fn start(database: Option<String>, algorithm: &str) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        guard::watch_folder(dir.path())?;
        let mut cli = Cli::new(&dir.path().join("issuer"))?.with("POSTERN_HOUSEKEEPING_INTERVAL", "1s");
        if let Some(url) = &database {
            cli = cli.with("POSTERN_DATABASE", url);
        }
        let cli = cli.with("POSTERN_CONFIG", user_stores(dir.path(), database.is_some())?);
        let init = ["init", "--issuer", ISSUER, "--audience", "https://api.example", "--algorithm", algorithm];
        cli.run(&init)?;
        cli.run(&["api", "create", &artifacts::project_file("tests/sample/pizza.json").to_string_lossy()])?;
        // A scope that no resource requires.
        cli.run(&["admin", "scope", "create", "menu"])?;
        let edge_key = text(&cli.run(&["admin", "edge-key", "create", "edges", "--environment", "both"])?, "edge_key")?;
        cli.run(&["admin", "member", "create", "alice", "--role", "administrator"])?;
        let personal_token = text(&cli.run(&["personal-token", "create", "alice"])?, "personal_token")?;
        let issuer = cli.serve("127.0.0.1:0")?;
        let (production, sandbox) = (Upstream::start("production")?, Upstream::start("sandbox")?);
        let ports = [issuer.address(), production.address(), sandbox.address()].map(|address| address.port());
        let envoy = edges::start(&edge_key, ports, &dir.path().join("gateway"))?;
        let fixture = Self { cli, envoy, production, sandbox, issuer, database, edge_key, personal_token, dir };
        fixture.wait_for_bundles()?;
        Ok(fixture)
    }

    /// The folder with all files.
    pub(super) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Runs SQL for changes for which the issuer has no operation, such as backdating a record.
    pub(super) fn sql(&self, statements: &str) -> Result<()> {
        if let Some(url) = &self.database {
            return postern_test_postgres::query(url, statements).map(drop).map_err(anyhow::Error::msg);
        }
        let file = rusqlite::Connection::open(self.cli.dir().join("postern.db"))?;
        Ok(file.execute_batch(&format!("BEGIN IMMEDIATE; {statements}; COMMIT;"))?)
    }

    /// Runs a query. Returns a line for each row, with `|` between the columns.
    pub(super) fn query(&self, select: &str) -> Result<String> {
        if let Some(url) = &self.database {
            return postern_test_postgres::query(url, select).map_err(anyhow::Error::msg);
        }
        let file = rusqlite::Connection::open(self.cli.dir().join("postern.db"))?;
        let mut statement = file.prepare(select)?;
        let columns = statement.column_count();
        let rows = statement
            .query_map([], |row| (0..columns).map(|column| row.get::<_, String>(column)).collect::<Result<Vec<_>, _>>())?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?.iter().map(|row| row.join("|")).collect::<Vec<_>>().join("\n"))
    }

    /// The last lines of the issuer's log.
    pub(super) fn issuer_log(&self) -> String {
        let log = fs::read_to_string(self.issuer.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(20).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// A new application that is subscribed to the pizza API.
    pub(super) fn application(&self, name: &str) -> Result<String> {
        let application = self.application_without_api(name)?;
        self.subscribe(&application, API, "gold")?;
        Ok(application)
    }

    /// A new application.
    pub(super) fn application_without_api(&self, name: &str) -> Result<String> {
        text(&self.cli.run(&["application", "create", name])?, "id")
    }

    /// Subscribes an application to an API.
    pub(super) fn subscribe(&self, application: &str, api: &str, tier: &str) -> Result<()> {
        self.cli.run(&["subscription", "create", "--application", application, "--api", api, "--tier", tier]).map(drop)
    }

    /// Adds an API with these resources, whose context is its name.
    pub(super) fn add_api(&self, name: &str, resources: &Value) -> Result<Value> {
        let api = json!({"name": name, "version": "1", "context": format!("/{name}"), "resources": resources});
        let file = self.dir().join("api.json");
        fs::write(&file, api.to_string())?;
        self.cli.run(&["api", "create", &file.to_string_lossy()])?;
        Ok(api)
    }

    /// Generates an application's production keys.
    pub(super) fn generate(&self, application: &str, more: &[&str]) -> Result<Keys> {
        self.generate_of_type(application, "production", more)
    }

    pub(super) fn generate_of_type(&self, application: &str, key_type: &str, more: &[&str]) -> Result<Keys> {
        let mut arguments = vec!["token", "create", "--application", application, "--key-type", key_type];
        arguments.extend(more);
        let keys = self.cli.run(&arguments)?;
        let client = (text(&keys, "consumer_key")?, text(&keys, "consumer_secret")?);
        Ok(Keys { client, token: text(&keys, "access_token")? })
    }

    /// Regenerates an application's production token and returns the new one.
    pub(super) fn regenerate(&self, application: &str) -> Result<String> {
        let new = self.cli.run(&["token", "regenerate", "--application", application, "--key-type", "production"])?;
        text(&new, "access_token")
    }

    /// Requests a token with client credentials and these parameters, each after a `&`.
    pub(super) fn request_token(&self, (key, secret): &(String, String), parameters: &str) -> Result<Response> {
        let body = format!("grant_type=client_credentials&client_id={key}&client_secret={secret}{parameters}");
        let request = Request::new("POST", "/oauth2/token", "issuer").body("application/x-www-form-urlencoded", body);
        request.send(self.issuer.address())
    }

    /// Obtains a token for a client.
    pub(super) fn grant(&self, client: &(String, String), parameters: &str) -> Result<String> {
        let answer = self.request_token(client, parameters)?;
        ensure!(answer.status == 200, "a grant is refused: {}", answer.json());
        text(&answer.json(), "access_token")
    }

    /// The error code with which the token endpoint refuses a client.
    pub(super) fn grant_refusal(&self, client: &(String, String), parameters: &str) -> Result<String> {
        let answer = self.request_token(client, parameters)?;
        ensure!(answer.status >= 400, "a grant is not refused");
        text(&answer.json(), "error")
    }
}

/// Writes a configuration with the user stores. The second one has a separate database, of the same kind as the main one.
fn user_stores(dir: &Path, on_postgresql: bool) -> Result<PathBuf> {
    let [main_store, separate_store] = STORES;
    let own = if on_postgresql {
        postern_test_postgres::shared().create_database()
    } else {
        dir.join("partners.db").to_string_lossy().into_owned()
    };
    let stores = format!(
        "[[user_store]]\nname = \"{main_store}\"\nkind = \"local\"\n\n\
         [[user_store]]\nname = \"{separate_store}\"\nkind = \"local\"\ndatabase = \"{own}\"\n"
    );
    let file = dir.join("postern.toml");
    fs::write(&file, stores)?;
    Ok(file)
}

/// The claims of a token, without verification.
pub(super) fn claims(token: &str) -> Result<Value> {
    part(token, 1)
}

/// The header of a token.
pub(super) fn header(token: &str) -> Result<Value> {
    part(token, 0)
}

fn part(token: &str, index: usize) -> Result<Value> {
    Ok(serde_json::from_slice(&decode(token.split('.').nth(index).context("the token has too few parts")?)?)?)
}

/// Decodes base64url without padding.
pub(super) fn decode(text: &str) -> Result<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok().context("not base64url")
}
