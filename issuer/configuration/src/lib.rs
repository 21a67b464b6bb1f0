//! The issuer's configuration: one TOML file, environment variables and command-line flags. Later ones override earlier ones.
//! `docs/configuring.md` describes each key.
//!
//! All problems are reported at once. Each names its key and the place where the key was set. A value is never quoted: it may be a
//! secret in the wrong place.

#![forbid(unsafe_code)]

mod database;
mod database_text;
mod file;
mod key;
mod password_file;
mod portal;
mod problem;
mod reader;
mod secret_file;
mod sources;
mod user_stores;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use postern_time::format_duration;
use postern_token::AddressBlock;
use tracing_subscriber::EnvFilter;

pub use database::{Database, Postgres};
pub use key::{KEYS, Key};
pub use portal::{Catalogue, Portal};
pub use problem::{ConfigurationErrors, ConfigurationProblem, Source, Warning};
pub use reader::Effective;
pub use secret_file::SecretFile;
pub use user_stores::{ShownUserStore, UserStoreKind, UserStoreSettings};

use key::{
    ACCESS_LOG_CLIENTS, ACCOUNT_FAILURES, ANONYMOUS_REQUESTS, AUDIT_RETENTION, BODY_BYTES, BODY_MEMORY, CONCURRENT_PASSWORDS,
    CONFIG_VARIABLE, CONNECTIONS, EDGE_LISTEN, EVENT_OUTPUT, EXPLAIN_PAGE, INTERVAL, KEEP_EVENTS, KEEP_EXPIRED_TOKENS, LISTEN,
    LIVE_TOKENS, LOG, LOG_FORMAT, MASTER_KEY_FILE, MASTER_KEY_VARIABLE, METRICS_LISTEN, PENDING_DEVICE_CODES,
    PREVIOUS_MASTER_KEY_FILE, REQUESTS, SHUTDOWN_GRACE, SIGN_IN_FAILURES, TOKEN_FAILURES, TOKENS_PER_HOUR, TRUSTED_PROXIES,
};
use postern_secrets::MasterKey;
use reader::{Findings, Reader};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_hours(24);

/// The effective configuration, checked.
#[derive(Debug)]
pub struct Configuration {
    /// The main database.
    pub database: Database,
    /// The master key or its file; `None` if neither is set, which is enough for commands that need no master key.
    pub master_key: Option<MasterKeySource>,
    /// The file of the old master key, while the master key is changed.
    pub previous_master_key_file: Option<PathBuf>,
    /// The address of the main listener; port 0 selects a free port.
    pub listen: SocketAddr,
    /// The address of a listener only for edges, so that clients cannot use up its connections.
    pub edge_listen: Option<SocketAddr>,
    /// The address of a listener only for metrics and health.
    pub metrics_listen: Option<SocketAddr>,
    /// The log filter, in the syntax of `tracing_subscriber::EnvFilter`.
    pub log: String,
    /// The format of the log.
    pub log_format: LogFormat,
    /// Whether the access log names the client's address and user agent.
    pub access_log_clients: bool,
    /// Where audit entries and refused attempts are written as JSON lines, beside the database.
    pub event_output: EventOutput,
    /// The folder of the page that explains a decision, from the npm package; `None` serves no such page.
    pub explain_page: Option<PathBuf>,
    /// What the portal shows.
    pub portal: Portal,
    /// The proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<AddressBlock>,
    /// How long running requests may take when the server stops.
    pub shutdown_grace: Duration,
    /// Limits for clients.
    pub limits: Limits,
    /// When old records are pruned.
    pub housekeeping: Housekeeping,
    /// The user stores: at least one. The first is the default.
    pub user_stores: Vec<UserStoreSettings>,
    /// The files in which passwords were found.
    pub password_files: Vec<SecretFile>,
    /// The effective value of each key without secrets, in the order of [`KEYS`].
    pub effective: Vec<Effective>,
}

/// The master key or its file.
#[derive(Debug)]
pub enum MasterKeySource {
    /// The master key itself, from the environment.
    Given(MasterKey),
    /// The file of the master key, which `postern init` creates.
    File(PathBuf),
}

/// The format of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text for people.
    Text,
    /// One JSON object on each line.
    Json,
}

/// Where audit entries and refused attempts are written as JSON lines, beside the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventOutput {
    /// Nowhere.
    None,
    /// To the standard output of the process.
    Stdout,
}

