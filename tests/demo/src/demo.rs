//! The whole product: an issuer with a few applications, two gateways that follow the issuer, and two upstreams.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use postern_test_harness::artifacts;
use postern_test_harness::client::Request;
use postern_test_harness::envoy::Envoy;
use postern_test_harness::issuer::{Cli, Issuer, text};
use postern_test_harness::oauth_client::{client_credentials, revoke};
use postern_test_harness::sample_api::{API, ORDERS};
use postern_test_harness::upstream::Upstream;
use postern_test_harness::users;
use serde_json::Value;

use crate::gateway;
use crate::remint::Remint;
use postern_test_harness::free_port::free_port;

/// The issuer's URL, which is the claim `iss`.
pub const ISSUER: &str = "https://issuer.example";

/// A user, whose password is [`users::PASSWORD`].
pub const USER: &str = "alice@local";

/// The members, who sign in to the portal with the same password: name, role and account.
pub const MEMBERS: [(&str, &str, &str); 2] = [("ada", "administrator", "ada@local"), ("dora", "developer", "dora@local")];

/// The requests that the gateway allows each application in a minute, by tier (docs/rate-limits.md), for developers to read.
const LIMITS: [(&str, &str); 3] = [("gold", "1200"), ("silver", "300"), ("bronze", "60")];

/// The domain that the widget's token is bound to.
pub const DOMAIN: &str = "app.example.com";

/// The running parts, and tokens for requests to them.
#[derive(Debug)]
pub struct Demo {
    /// The gateway.
    pub envoy: Envoy,
    /// A second gateway, which serves only production.
    pub production_gateway: Envoy,
    /// Makes variants of the production token that the issuer would not mint; only for the story.
    remint: Option<Remint>,
    /// The gateway's refusals, by reason, until it had its first bundle.
    pub refused_before: BTreeMap<String, u64>,
    /// The address at which the gateway serves `/metrics`.
    pub metrics: SocketAddr,
    /// The folder with all files and logs.
    pub dir: PathBuf,
    /// The issuer.
    pub issuer: Issuer,
    /// The issuer's command line.
    pub cli: Cli,
    /// The upstream of production tokens.
    pub production: Upstream,
    /// The upstream of sandbox tokens.
    pub sandbox: Upstream,
    /// The tokens.
    pub tokens: Tokens,
    /// The consumer key and the consumer secret of the application `storefront`, for production.
    pub client: (String, String),
    /// The application's id.
    pub application: String,
}

/// One token for each case of the story.
#[derive(Debug)]
#[allow(missing_docs, reason = "the names say what each is; `Demo::start` shows how each is made")]
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
    /// Starts everything for the story and for tests, with all files in `dir` and with the Envoy binary `envoy`. Calls `progress` with a
    /// description of each step.
    pub fn start(envoy: &Path, dir: &Path, progress: &mut dyn FnMut(&str)) -> Result<Self> {
        // Some steps need tokens that the issuer would never mint: with HS256 the bundle holds the key that signs them.
        Self::start_with(envoy, dir, progress, &Setup { url: ISSUER, listen: "127.0.0.1:0", algorithm: "HS256", gateway_port: 0 })
    }

    /// Starts everything for a person: the issuer signs with its default algorithm, and its pages work in a browser on this machine,
    /// because its URL is its address.
    pub fn start_to_try(envoy: &Path, dir: &Path, progress: &mut dyn FnMut(&str)) -> Result<Self> {
        let port = free_port()?;
        let (url, listen) = (format!("http://localhost:{port}"), format!("127.0.0.1:{port}"));
        Self::start_with(
            envoy,
            dir,
            progress,
            &Setup { url: &url, listen: &listen, algorithm: "ES256", gateway_port: free_port()? },
        )
    }

    fn start_with(envoy: &Path, dir: &Path, progress: &mut dyn FnMut(&str), setup: &Setup<'_>) -> Result<Self> {
        progress(&format!("creating an issuer that signs with {}: database, master key, signing keys", setup.algorithm));
        let cli = Cli::new(&dir.join("issuer"))?;
        init(&cli, setup.url, setup.algorithm)?;
        progress("adding the pizza API and four applications: all but newcomer are subscribed to it");
        let api = artifacts::project_file("tests/sample/pizza.json");
        cli.run(&["api", "create", &api.to_string_lossy()])?;
        for (tier, requests) in LIMITS {
            cli.run(&["tier", "change", tier, "--requests", requests, "--per", "1m"])?;
        }
        // No resource requires this scope, so it is declared: a token with it alone lacks the scope that the resources require.
        cli.run(&["admin", "scope", "create", "menu"])?;
        let storefront = application(&cli, "storefront", true)?;
        let widget = application(&cli, "widget", true)?;
        let office = application(&cli, "office", true)?;
        let newcomer = application(&cli, "newcomer", false)?;
        progress("adding the user alice@local, for whom storefront may act, and two members");
        users::add(&cli, USER)?;
        for (name, role, account) in MEMBERS {
            users::add(&cli, account)?;
            cli.run(&["admin", "member", "create", name, "--role", role, "--account", account])?;
        }
        progress("minting tokens");
        let for_users = [&["--scope", "orders", "--scope", "menu"][..], &users::client_arguments()].concat();
        let production = generate(&cli, &storefront, "production", &for_users)?;
        let sandbox = generate(&cli, &storefront, "sandbox", &["--scope", "orders"])?;
        let bound = generate(&cli, &widget, "production", &["--scope", "orders", "--domain", DOMAIN])?;
        let office = generate(&cli, &office, "production", &["--scope", "orders", "--ip", "192.0.2.0/24"])?;
        let without_subscription = generate(&cli, &newcomer, "production", &["--scope", "orders"])?;
        let other_issuer = other_issuer(&dir.join("other-issuer"))?;
        let client = (text(&production, "consumer_key")?, text(&production, "consumer_secret")?);
        progress("starting the issuer");
        let cli = match setup.gateway_port {
            0 => cli,
            port => cli.with("POSTERN_PORTAL_GATEWAY", format!("http://127.0.0.1:{port}")),
        };
        let issuer = cli.serve(setup.listen)?;
        // Revoked first, because the issuer would return the same token again while it is live.
        let revoked = client_credentials(&issuer, &client, "orders")?;
        revoke(&issuer, &client, &revoked)?;
        let obtained = client_credentials(&issuer, &client, "orders")?;
        let without_scope = client_credentials(&issuer, &client, "menu")?;
        progress("starting two upstreams, and two Envoys that follow the issuer");
        let upstreams = (Upstream::start("production")?, Upstream::start("sandbox")?);
        let behind =
            gateway::Behind { production: upstreams.0.address(), sandbox: upstreams.1.address(), issuer: issuer.address() };
        let production_gateway = gateway(envoy, &cli, &dir.join("production-gateway"), behind, (Some("production"), 0))?;
        let envoy = gateway(envoy, &cli, &dir.join("gateway"), behind, (None, setup.gateway_port))?;
        let metrics = envoy.listener("metrics").context("Envoy has no listener for metrics")?;
        let good = text(&production, "access_token")?;
        let remint = if setup.algorithm == "HS256" { Some(Remint::new(&good, &bundle(&cli)?)?) } else { None };
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

    /// Makes variants of the production token that the issuer would not mint.
    pub fn remint(&self) -> Result<&Remint> {
        self.remint.as_ref().context("the signing key of this demo is not in the bundle")
    }

    /// A request to the gateway.
    pub fn request(&self, method: &str, target: &str) -> Request {
        Request::new(method, target, &self.envoy.address().to_string())
    }
}

