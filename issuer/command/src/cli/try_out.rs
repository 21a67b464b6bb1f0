//! `postern try`: an issuer for trying, with everything that a first call needs, in an empty folder.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use anyhow::{Context as _, bail};
use clap::Args;
use postern_model::{Audience, Issuer};
use postern_secrets::{SystemEntropy, random_name};
use postern_token::Algorithm;
use serde::Serialize;
use serde_json::{Value, json};

use super::arguments::listening_address;
use super::context::{CommandContext, GlobalFlags};
use super::init::Init;
use super::management::{Call, Management, text};
use super::output::{self, Format};
use super::serve;

/// The configuration file. Every file is written with mode 0600, because most hold secrets.
const CONFIGURATION: &str = "postern.toml";

const AUDIENCE: &str = "https://api.example";

/// The account of the portal.
const USER: &str = "admin@local";

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  mkdir postern-try && cd postern-try && postern try")]
pub(super) struct Try {
    /// Address to listen on; port 0 selects a free port
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = listening_address, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Public URL of the issuer (claim `iss`) [default: the address on which it listens]
    #[arg(long, value_name = "URL")]
    issuer: Option<Issuer>,
    /// Create everything, but do not start the issuer
    #[arg(long)]
    no_serve: bool,
}

/// What was created. The secrets are only for this trial.
#[derive(Serialize)]
struct Trial {
    url: String,
    portal: String,
    user: &'static str,
    password: String,
    application: String,
    consumer_key: String,
    consumer_secret: String,
    access_token: String,
    /// Commands to paste, the first call first.
    commands: Vec<TrialCommand>,
}

#[derive(Serialize)]
struct TrialCommand {
    purpose: &'static str,
    command: String,
}

impl Try {
    pub(super) fn run(self, flags: GlobalFlags) -> anyhow::Result<()> {
        if flags.names_an_issuer() {
            bail!("this command creates its own database: leave out --config, --database, --master-key-file and --server");
        }
        require_empty_folder()?;
        let listen = self.free_address()?;
        let url = format!("http://{listen}");
        let file = format!(
            "# Written by `postern try`. docs/configuring.md describes every key.\n\
             database = \"postern.db\"\nmaster_key_file = \"master.key\"\nlisten = \"{listen}\"\nlog = \"warn\"\n"
        );
        output::write_private(Some(Path::new(CONFIGURATION)), file.as_bytes())?;
        let flags = flags.of_trial(CONFIGURATION, "postern.db", "master.key");
        let context = CommandContext::load(flags, vec![("listen", Some(listen.to_string().into()))])?;
        let issuer = self.issuer.map_or_else(|| url.parse(), Ok)?;
        let init = Init::new(issuer, AUDIENCE.parse::<Audience>()?, Algorithm::Es256);
        init.create(&context)?;
        let trial = fill(&context.management_with_keys()?, url)?;
        match context.printer.format() {
            Format::Table => output::write_to_stdout(trial.to_text().as_bytes())?,
            _ => context.printer.print(&trial)?,
        }
        if self.no_serve { Ok(()) } else { serve::run(&context) }
    }

    /// The address to listen on, which must be free before anything is created.
    fn free_address(&self) -> anyhow::Result<SocketAddr> {
        let words = || format!("cannot listen on `{}`: choose another address with --listen", self.listen);
        TcpListener::bind(self.listen).and_then(|listener| listener.local_addr()).with_context(words)
    }
}

fn require_empty_folder() -> anyhow::Result<()> {
    let mut entries = fs::read_dir(".").context("cannot read the current folder")?;
    if entries.next().is_some() {
        bail!("the current folder is not empty: create a new one, as in `mkdir postern-try && cd postern-try && postern try`");
    }
    Ok(())
}