/// Limits for clients. `None` means no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Simultaneous connections of one listener; `None` for as many as open files and memory allow.
    pub connections: Option<NonZeroU32>,
    /// Failed authentications in one minute, for each client id and address.
    pub token_failures_per_minute: Option<NonZeroU32>,
    /// Wrong passwords in one minute, for each user name and address.
    pub sign_in_failures_per_minute: Option<NonZeroU32>,
    /// Wrong passwords in a row for one account, over all addresses.
    pub account_failures: u32,
    /// Token requests in one second, for each client.
    pub requests_per_second: Option<NonZeroU32>,
    /// Requests of browsers and of clients without a secret in one minute, for each address.
    pub anonymous_requests_per_minute: Option<NonZeroU32>,
    /// Device codes that wait for their users, for each client.
    pub pending_device_codes: Option<NonZeroU32>,
    /// Live tokens that a client obtained for itself.
    pub live_tokens: Option<NonZeroU32>,
    /// Tokens that a client obtains in one hour for itself, and for each user.
    pub tokens_per_hour: Option<NonZeroU32>,
    /// The largest request body, in bytes.
    pub body_bytes: u32,
    /// The bytes that the bodies of all requests in progress may take together: at least four times `body_bytes`, and 16 MiB.
    pub body_memory: u32,
    /// How many passwords are hashed at once, each in 19 MiB of memory; `None` for one for each processor, at most 8.
    pub concurrent_passwords: Option<NonZeroU32>,
}

/// When old records are pruned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Housekeeping {
    /// The time between two runs.
    pub interval: Duration,
    /// How long records of expired tokens are kept.
    pub keep_expired_tokens: Duration,
    /// How long audit log entries are kept; `None` keeps them forever.
    pub audit_retention: Option<Duration>,
    /// How long refused attempts are kept.
    pub keep_events: Duration,
}

