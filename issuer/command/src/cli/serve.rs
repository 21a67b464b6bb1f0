//! `postern serve`

use std::io;
use std::net::SocketAddr;
use std::num::{NonZeroU32, NonZeroUsize};

use anyhow::Context as _;
use clap::Args;
use postern_configuration::{Catalogue, Configuration, EventOutput, Limits, LogFormat};
use postern_directories::password;
use postern_http::Listeners;
use postern_model::Actor;
use postern_operations::{self as operations, Bounds, GuessLimits, Instance, Keyring};
use postern_secrets::SystemClock;
use postern_secrets::SystemEntropy;
use postern_service::{ExplainPage, Output, PortalOptions, PruneOptions, ServeOptions, Service};
use postern_storage::Storage;
use serde::Serialize;
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::arguments::listening_address;
use super::context::{CommandContext, FlagValue};
use super::file_modes;
use super::output::Printer;

/// The number of operations that run at once. The database has one writer at a time, so more operations would only wait.
const MAX_BLOCKING_THREADS: usize = 64;

/// How many new connections may wait to be accepted. A short queue overflows in a burst, and a client whose connection was dropped tries
/// again only after a second. The kernel may have a lower limit (on Linux `net.core.somaxconn`).
const BACKLOG: u32 = 4096;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  postern serve\n  postern serve --listen 0.0.0.0:8080 --config /etc/postern/postern.toml")]
pub(super) struct Serve {
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        value_parser = listening_address,
        help = "Address to listen on; port 0 selects a free port [env: POSTERN_LISTEN] [default: 127.0.0.1:8080]"
    )]
    listen: Option<SocketAddr>,
    #[arg(
        long,
        value_name = "FORMAT",
        value_parser = ["text", "json"],
        help = "Format of the log on standard error [env: POSTERN_LOG_FORMAT] [default: text]"
    )]
    log_format: Option<String>,
}

#[derive(Serialize)]
#[allow(clippy::struct_field_names, reason = "the fields are JSON names")]
struct Listening {
    listening: SocketAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    edges: Option<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<SocketAddr>,
}

impl Serve {
    /// The configuration keys that flags set.
    pub(super) fn flags(&self) -> Vec<FlagValue> {
        let listen = self.listen.map(|listen| listen.to_string().into());
        vec![("listen", listen), ("log_format", self.log_format.clone().map(Into::into))]
    }
}

/// Serves until a signal stops it.
pub(super) fn run(context: &CommandContext) -> anyhow::Result<()> {
    context.require_local()?;
    let configuration = &context.configuration;
    start_log(configuration)?;
    for warning in &context.warnings {
        tracing::warn!(%warning, "warning about the configuration");
    }
    for warning in file_modes::warnings(configuration) {
        tracing::warn!(warning, "other users can read a secret");
    }
    reserve_password_memory(configuration)?;
    let storage = Storage::open_and_migrate(&context.location()?)?;
    // Held until the process ends.
    let _serving = storage.begin_serving()?;
    // A database that was just migrated has no status list. Edges must know a list before tokens use it.
    let keyring = Keyring::new(context.master_key()?);
    let instance = Instance::for_server(storage, keyring, Box::new(SystemClock), Box::new(SystemEntropy));
    let instance = instance.with_user_stores(context.user_stores()?)?.with_bounds(bounds(configuration));
    operations::apply_pending_revocations(&instance.act(Actor::Issuer))?;
    operations::create_status_list_if_needed(&instance.act(Actor::Issuer))?;
    let mut service = Service::new(instance, options(configuration)?, Box::new(SystemEntropy))?;
    if configuration.event_output == EventOutput::Stdout {
        service = service.with_output(Output::to(io::stdout()));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(MAX_BLOCKING_THREADS)
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(serve(configuration, service, context.printer))
}

/// Allocates the memory of sign-ins before anything else can take it.
fn reserve_password_memory(configuration: &Configuration) -> anyhow::Result<()> {
    let passwords = configuration.limits.concurrent_passwords.and_then(|number| NonZeroUsize::try_from(number).ok());
    let passwords = passwords.unwrap_or_else(password::default_concurrency);
    password::reserve_work_memory(passwords).with_context(|| {
        format!(
            "cannot reserve {passwords} times 19 MiB to hash passwords: allow more memory, or set `limits.concurrent_passwords`"
        )
    })
}

async fn serve(configuration: &Configuration, service: Service, printer: Printer) -> anyhow::Result<()> {
    let listeners = Listeners {
        clients: bind(configuration.listen)?,
        edges: configuration.edge_listen.map(bind).transpose()?,
        metrics: configuration.metrics_listen.map(bind).transpose()?,
    };
    // Handlers come before the line that says that the issuer serves, because a signal may follow that line at once.
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for signals")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for signals")?;
    let listening = Listening {
        listening: listeners.clients.local_addr()?,
        edges: listeners.edges.as_ref().map(TcpListener::local_addr).transpose()?,
        metrics: listeners.metrics.as_ref().map(TcpListener::local_addr).transpose()?,
    };
    printer.print(&listening)?;
    tracing::info!(listening = %listening.listening, "serving");
    postern_http::serve(listeners, service, stop_signal(&mut interrupt, &mut terminate)).await;
    tracing::info!("stopped");
    Ok(())
}

