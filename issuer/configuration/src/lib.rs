//! What an issuer is run with: one TOML file, the environment and the command line's flags, the later before the earlier.
//! `docs/configuring.md` says what each key means.
//!
//! Everything is checked at once, and every problem names its key and where it was set. No value is ever quoted: it may be a secret
//! in the wrong place.

#![forbid(unsafe_code)]

mod database;
mod duration;
mod file;
mod key;
mod password_file;
mod problem;
mod reader;
mod table;
mod user_stores;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use postern_token::AddressBlock;
use tracing_subscriber::EnvFilter;

pub use database::{Database, Postgres};
pub use key::{KEYS, Key};
pub use problem::{ConfigurationErrors, ConfigurationProblem, Source, Warning};
pub use reader::Effective;
pub use user_stores::{ShownUserStore, UserStoreKind, UserStoreSettings};

use key::{
    AUDIT_RETENTION, BODY_BYTES, CONFIG_VARIABLE, CONNECTIONS, EDGE_LISTEN, INTERVAL, KEEP_EXPIRED_TOKENS, LISTEN, LOG,
    LOG_FORMAT, MASTER_KEY_FILE, MASTER_KEY_VARIABLE, METRICS_LISTEN, PREVIOUS_MASTER_KEY_FILE, REQUESTS, SHUTDOWN_GRACE,
    TOKEN_FAILURES, TRUSTED_PROXIES,
};
use postern_secrets::MasterKey;
use reader::Reader;

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_hours(24);

/// Everything that can be set, checked.
#[derive(Debug)]
pub struct Configuration {
    /// Where the database is.
    pub database: Database,
    /// Where the master key is; `None` where nobody says, which is enough for commands that need none.
    pub master_key: Option<MasterKeySource>,
    /// The file of the master key that the present one takes the place of.
    pub previous_master_key_file: Option<PathBuf>,
    /// Where the server listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// A listener for edges alone, whose connections strangers cannot take.
    pub edge_listen: Option<SocketAddr>,
    /// A listener for metrics and health alone.
    pub metrics_listen: Option<SocketAddr>,
    /// What is logged: a filter that `tracing_subscriber::EnvFilter` takes.
    pub log: String,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<AddressBlock>,
    /// How long requests under way may take to end when the server stops.
    pub shutdown_grace: Duration,
    /// What one client may do.
    pub limits: Limits,
    /// What is done now and then.
    pub housekeeping: Housekeeping,
    /// Who knows the users; at least one, and the first is where a user without a store's name is looked for.
    pub user_stores: Vec<UserStoreSettings>,
    /// Each key with its value, secrets left out, and where it came from; in the order of [`KEYS`].
    pub effective: Vec<Effective>,
}

