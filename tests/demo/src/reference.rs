//! The reference deployment: TLS from clients to the gateway, from the gateway to the issuer, and from clients to the issuer.
//!
//! The issuer itself speaks plain HTTP, on 127.0.0.1, to the Envoy before it (envoy/issuer.yaml). The gateway (envoy/gateway-tls.yaml)
//! follows the issuer through that Envoy. All certificates are made at the start, and signed by one authority.

mod examples;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use postern_test_harness::artifacts;
use postern_test_harness::certificates::{Authority, ServerCertificate};
use postern_test_harness::curl::Curl;
use postern_test_harness::envoy::{Envoy, admin_socket};
use postern_test_harness::issuer::{Cli, Issuer, text};
use postern_test_harness::sample_api::ORDERS;
use postern_test_harness::template;
use postern_test_harness::upstream::Upstream;

use crate::demo::{application, generate};
use crate::gateway::{self, Behind, Gateway};
use postern_test_harness::free_port::free_port;

pub use examples::Example;

/// The name of both servers in their certificates and URLs.
const NAME: &str = "localhost";

/// The running parts.
#[derive(Debug)]
pub struct Reference {
    /// The gateway, with TLS.
    pub gateway: Envoy,
    /// The Envoy before the issuer, with TLS.
    pub issuer_proxy: Envoy,
    /// The issuer.
    pub issuer: Issuer,
    /// The issuer's command line.
    pub cli: Cli,
    /// The upstream of production tokens.
    pub production: Upstream,
    /// The upstream of sandbox tokens.
    pub sandbox: Upstream,
    /// The authority that signed the certificates of both servers.
    pub authority: Authority,
    /// The id of the application `storefront`.
    pub application: String,
    /// Its consumer key and consumer secret, for production.
    pub client: (String, String),
    /// A token of it.
    pub token: String,
    /// The folder with all files and logs.
    pub dir: PathBuf,
    binary: PathBuf,
    certificate: ServerCertificate,
}

impl Reference {
    /// Starts everything, with all files in `dir` and with the Envoy binary `binary`. Calls `progress` with a description of each step.
    pub fn start(binary: &Path, dir: &Path, progress: &mut dyn FnMut(&str)) -> Result<Self> {
        progress("making an authority, and a certificate for localhost");
        let authority = Authority::new(&dir.join("certificates"))?;
        let certificate = authority.sign("server", &[NAME, "127.0.0.1"])?;
        progress("creating an issuer that signs with ES256");
        // The issuer's URL has the port of the Envoy before it.
        let port = free_port()?;
        let cli = Cli::new(&dir.join("issuer"))?
            .with("POSTERN_TRUSTED_PROXIES", "127.0.0.1/32")
            .with("POSTERN_EDGE_LISTEN", "127.0.0.1:0");
        let url = format!("https://{NAME}:{port}");
        cli.run(&["init", "--issuer", &url, "--audience", "https://api.example", "--algorithm", "ES256"])?;
        cli.run(&["api", "create", &artifacts::project_file("tests/sample/pizza.json").to_string_lossy()])?;
        let application = application(&cli, "storefront", true)?;
        let minted = generate(&cli, &application, "production", &["--scope", "orders"])?;
        progress("starting the issuer, and the Envoy before it");
        let issuer = cli.serve("127.0.0.1:0")?;
        let issuer_proxy = issuer_proxy(binary, &dir.join("issuer-proxy"), &issuer, port, &certificate)?;
        progress("starting two upstreams, and the gateway that follows the issuer");
        let (production, sandbox) = (Upstream::start("production")?, Upstream::start("sandbox")?);
        let behind = Behind { production: production.address(), sandbox: sandbox.address(), issuer: issuer_proxy.address() };
        let values = tls_values(&certificate, authority.file(), NAME);
        let gateway = tls_gateway(binary, &cli, &dir.join("gateway"), behind, &values)?;
        let reference = Self {
            gateway,
            issuer_proxy,
            issuer,
            cli,
            production,
            sandbox,
            authority,
            application,
            client: (text(&minted, "consumer_key")?, text(&minted, "consumer_secret")?),
            token: text(&minted, "access_token")?,
            dir: dir.to_owned(),
            binary: binary.to_owned(),
            certificate,
        };
        let url = reference.gateway_url(ORDERS);
        let curl = reference.curl();
        gateway::wait_for_bundle(&reference.gateway, || Ok(curl.send(&url, &[])?.status))?;
        Ok(reference)
    }

