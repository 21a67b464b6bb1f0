//! An issuer that edges follow through a proxy that can inject faults.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::artifacts;
use crate::faults::Faults;
use crate::issuer::{Cli, Issuer, text};
use crate::sample_api::API;

/// How long after the issuer's last confirmation the bundle becomes stale, in the tests that wait for that.
pub const MAX_STALENESS: Duration = Duration::from_secs(5);

/// An issuer with an application that is subscribed to the pizza API, and what an edge needs to follow it.
#[derive(Debug)]
pub struct FollowedIssuer {
    /// The issuer's command line.
    pub cli: Cli,
    /// The issuer; `None` while it is down.
    pub issuer: Option<Issuer>,
    /// The proxy between edges and the issuer.
    pub faults: Faults,
    /// The id of the application.
    pub application: String,
    /// The consumer key and the consumer secret of the application's production key set.
    pub client: (String, String),
    /// The edge key.
    pub edge_key: String,
    /// The public halves of the keys that sign the issuer's bundles.
    pub bundle_keys: Value,
    minted: AtomicUsize,
}

impl FollowedIssuer {
    /// Starts an issuer with its files in `dir`, that has this URL and listens there or elsewhere.
    pub fn start(dir: &Path, (url, listen): (&str, &str)) -> Result<Self> {
        let cli = Cli::new(dir)?;
        cli.run(&["init", "--issuer", url, "--audience", "https://api.example"])?;
        cli.run(&["api", "create", &artifacts::project_file("tests/sample/pizza.json").to_string_lossy()])?;
        let application = text(&cli.run(&["application", "create", "storefront"])?, "id")?;
        cli.run(&["subscription", "create", "--application", &application, "--api", API, "--tier", "gold"])?;
        let keys =
            cli.run(&["token", "create", "--application", &application, "--key-type", "production", "--scope", "orders"])?;
        let client = (text(&keys, "consumer_key")?, text(&keys, "consumer_secret")?);
        let edge_key = text(&cli.run(&["admin", "edge-key", "create", "gateway", "--environment", "both"])?, "edge_key")?;
        let bundle_keys = bundle_keys(&cli)?;
        let issuer = cli.serve(listen)?;
        let faults = Faults::start(issuer.address())?;
        let minted = AtomicUsize::default();
        Ok(Self { cli, issuer: Some(issuer), faults, application, client, edge_key, bundle_keys, minted })
    }

    /// Obtains a new token for the application. Each has a longer validity than the previous one, because for an equal request the issuer
    /// would return the live token again.
    pub fn mint(&self) -> Result<String> {
        let validity = 3600 + self.minted.fetch_add(1, Ordering::Relaxed);
        let issuer = self.issuer.as_ref().context("the issuer is down")?;
        crate::oauth_client::grant(issuer, &self.client, &format!("&scope=orders&validity_period={validity}"))
    }

    /// Starts the issuer again, on another port.
    pub fn start_issuer(&mut self) -> Result<()> {
        let issuer = self.cli.serve("127.0.0.1:0")?;
        self.faults.forward_to(issuer.address());
        self.issuer = Some(issuer);
        Ok(())
    }

    /// Revokes a token, and returns the time of the issuer's response.
    pub fn revoke(&self, token: &str) -> Result<Instant> {
        crate::oauth_client::revoke(self.issuer.as_ref().context("the issuer is down")?, &self.client, token)?;
        Ok(Instant::now())
    }
}

/// The public halves of the keys that sign the issuer's bundles.
fn bundle_keys(cli: &Cli) -> Result<Value> {
    let listed = cli.run(&["admin", "bundle-key", "list"])?;
    let keys = listed.get("bundle_keys").and_then(Value::as_array).context("no bundle keys")?;
    Ok(keys.iter().filter_map(|key| key.get("jwk").cloned()).collect())
}