/// How the issuer is set up.
struct Setup<'a> {
    /// The issuer's URL.
    url: &'a str,
    listen: &'a str,
    algorithm: &'a str,
    /// The port of the gateway, which the portal then shows; 0 for any.
    gateway_port: u16,
}

fn init(cli: &Cli, url: &str, algorithm: &str) -> Result<()> {
    cli.run(&["init", "--issuer", url, "--audience", "https://api.example", "--algorithm", algorithm])?;
    if algorithm == "ES256" {
        return Ok(());
    }
    // Production's gateway may know a public key of the sandbox, and can then say that a token is the sandbox's.
    let key = cli.run(&["admin", "signing-key", "create", "--algorithm", "ES256", "--planned-for", "sandbox"])?;
    cli.run(&["admin", "signing-key", "sign", &text(&key, "kid")?, "--key-type", "sandbox"])?;
    Ok(())
}

pub(crate) fn application(cli: &Cli, name: &str, subscribed: bool) -> Result<String> {
    let id = text(&cli.run(&["application", "create", name])?, "id")?;
    if subscribed {
        cli.run(&["subscription", "create", "--application", &id, "--api", API, "--tier", "gold"])?;
    }
    Ok(id)
}

pub(crate) fn generate(cli: &Cli, application: &str, key_type: &str, more: &[&str]) -> Result<Value> {
    let mut arguments = vec!["token", "create", "--application", application, "--key-type", key_type];
    arguments.extend(more);
    cli.run(&arguments)
}

/// A valid token of an issuer that the gateways do not know.
fn other_issuer(dir: &Path) -> Result<String> {
    let cli = Cli::new(dir)?;
    init(&cli, "https://other.example", "ES256")?;
    let id = application(&cli, "storefront", false)?;
    text(&generate(&cli, &id, "production", &[])?, "access_token")
}

/// Starts a gateway at a port (0 for any) with envoy/gateway.yaml, which then allows a WebSocket for the orders, and waits until it has its bundle.
fn gateway(
    binary: &Path,
    cli: &Cli,
    dir: &Path,
    behind: gateway::Behind,
    (environment, port): (Option<&str>, u16),
) -> Result<Envoy> {
    let (template, authority) = ("gateway.yaml", "issuer.example");
    let gateway = gateway::Gateway { template, websockets: true, authority, environment, behind, port, values: &[] };
    let envoy = gateway::start(binary, cli, dir, gateway)?;
    gateway::wait_for_bundle(&envoy, || Ok(Request::new("GET", ORDERS, "api.example").send(envoy.address())?.status))?;
    Ok(envoy)
}

/// The bundle that `postern admin bundle` writes.
fn bundle(cli: &Cli) -> Result<Value> {
    let file = cli.dir().join("bundle.json");
    cli.run(&["admin", "bundle", "--out", &file.to_string_lossy()])?;
    Ok(serde_json::from_slice(&fs::read(&file)?)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn the_tiers_say_what_the_gateway_enforces() {
        let gateway = fs::read_to_string(artifacts::project_file("envoy/gateway.yaml")).unwrap();
        for (tier, requests) in LIMITS {
            let (_, descriptor) = gateway.split_once(&format!("value: {tier} }}")).unwrap();
            let bucket = descriptor.lines().nth(1).unwrap();
            assert!(
                bucket.contains(&format!("max_tokens: {requests},")) && bucket.contains("fill_interval: 60s"),
                "{tier}: {bucket}"
            );
        }
    }
}