    /// Starts a further gateway that trusts the authority in the file `authority`, and only a server with the name `name`. Does not wait
    /// for its bundle.
    pub fn another_gateway(&self, dir: &str, authority: &Path, name: &str) -> Result<Envoy> {
        let behind = Behind {
            production: self.production.address(),
            sandbox: self.sandbox.address(),
            issuer: self.issuer_proxy.address(),
        };
        let values = tls_values(&self.certificate, authority, name);
        tls_gateway(&self.binary, &self.cli, &self.dir.join(dir), behind, &values)
    }

    /// A URL of the gateway.
    pub fn gateway_url(&self, path: &str) -> String {
        url_of(&self.gateway, path)
    }

    /// A URL of the issuer.
    pub fn issuer_url(&self, path: &str) -> String {
        url_of(&self.issuer_proxy, path)
    }

    /// A client that trusts the authority.
    pub fn curl(&self) -> Curl {
        Curl::new(self.authority.file())
    }

    /// How many requests have reached an upstream.
    pub fn seen(&self) -> usize {
        self.production.seen() + self.sandbox.seen()
    }
}

/// A URL of an Envoy with TLS.
pub fn url_of(envoy: &Envoy, path: &str) -> String {
    format!("https://{NAME}:{}{path}", envoy.address().port())
}

/// Starts Envoy with envoy/issuer.yaml.
fn issuer_proxy(binary: &Path, dir: &Path, issuer: &Issuer, port: u16, certificate: &ServerCertificate) -> Result<Envoy> {
    fs::create_dir_all(dir)?;
    let edges = issuer.edge_address().context("the issuer has no listener for edges")?;
    let config = template::replace(&template::read("issuer.yaml")?, |name| {
        Ok(match name {
            "LISTEN_ADDRESS" | "ISSUER_HOST" => "127.0.0.1".to_owned(),
            "LISTEN_PORT" => port.to_string(),
            "TLS_CERTIFICATE" => certificate.chain.display().to_string(),
            "TLS_KEY" => certificate.key.display().to_string(),
            "METRICS_PORT" => "0".to_owned(),
            "ADMIN_SOCKET" => admin_socket(dir).display().to_string(),
            "ISSUER_PORT" => issuer.address().port().to_string(),
            "EDGE_PORT" => edges.port().to_string(),
            name => bail!("no value for the placeholder `${{{name}}}`"),
        })
    })?;
    Envoy::start_listener(binary, &config, dir, gateway::WORKERS, "issuer")
}

fn tls_gateway(binary: &Path, cli: &Cli, dir: &Path, behind: Behind, values: &[String]) -> Result<Envoy> {
    let authority = format!("{NAME}:{}", behind.issuer.port());
    let template = "gateway-tls.yaml";
    let gateway = Gateway { template, websockets: false, authority: &authority, environment: None, behind, port: 0, values };
    gateway::start(binary, cli, dir, gateway)
}

/// The values of the placeholders that only gateway-tls.yaml has.
fn tls_values(certificate: &ServerCertificate, authority: &Path, name: &str) -> Vec<String> {
    vec![
        format!("TLS_CERTIFICATE={}", certificate.chain.display()),
        format!("TLS_KEY={}", certificate.key.display()),
        format!("ISSUER_CA={}", authority.display()),
        format!("ISSUER_NAME={name}"),
    ]
}
