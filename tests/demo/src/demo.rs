//! The whole product at work: an issuer with a few applications, a gateway made from its bundle, and two upstreams.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use postern_test_harness::artifacts;
use postern_test_harness::client::Request;
use postern_test_harness::envoy::{Envoy, admin_socket};
use postern_test_harness::issuer::{Cli, Issuer, text};
use postern_test_harness::oauth_client::{client_credentials, revoke};
use postern_test_harness::sample_api::{API, ORDERS};
use postern_test_harness::upstream::Upstream;
use postern_test_harness::users;
use serde_json::{Value, json};

use crate::remint::Remint;

/// What the issuer calls itself.
pub const ISSUER: &str = "https://issuer.example";

/// A user, whose password is [`users::PASSWORD`].
pub const USER: &str = "alice@local";

/// The domain that the widget's token is bound to.
pub const DOMAIN: &str = "app.example.com";

/// How many workers Envoy has: more than one, as in life.
const WORKERS: usize = 2;

/// Everything that runs, and the tokens to try it with.
#[derive(Debug)]
pub struct Demo {
    /// The gateway.
    pub envoy: Envoy,
    /// A second gateway, which serves production alone.
    pub production_gateway: Envoy,
    /// The production token taken apart, for tokens that the issuer would not mint.
    pub remint: Remint,
    /// What the gateway had refused before anybody asked: it was waited for until it had its bundle.
    pub refused_before: BTreeMap<String, u64>,
    /// Where the gateway's metrics are, at `/metrics`.
    pub metrics: SocketAddr,
    /// Where everything has its files.
    pub dir: PathBuf,
    /// The issuer.
    pub issuer: Issuer,
    /// The issuer's command line.
    pub cli: Cli,
    /// What production tokens reach.
    pub production: Upstream,
    /// What sandbox tokens reach.
    pub sandbox: Upstream,
    /// The tokens.
    pub tokens: Tokens,
    /// The consumer key and the consumer secret of the application `storefront`, for production.
    pub client: (String, String),
    /// The application's id.
    pub application: String,
}

/// One token for each thing that a token can be.
#[derive(Debug)]
#[allow(missing_docs, reason = "the names say it; `Demo::start` says how each is made")]
pub struct Tokens {
    pub production: String,
    pub sandbox: String,
    pub widget: String,
    pub without_subscription: String,
    pub without_scope: String,
    pub obtained: String,
    pub other_issuer: String,
    pub office: String,
    pub revoked: String,
}

impl Demo {
    /// Starts everything, with the files in `dir` and Envoy from the binary `envoy`; `say` hears what happens.
    pub fn start(envoy: &Path, dir: &Path, say: &mut dyn FnMut(&str)) -> Result<Self> {
        say("making an issuer: database, master key, signing key");
        let cli = Cli::new(&dir.join("issuer"))?;
        init(&cli, ISSUER)?;
        say("adding the pizza API and four applications: all but newcomer are subscribed to it");
        let api = artifacts::project_file("tests/sample/pizza.json");
        cli.run(&["admin", "api", "add", &api.to_string_lossy()])?;
        let storefront = application(&cli, "storefront", true)?;
        let widget = application(&cli, "widget", true)?;
        let office = application(&cli, "office", true)?;
        let newcomer = application(&cli, "newcomer", false)?;
        say("adding a user, for whom storefront may act");
        users::add(&cli, USER)?;
        say("minting tokens");
        let for_users = [&["--scope", "orders", "--scope", "menu"][..], &users::client_arguments()].concat();
        let production = generate(&cli, &storefront, "production", &for_users)?;
        let sandbox = generate(&cli, &storefront, "sandbox", &["--scope", "orders"])?;
        let bound = generate(&cli, &widget, "production", &["--scope", "orders", "--domain", DOMAIN])?;
        let office = generate(&cli, &office, "production", &["--scope", "orders", "--ip", "192.0.2.0/24"])?;
        let without_subscription = generate(&cli, &newcomer, "production", &["--scope", "orders"])?;
        let other_issuer = other_issuer(&dir.join("other-issuer"))?;
        let client = (text(&production, "consumer_key")?, text(&production, "consumer_secret")?);
        say("starting the issuer");
        let issuer = cli.serve("127.0.0.1:0")?;
        // Revoked first: the issuer answers again with a token that lives.
        let revoked = client_credentials(&issuer, &client, "orders")?;
        revoke(&issuer, &client, &revoked)?;
        let obtained = client_credentials(&issuer, &client, "orders")?;
        let without_scope = client_credentials(&issuer, &client, "menu")?;
        say("starting two upstreams, and two Envoys that follow the issuer");
        let upstreams = (Upstream::start("production")?, Upstream::start("sandbox")?);
        let behind = Behind { production: upstreams.0.address(), sandbox: upstreams.1.address(), issuer: issuer.address() };
        let production_gateway = gateway(envoy, &cli, &dir.join("production-gateway"), behind, Some("production"))?;
        let envoy = gateway(envoy, &cli, &dir.join("gateway"), behind, None)?;
        let metrics = envoy.listener("metrics").context("Envoy has no listener for metrics")?;
        let good = text(&production, "access_token")?;
        let remint = Remint::new(&good, &bundle(&cli)?)?;
        let tokens = Tokens {
            office: text(&office, "access_token")?,
            production: good,
            sandbox: text(&sandbox, "access_token")?,
            widget: text(&bound, "access_token")?,
            without_subscription: text(&without_subscription, "access_token")?,
            without_scope,
            revoked,
            obtained,
            other_issuer,
        };
        Ok(Self {
            refused_before: envoy.denials()?,
            envoy,
            production_gateway,
            remint,
            metrics,
            dir: dir.to_owned(),
            issuer,
            cli,
            production: upstreams.0,
            sandbox: upstreams.1,
            tokens,
            client,
            application: storefront,
        })
    }