/// Creates an API at a tier, an application with a token, an edge key, and an account for the portal.
fn fill(management: &Management, url: String) -> anyhow::Result<Trial> {
    let create = |path: &[&str], body: Value| management.send(&Call::create(path).json(&body))?.json();
    create(&["tiers"], json!({ "name": "trial", "description": "For trying", "limit": { "requests": 60, "seconds": 60 } }))?;
    let resources = json!([
        { "path": "/menu", "methods": ["GET"], "auth": "none" },
        { "path": "/orders/*", "methods": ["GET", "POST"], "scopes": ["orders"] },
    ]);
    create(&["apis"], json!({ "name": "pizza", "version": "1.0.0", "context": "/pizza/1.0.0", "resources": resources }))?;
    let application = create(&["applications"], json!({ "name": "storefront" }))?;
    let application = text(&application, "id")?.to_owned();
    create(&["applications", &application, "subscriptions"], json!({ "api": "pizza/1.0.0", "tier": "trial" }))?;
    let minted = create(&["applications", &application, "keys", "production"], json!({ "scope": "orders" }))?;
    let edge_key = create(&["edge-keys"], json!({ "name": "trial", "environment": "production" }))?;
    let bundle_keys = management.all(|| Call::get(&["bundle-keys"]))?;
    let bundle = management.send(&Call::get(&["bundle"]).query("environment", Some("production")))?;
    let password = random_name(&SystemEntropy, 20)?;
    let (user, store) = USER.split_once('@').unwrap_or((USER, ""));
    create(&["user-stores", store, "users"], json!({ "name": user, "password": password }))?;
    create(&["members"], json!({ "name": user, "role": "administrator", "account": USER }))?;
    for (file, content) in [
        ("token.json", minted.to_string()),
        ("edge-key.json", edge_key.to_string()),
        ("bundle-keys.json", json!({ "bundle_keys": bundle_keys }).to_string()),
        ("sign-in.json", json!({ "user": USER, "password": password }).to_string()),
    ] {
        output::write_private(Some(Path::new(file)), format!("{content}\n").as_bytes())?;
    }
    output::write_private(Some(Path::new("bundle.json")), &bundle.line())?;
    let field = |name: &str| text(&minted, name).map(str::to_owned);
    let (consumer_key, consumer_secret, access_token) =
        (field("consumer_key")?, field("consumer_secret")?, field("access_token")?);
    let commands = commands(&url, &format!("{consumer_key}:{consumer_secret}"), &access_token);
    let portal = format!("{url}/portal");
    Ok(Trial { url, portal, user: USER, password, application, consumer_key, consumer_secret, access_token, commands })
}

fn commands(url: &str, client: &str, token: &str) -> Vec<TrialCommand> {
    let request = json!({
        "method": "GET", "path": "/pizza/1.0.0/orders/1",
        "headers": [["host", "api.example"], ["authorization", format!("Bearer {token}")]],
    });
    vec![
        TrialCommand {
            purpose: "Ask the issuer about the token",
            command: format!("curl -s -u {client} -d token={token} {url}/oauth2/introspect"),
        },
        TrialCommand {
            purpose: "Get another token, as an application does",
            command: format!("curl -s -u {client} -d grant_type=client_credentials -d scope=orders {url}/oauth2/token"),
        },
        TrialCommand {
            purpose: "See how a gateway decides a request with the token, and why",
            command: format!("echo '{request}' | postern explain --bundle bundle.json --steps"),
        },
        TrialCommand {
            purpose: "List the tokens",
            command: "postern --config postern.toml token list --application storefront".to_owned(),
        },
    ]
}

impl Trial {
    fn to_text(&self) -> String {
        let commands = self.commands.iter().map(|TrialCommand { purpose, command }| format!("\n# {purpose}\n{command}\n"));
        let Self { access_token, portal, user, password, .. } = self;
        format!(
            "Created in this folder: a database, an API, a tier, an application and a token.\n\n\
             The application's token, for one hour:\n  {access_token}\n\n\
             In another terminal, in this folder:\n{}\n\
             The portal: {portal}\n  user {user}, password {password}\n\n\
             Start the issuer again with `postern serve --config postern.toml`. The files hold secrets, and the master key lies\n\
             beside the database: do not use this folder in production.\n\n",
            commands.collect::<String>()
        )
    }
}