/// Where the master key is.
#[derive(Debug)]
pub enum MasterKeySource {
    /// It was given itself, in the environment.
    Given(MasterKey),
    /// In this file, which `postern init` makes.
    File(PathBuf),
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What one client may do. `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once on one listener; `None` for as many as the process may open files for.
    pub connections: Option<NonZeroU32>,
    /// Wrong secrets in a minute, for each client id and each address.
    pub token_failures_per_minute: Option<NonZeroU32>,
    /// Requests for tokens in a second, for each client.
    pub requests_per_second: Option<NonZeroU32>,
    /// The longest body of a request in bytes.
    pub body_bytes: u32,
}

/// What is done now and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Housekeeping {
    /// How long between two times.
    pub interval: Duration,
    /// How long the records of tokens stay that ran out.
    pub keep_expired_tokens: Duration,
    /// How long the entries of the audit log stay; `None` for ever.
    pub audit_retention: Option<Duration>,
}

impl Configuration {
    /// Reads the file at `path`, or the one that `POSTERN_CONFIG` names, or none; `environment` goes before it.
    ///
    /// Nothing is read of the process: the caller passes [`std::env::vars_os`]. Variables that do not begin with `POSTERN_` are
    /// passed over, empty ones count as not set, and those that nobody knows are warnings.
    pub fn load(
        path: Option<&Path>,
        environment: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<(Self, Vec<Warning>), ConfigurationErrors> {
        Self::load_with_flags(path, environment, std::iter::empty())
    }

    /// The same with values from the command line, which go before everything else. A key has a flag where [`Key::flag`] says so.
    pub fn load_with_flags(
        path: Option<&Path>,
        environment: impl Iterator<Item = (OsString, OsString)>,
        flags: impl Iterator<Item = (&'static Key, OsString)>,
    ) -> Result<(Self, Vec<Warning>), ConfigurationErrors> {
        let environment: Vec<_> = environment.collect();
        let named = environment.iter().find(|(name, value)| name == CONFIG_VARIABLE && !value.is_empty());
        let path = path.map(Path::to_owned).or_else(|| named.map(|(_, value)| PathBuf::from(value)));
        let mut problems = Vec::new();
        let contents = path.as_deref().map(|path| (path, file::read(path, &mut problems)));
        let (values, tables) = contents.map(|(path, contents)| ((path, contents.values), (path, contents.user_stores))).unzip();
        let mut reader = Reader::new(values, environment.into_iter(), flags, problems);
        let mut configuration = Self::read(&mut reader);
        let Reader { problems, warnings, .. } = &mut reader;
        configuration.user_stores = user_stores::read(tables, &configuration.database, problems, warnings);
        if reader.problems.is_empty() { Ok((configuration, reader.warnings)) } else { Err(ConfigurationErrors(reader.problems)) }
    }

    /// The key called `name` in the file.
    pub fn key(name: &str) -> Option<&'static Key> {
        KEYS.into_iter().find(|key| key.name == name)
    }

    fn read(reader: &mut Reader) -> Self {
        let mut configuration = Self {
            database: database::read(reader),
            master_key: read_master_key(reader),
            previous_master_key_file: reader.path(&PREVIOUS_MASTER_KEY_FILE),
            listen: reader.address(&LISTEN, Some(DEFAULT_LISTEN)).unwrap_or(DEFAULT_LISTEN),
            edge_listen: reader.address(&EDGE_LISTEN, None),
            metrics_listen: reader.address(&METRICS_LISTEN, None),
            log: read_log(reader),
            log_format: read_log_format(reader),
            trusted_proxies: reader.blocks(&TRUSTED_PROXIES),
            shutdown_grace: reader.duration(&SHUTDOWN_GRACE, 20 * SECOND, Duration::ZERO, 3600 * SECOND),
            limits: Limits::read(reader),
            housekeeping: Housekeeping {
                interval: reader.duration(&INTERVAL, 3600 * SECOND, SECOND, DAY),
                keep_expired_tokens: reader.duration(&KEEP_EXPIRED_TOKENS, 30 * DAY, Duration::ZERO, 36_500 * DAY),
                audit_retention: reader.optional_duration(&AUDIT_RETENTION, DAY, 36_500 * DAY),
            },
            user_stores: Vec::new(),
            effective: Vec::new(),
        };
        check_listeners(&configuration, reader);
        configuration.effective = std::mem::take(&mut reader.effective);
        configuration
    }
}

const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

impl Limits {
    fn read(reader: &mut Reader) -> Self {
        let connections = reader.limit(&CONNECTIONS, None);
        let token_failures_per_minute = reader.limit(&TOKEN_FAILURES, NonZeroU32::new(30));
        let requests_per_second = reader.limit(&REQUESTS, None);
        let body_bytes = reader.number(&BODY_BYTES, 1024, 64 * 1024 * 1024).unwrap_or(64 * 1024);
        reader.note(&BODY_BYTES, Some(body_bytes.to_string()));
        Self { connections, token_failures_per_minute, requests_per_second, body_bytes }
    }
}

/// The key itself goes before a file that the configuration file names, but beside a variable or a flag that names one nobody can
/// tell which was meant.
fn read_master_key(reader: &mut Reader) -> Option<MasterKeySource> {
    let file = reader.path(&MASTER_KEY_FILE);
    let Some(given) = reader.master_key.take() else { return file.map(MasterKeySource::File) };
    let mut problem = |message: String| {
        let source = Some(Source::Variable(MASTER_KEY_VARIABLE.to_owned()));
        reader.problems.push(ConfigurationProblem { key: None, source, message });
    };
    let given = given.into_string().map(zeroize::Zeroizing::new);
    let key = match given.as_ref().map(|text| MasterKey::parse(text)) {
        Ok(Ok(key)) => Some(key),
        Ok(Err(error)) => {
            problem(format!("cannot be used: {error}"));
            None
        }
        Err(_) => {
            problem("is not text".to_owned());
            None
        }
    };
    if let Source::Variable(_) | Source::Flag(_) = reader.source(&MASTER_KEY_FILE) {
        let message = format!("gives a master key beside `{MASTER_KEY_VARIABLE}`: two master keys are given, and one must go");
        reader.problem(&MASTER_KEY_FILE, message);
    }
    key.map(MasterKeySource::Given)
}

fn read_log(reader: &mut Reader) -> String {
    const MESSAGE: &str = "is not a filter, such as `info`";
    let log = reader.text(&LOG).unwrap_or_else(|| "info".to_owned());
    let valid = !log.is_empty() && log.split(',').all(is_directive) && EnvFilter::try_new(&log).is_ok();
    if !valid {
        reader.problem(&LOG, MESSAGE);
    }
    reader.note(&LOG, Some(log.clone()));
    log
}

/// A word that is no level would be taken for the name of something that logs, and nothing else would be logged.
fn is_directive(text: &str) -> bool {
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    text.contains('=') || levels.iter().any(|level| text.trim().eq_ignore_ascii_case(level))
}

fn read_log_format(reader: &mut Reader) -> LogFormat {
    let text = reader.text(&LOG_FORMAT);
    let format = match text.as_deref() {
        None | Some("text") => LogFormat::Text,
        Some("json") => LogFormat::Json,
        Some(_) => {
            reader.problem(&LOG_FORMAT, "must be `text` or `json`");
            LogFormat::Text
        }
    };
    reader.note(&LOG_FORMAT, Some(if format == LogFormat::Json { "json" } else { "text" }.to_owned()));
    format
}

/// Two listeners cannot have one place; with port 0 each gets its own.
fn check_listeners(configuration: &Configuration, reader: &mut Reader) {
    let listen = Some(configuration.listen);
    let mut problem = |key| reader.problem(key, "is the address of another listener already");
    let taken = |address: Option<SocketAddr>, others: &[Option<SocketAddr>]| {
        address.is_some_and(|address| address.port() != 0) && others.contains(&address)
    };
    if taken(configuration.edge_listen, &[listen]) {
        problem(&EDGE_LISTEN);
    }
    if taken(configuration.metrics_listen, &[listen, configuration.edge_listen]) {
        problem(&METRICS_LISTEN);
    }
}

#[cfg(test)]
mod tests;