    /// How many requests have reached an upstream.
    pub fn seen(&self) -> usize {
        self.production.seen() + self.sandbox.seen()
    }

    /// A request to the gateway.
    pub fn request(&self, method: &str, target: &str) -> Request {
        Request::new(method, target, &self.envoy.address().to_string())
    }
}

fn init(cli: &Cli, url: &str) -> Result<()> {
    cli.run(&["init", "--issuer", url, "--audience", "https://api.example"])?;
    // Production's gateway may know a public key of the sandbox, and can then say that a token is the sandbox's.
    let key = cli.run(&["admin", "key", "create", "--algorithm", "ES256", "--planned-for", "sandbox"])?;
    cli.run(&["admin", "key", "sign", &text(&key, "kid")?, "--key-type", "sandbox"])?;
    Ok(())
}

fn application(cli: &Cli, name: &str, subscribed: bool) -> Result<String> {
    let id = text(&cli.run(&["admin", "application", "create", name])?, "id")?;
    if subscribed {
        cli.run(&["admin", "subscription", "add", "--application", &id, "--api", API, "--tier", "gold"])?;
    }
    Ok(id)
}

fn generate(cli: &Cli, application: &str, key_type: &str, more: &[&str]) -> Result<Value> {
    let mut arguments = vec!["token", "generate", "--application", application, "--key-type", key_type];
    arguments.extend(more);
    cli.run(&arguments)
}

/// A good token, of an issuer that this gateway does not know.
fn other_issuer(dir: &Path) -> Result<String> {
    let cli = Cli::new(dir)?;
    init(&cli, "https://other.example")?;
    let id = application(&cli, "storefront", false)?;
    text(&generate(&cli, &id, "production", &[])?, "access_token")
}

/// What a gateway reaches.
#[derive(Debug, Clone, Copy)]
struct Behind {
    production: SocketAddr,
    sandbox: SocketAddr,
    issuer: SocketAddr,
}

/// Envoy on envoy/gateway.yaml, filled in by the issuer, with a plugin that follows the issuer.
fn gateway(binary: &Path, cli: &Cli, dir: &Path, behind: Behind, environment: Option<&str>) -> Result<Envoy> {
    fs::create_dir_all(dir)?;
    let name = dir.file_name().context("the gateway has no name")?.to_string_lossy();
    let key =
        text(&cli.run(&["admin", "edge-key", "create", &name, "--environment", environment.unwrap_or("both")])?, "edge_key")?;
    let mut sync = json!({"cluster": "issuer", "authority": "issuer.example", "key": key});
    if let (Some(environment), Some(sync)) = (environment, sync.as_object_mut()) {
        sync.insert("environment".into(), environment.into());
    }
    let settings = dir.join("settings.json");
    fs::write(&settings, json!({"sync": sync, "filter_state": true}).to_string())?;
    let template = artifacts::project_file("envoy/gateway.yaml");
    let file = dir.join("rendered.yaml");
    let values = [
        format!("WASM={}", artifacts::plugin()?.display()),
        "LISTEN_ADDRESS=127.0.0.1".into(),
        "LISTEN_PORT=0".into(),
        "METRICS_PORT=0".into(),
        format!("ADMIN_SOCKET={}", admin_socket(dir).display()),
        "PRODUCTION_HOST=127.0.0.1".into(),
        format!("PRODUCTION_PORT={}", behind.production.port()),
        "SANDBOX_HOST=127.0.0.1".into(),
        format!("SANDBOX_PORT={}", behind.sandbox.port()),
        "ISSUER_HOST=127.0.0.1".into(),
        format!("ISSUER_PORT={}", behind.issuer.port()),
    ];
    let (template, settings, out) = (template.to_string_lossy(), settings.to_string_lossy(), file.to_string_lossy());
    let mut arguments = vec!["admin", "envoy", "--template", &template, "--settings", &settings, "--out", &out];
    arguments.extend(values.iter().flat_map(|value| ["--set", value.as_str()]));
    cli.run(&arguments)?;
    let envoy = Envoy::start(binary, &fs::read_to_string(&file)?, dir, WORKERS)?;
    wait_for_bundle(&envoy)?;
    Ok(envoy)
}

/// Waits until every worker has its bundle. Each request comes to one of them by chance.
fn wait_for_bundle(envoy: &Envoy) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(30);
    let mut ready = 0;
    while ready < 10 * WORKERS {
        ensure!(Instant::now() < end, "the gateway does not get its bundle; its log is in `{}`", envoy.log().display());
        let refusal = Request::new("GET", ORDERS, "api.example").send(envoy.address())?;
        ready = if refusal.status == 503 { 0 } else { ready + 1 };
    }
    Ok(())
}

/// The bundle, as the issuer writes it.
fn bundle(cli: &Cli) -> Result<Value> {
    let file = cli.dir().join("bundle.json");
    cli.run(&["admin", "bundle", "--out", &file.to_string_lossy()])?;
    Ok(serde_json::from_slice(&fs::read(&file)?)?)
}