impl Configuration {
    /// Reads the file at `path`, or the one that `POSTERN_CONFIG` names, or none. Variables of `environment` override the file.
    ///
    /// Nothing is read from the process: the caller passes [`std::env::vars_os`]. Variables without the prefix `POSTERN_` are ignored,
    /// empty variables are treated as not set, and unknown variables are warnings.
    pub fn load(
        path: Option<&Path>,
        environment: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<(Self, Vec<Warning>), ConfigurationErrors> {
        Self::load_with_flags(path, environment, std::iter::empty())
    }

    /// Reads the same with values of command-line flags, which override everything else. [`Key::flag`] is the flag of a key.
    pub fn load_with_flags(
        path: Option<&Path>,
        environment: impl Iterator<Item = (OsString, OsString)>,
        flags: impl Iterator<Item = (&'static Key, OsString)>,
    ) -> Result<(Self, Vec<Warning>), ConfigurationErrors> {
        let environment: Vec<_> = environment.collect();
        let named = environment.iter().find(|(name, value)| name == CONFIG_VARIABLE && !value.is_empty());
        let path = path.map(Path::to_owned).or_else(|| named.map(|(_, value)| PathBuf::from(value)));
        let folder = path.as_deref().and_then(Path::parent).map(Path::to_owned).unwrap_or_default();
        let mut findings = Findings::default();
        let file = path.as_deref().map(|path| file::read(path, &mut findings.problems)).unwrap_or_default();
        let mut values = file.values;
        let master_key = sources::add_environment(&mut values, environment.into_iter(), &mut findings.warnings);
        sources::add_flags(&mut values, flags);
        let mut reader = Reader::new("", values, Source::Default, folder.clone(), &mut findings);
        let mut configuration = Self::read(&mut reader, master_key);
        configuration.effective = reader.effective;
        configuration.user_stores = user_stores::read(file.user_stores, &folder, &configuration.database, &mut findings);
        let Findings { problems, warnings, secret_files } = findings;
        configuration.password_files = secret_files.into_iter().collect();
        if problems.is_empty() { Ok((configuration, warnings)) } else { Err(ConfigurationErrors(problems)) }
    }

    /// The key with this name in the file.
    pub fn key(name: &str) -> Option<&'static Key> {
        KEYS.into_iter().find(|key| key.name == name)
    }

    /// Reads all keys in the order of [`KEYS`], in which effective values are shown.
    fn read(reader: &mut Reader<'_>, master_key: Option<OsString>) -> Self {
        let default_file = Path::new(database::DEFAULT_FILE);
        let database = database::read(reader, Some(default_file));
        let configuration = Self {
            database: database.unwrap_or_else(|| Database::Sqlite(default_file.to_owned())),
            master_key: read_master_key(reader, master_key),
            previous_master_key_file: read_path(reader, &PREVIOUS_MASTER_KEY_FILE),
            listen: read_address(reader, &LISTEN, Some(DEFAULT_LISTEN)).unwrap_or(DEFAULT_LISTEN),
            edge_listen: read_address(reader, &EDGE_LISTEN, None),
            metrics_listen: read_address(reader, &METRICS_LISTEN, None),
            log: read_log(reader),
            log_format: read_log_format(reader),
            access_log_clients: read_access_log_clients(reader),
            event_output: read_event_output(reader),
            explain_page: read_path(reader, &EXPLAIN_PAGE),
            trusted_proxies: read_trusted_proxies(reader),
            shutdown_grace: read_duration(reader, &SHUTDOWN_GRACE, 20 * SECOND, Duration::ZERO..=3600 * SECOND),
            limits: Limits::read(reader),
            housekeeping: Housekeeping::read(reader),
            portal: Portal::read(reader),
            user_stores: Vec::new(),
            password_files: Vec::new(),
            effective: Vec::new(),
        };
        check_listeners(&configuration, reader);
        configuration
    }
}

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

impl Limits {
    fn read(reader: &mut Reader<'_>) -> Self {
        let connections = read_limit(reader, &CONNECTIONS, None);
        let token_failures_per_minute = read_limit(reader, &TOKEN_FAILURES, NonZeroU32::new(30));
        let sign_in_failures_per_minute = read_limit(reader, &SIGN_IN_FAILURES, NonZeroU32::new(30));
        let account_failures = reader.number(ACCOUNT_FAILURES.name, 1..=100).unwrap_or(100);
        reader.record(ACCOUNT_FAILURES.name, Some(account_failures.to_string()));
        let requests_per_second = read_limit(reader, &REQUESTS, None);
        let anonymous_requests_per_minute = read_limit(reader, &ANONYMOUS_REQUESTS, NonZeroU32::new(1_000));
        let pending_device_codes = read_limit(reader, &PENDING_DEVICE_CODES, NonZeroU32::new(1_000));
        let live_tokens = read_limit(reader, &LIVE_TOKENS, NonZeroU32::new(10_000));
        let tokens_per_hour = read_limit(reader, &TOKENS_PER_HOUR, NonZeroU32::new(10_000));
        let body_bytes = reader.number(BODY_BYTES.name, 1024..=64 * 1024 * 1024).unwrap_or(64 * 1024);
        reader.record(BODY_BYTES.name, Some(body_bytes.to_string()));
        let body_memory = read_body_memory(reader, body_bytes);
        let concurrent_passwords = reader.number(CONCURRENT_PASSWORDS.name, 1..=256).and_then(NonZeroU32::new);
        reader.record(CONCURRENT_PASSWORDS.name, concurrent_passwords.map(|number| number.to_string()));
        Self {
            connections,
            token_failures_per_minute,
            sign_in_failures_per_minute,
            account_failures,
            requests_per_second,
            anonymous_requests_per_minute,
            pending_device_codes,
            live_tokens,
            tokens_per_hour,
            body_bytes,
            body_memory,
            concurrent_passwords,
        }
    }
}

impl Housekeeping {
    fn read(reader: &mut Reader<'_>) -> Self {
        let interval = read_duration(reader, &INTERVAL, 3600 * SECOND, SECOND..=DAY);
        let keep_expired_tokens = read_duration(reader, &KEEP_EXPIRED_TOKENS, 30 * DAY, Duration::ZERO..=36_500 * DAY);
        let keep_events = read_duration(reader, &KEEP_EVENTS, 90 * DAY, DAY..=36_500 * DAY);
        let audit_retention = reader.duration(AUDIT_RETENTION.name, DAY..=36_500 * DAY);
        reader.record(AUDIT_RETENTION.name, audit_retention.map(format_duration));
        Self { interval, keep_expired_tokens, audit_retention, keep_events }
    }
}

fn read_path(reader: &mut Reader<'_>, key: &'static Key) -> Option<PathBuf> {
    let path = reader.path(key.name);
    reader.record(key.name, path.as_ref().map(|path| path.display().to_string()));
    path
}

fn read_address(reader: &mut Reader<'_>, key: &'static Key, default: Option<SocketAddr>) -> Option<SocketAddr> {
    let address = reader.address(key.name).or(default);
    reader.record(key.name, address.map(|address| address.to_string()));
    address
}

fn read_duration(reader: &mut Reader<'_>, key: &'static Key, default: Duration, range: RangeInclusive<Duration>) -> Duration {
    let duration = reader.duration(key.name, range).unwrap_or(default);
    reader.record(key.name, Some(format_duration(duration)));
    duration
}

/// The memory for bodies: without a setting 32 MiB, or four times the largest body if that is more.
fn read_body_memory(reader: &mut Reader<'_>, body_bytes: u32) -> u32 {
    // One network may use half, and OpenAPI documents may have 4 MiB.
    let least = body_bytes.max(4 * 1024 * 1024).saturating_mul(4);
    let range = least..=1024 * 1024 * 1024;
    let memory = reader.number(BODY_MEMORY.name, range).unwrap_or_else(|| least.max(32 * 1024 * 1024));
    reader.record(BODY_MEMORY.name, Some(memory.to_string()));
    memory
}

/// A limit, where 0 means no limit.
fn read_limit(reader: &mut Reader<'_>, key: &'static Key, default: Option<NonZeroU32>) -> Option<NonZeroU32> {
    let limit = reader.number(key.name, 0..=1_000_000).map_or(default, NonZeroU32::new);
    reader.record(key.name, limit.map(|limit| limit.to_string()));
    limit
}

fn read_trusted_proxies(reader: &mut Reader<'_>) -> Vec<AddressBlock> {
    let blocks = reader.address_blocks(TRUSTED_PROXIES.name);
    let written: Vec<String> = blocks.iter().map(ToString::to_string).collect();
    reader.record(TRUSTED_PROXIES.name, Some(written.join(",")));
    blocks
}

/// `POSTERN_MASTER_KEY` overrides a file that the configuration file names. If a variable or a flag names a file as well, it is unclear
/// which one is meant.
fn read_master_key(reader: &mut Reader<'_>, given: Option<OsString>) -> Option<MasterKeySource> {
    let file = read_path(reader, &MASTER_KEY_FILE);
    let Some(given) = given else { return file.map(MasterKeySource::File) };
    let given = given.into_string().map(zeroize::Zeroizing::new);
    let parsed = match given.as_ref().map(|text| MasterKey::parse(text)) {
        Ok(Ok(key)) => Ok(key),
        Ok(Err(error)) => Err(format!("is not valid: {error}")),
        Err(_) => Err("is not UTF-8".to_owned()),
    };
    let key = parsed.map_err(|message| reader.problem_of(Source::Variable(MASTER_KEY_VARIABLE.to_owned()), message)).ok();
    if let Source::Variable(_) | Source::Flag(_) = reader.source(MASTER_KEY_FILE.name) {
        let message = format!("and `{MASTER_KEY_VARIABLE}` both set the master key: remove one of them");
        reader.problem(MASTER_KEY_FILE.name, message);
    }
    key.map(MasterKeySource::Given)
}

fn read_log(reader: &mut Reader<'_>) -> String {
    let log = reader.string(LOG.name).unwrap_or_else(|| "info".to_owned());
    let valid = log.split(',').all(is_directive) && EnvFilter::try_new(&log).is_ok();
    if !valid {
        reader.problem(LOG.name, "is not a log filter, such as `info` or `info,postern=debug`");
    }
    reader.record(LOG.name, Some(log.clone()));
    log
}

/// A word that is not a level would be treated as the name of a target, and then nothing else would be logged.
fn is_directive(text: &str) -> bool {
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    text.contains('=') || levels.iter().any(|level| text.trim().eq_ignore_ascii_case(level))
}

fn read_log_format(reader: &mut Reader<'_>) -> LogFormat {
    let text = reader.string(LOG_FORMAT.name);
    let format = match text.as_deref() {
        None | Some("text") => LogFormat::Text,
        Some("json") => LogFormat::Json,
        Some(_) => {
            reader.problem(LOG_FORMAT.name, "must be `text` or `json`");
            LogFormat::Text
        }
    };
    reader.record(LOG_FORMAT.name, Some(if format == LogFormat::Json { "json" } else { "text" }.to_owned()));
    format
}

fn read_access_log_clients(reader: &mut Reader<'_>) -> bool {
    let shown = !reader.has(ACCESS_LOG_CLIENTS.name) || reader.boolean(ACCESS_LOG_CLIENTS.name);
    reader.record(ACCESS_LOG_CLIENTS.name, Some(shown.to_string()));
    shown
}

fn read_event_output(reader: &mut Reader<'_>) -> EventOutput {
    let text = reader.string(EVENT_OUTPUT.name);
    let output = match text.as_deref() {
        None | Some("none") => EventOutput::None,
        Some("stdout") => EventOutput::Stdout,
        Some(_) => {
            reader.problem(EVENT_OUTPUT.name, "must be `none` or `stdout`");
            EventOutput::None
        }
    };
    reader.record(EVENT_OUTPUT.name, Some(if output == EventOutput::Stdout { "stdout" } else { "none" }.to_owned()));
    output
}

/// Two listeners cannot have the same address, except with port 0, where each gets its own port.
fn check_listeners(configuration: &Configuration, reader: &mut Reader<'_>) {
    let listen = Some(configuration.listen);
    let mut check = |key: &Key, address: Option<SocketAddr>, others: &[Option<SocketAddr>]| {
        if address.is_some_and(|address| address.port() != 0) && others.contains(&address) {
            reader.problem(key.name, "is already the address of another listener");
        }
    };
    check(&EDGE_LISTEN, configuration.edge_listen, &[listen]);
    check(&METRICS_LISTEN, configuration.metrics_listen, &[listen, configuration.edge_listen]);
}

#[cfg(test)]
mod tests;
