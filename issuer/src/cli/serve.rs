//! `postern serve`

use std::env;
use std::io;
use std::net::SocketAddr;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use postern_issuer::catalogue::Actor;
use postern_issuer::clock::SystemClock;
use postern_issuer::entropy::SystemEntropy;
use postern_issuer::http::{self, Service};
use postern_issuer::operations::{self, Instance, Keyring};
use postern_issuer::storage::Storage;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::{Common, output};

/// The variable that says what is logged.
const LOG_VARIABLE: &str = "POSTERN_LOG";

/// How many operations run at once. The database takes one writer at a time, so more would only wait.
const MAX_BLOCKING_THREADS: usize = 64;

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, env = "POSTERN_LISTEN", value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// How log lines on standard error are written
    #[arg(long, env = "POSTERN_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

#[derive(Serialize)]
struct Listening {
    listening: SocketAddr,
}

impl Serve {
    pub(super) fn run(&self, common: &Common) -> anyhow::Result<()> {
        self.start_log()?;
        let storage = Storage::open_and_migrate(&common.database)?;
        // A database that was just migrated has none, and edges must hear of a list before there are tokens in it.
        let keyring = Keyring::new(common.master_key()?);
        let instance = Instance::serving(storage, keyring, Box::new(SystemClock), Box::new(SystemEntropy));
        operations::begin_status_list(&instance.act(Actor::Issuer))?;
        let service = Service::new(instance)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .max_blocking_threads(MAX_BLOCKING_THREADS)
            .build()
            .context("cannot start the runtime")?;
        runtime.block_on(self.serve(service))
    }

    async fn serve(&self, service: Service) -> anyhow::Result<()> {
        let listen = self.listen;
        let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on `{listen}`"))?;
        // Before anybody is told that the issuer serves: from then on it may be told to stop.
        let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for signals")?;
        let mut terminate = signal(SignalKind::terminate()).context("cannot listen for signals")?;
        let listening = listener.local_addr().context("cannot tell the address that is listened on")?;
        output::print(&Listening { listening })?;
        tracing::info!(%listening, "serving");
        http::serve(listener, service, told_to_stop(&mut interrupt, &mut terminate)).await;
        tracing::info!("stopped");
        Ok(())
    }

    fn start_log(&self) -> anyhow::Result<()> {
        let wanted = env::var(LOG_VARIABLE).unwrap_or_default();
        let wanted = if wanted.is_empty() { "info" } else { &wanted };
        let filter = EnvFilter::try_new(wanted).with_context(|| format!("`{LOG_VARIABLE}` is not a filter, such as `info`"))?;
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
        match self.log_format {
            LogFormat::Text => log.with_ansi(false).init(),
            LogFormat::Json => log.json().init(),
        }
        Ok(())
    }
}

async fn told_to_stop(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping");
}