fn bind(listen: SocketAddr) -> anyhow::Result<TcpListener> {
    let bound = if listen.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.and_then(|socket| {
        // As `TcpListener::bind` does, so that a restart can listen at once.
        socket.set_reuseaddr(true)?;
        socket.bind(listen)?;
        socket.listen(BACKLOG)
    });
    bound.with_context(|| format!("cannot listen on `{listen}`"))
}

fn options(configuration: &Configuration) -> anyhow::Result<ServeOptions> {
    let Configuration { limits, housekeeping, .. } = configuration;
    let default = ServeOptions::default();
    let explain_page = configuration.explain_page.as_deref().map(ExplainPage::read).transpose();
    Ok(ServeOptions {
        prune: PruneOptions {
            interval: housekeeping.interval,
            expired_token_retention: housekeeping.keep_expired_tokens,
            audit_retention: housekeeping.audit_retention,
            event_retention: housekeeping.keep_events,
        },
        failures_per_minute: limits.token_failures_per_minute.map_or(u32::MAX, NonZeroU32::get),
        guesses: GuessLimits {
            per_minute: limits.sign_in_failures_per_minute.map_or(u32::MAX, NonZeroU32::get),
            per_account: limits.account_failures,
        },
        requests_per_second: limits.requests_per_second.map(NonZeroU32::get),
        anonymous_requests_per_minute: limits.anonymous_requests_per_minute.map(NonZeroU32::get),
        connections: limits.connections.map(NonZeroU32::get),
        body_bytes: usize::try_from(limits.body_bytes).unwrap_or(default.body_bytes),
        body_memory: usize::try_from(limits.body_memory).unwrap_or(default.body_memory),
        shutdown_grace: configuration.shutdown_grace,
        trusted_proxies: configuration.trusted_proxies.clone(),
        access_log_clients: configuration.access_log_clients,
        explain_page: explain_page.context("cannot read the page that explains a decision (`explain_page`)")?,
        portal: PortalOptions {
            gateway: configuration.portal.gateway.clone(),
            is_catalogue_public: configuration.portal.catalogue == Catalogue::Public,
        },
    })
}

fn bounds(configuration: &Configuration) -> Bounds {
    let Limits { pending_device_codes, live_tokens, tokens_per_hour, .. } = configuration.limits;
    let number = |limit: Option<NonZeroU32>| limit.map_or(0, NonZeroU32::get);
    Bounds { device_codes: number(pending_device_codes), tokens: number(live_tokens), tokens_per_hour: number(tokens_per_hour) }
}

fn start_log(configuration: &Configuration) -> anyhow::Result<()> {
    let mut filter = EnvFilter::try_new(&configuration.log).context("`log` is not a log filter such as `info`")?;
    // At its finest level, the HTTP client logs what identity providers answer, and that holds tokens.
    for directive in ["ureq=warn", "ureq_proto=warn"] {
        filter = filter.add_directive(directive.parse()?);
    }
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match configuration.log_format {
        LogFormat::Text => log.with_ansi(false).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

async fn stop_signal(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping");
}
