//! The table of keys: everything that can be set, under one name in the file and one in the environment.

/// One thing that can be set.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name in the file; what stands before a dot is a table there.
    pub name: &'static str,
    /// The flag of the command line that goes before everything else.
    pub flag: Option<&'static str>,
}

impl Key {
    const fn new(name: &'static str) -> Self {
        Self { name, flag: None }
    }

    const fn with_flag(name: &'static str, flag: &'static str) -> Self {
        Self { name, flag: Some(flag) }
    }

    /// Its environment variable: `limits.body_bytes` is `POSTERN_LIMITS_BODY_BYTES`.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.replace('.', "_").to_ascii_uppercase())
    }
}

/// What the names of all environment variables begin with.
pub(super) const PREFIX: &str = "POSTERN_";

/// Variables that are no keys: the file's own name, the server and the token of those who call one, and the master key itself, which never stands in
/// a file with other settings.
pub(super) const CONFIG_VARIABLE: &str = "POSTERN_CONFIG";
pub(super) const CALLERS_VARIABLES: [&str; 2] = ["POSTERN_SERVER", "POSTERN_TOKEN"];
pub(super) const MASTER_KEY_VARIABLE: &str = "POSTERN_MASTER_KEY";

pub(super) const DATABASE: Key = Key::with_flag("database", "--database");
pub(super) const DATABASE_PASSWORD_FILE: Key = Key::new("database_password_file");
pub(super) const DATABASE_CA_FILE: Key = Key::new("database_ca_file");
pub(super) const DATABASE_CONNECTIONS: Key = Key::new("database_connections");
pub(super) const MASTER_KEY_FILE: Key = Key::with_flag("master_key_file", "--master-key-file");
pub(super) const PREVIOUS_MASTER_KEY_FILE: Key = Key::new("previous_master_key_file");
pub(super) const LISTEN: Key = Key::with_flag("listen", "--listen");
pub(super) const EDGE_LISTEN: Key = Key::new("edge_listen");
pub(super) const METRICS_LISTEN: Key = Key::new("metrics_listen");
pub(super) const LOG: Key = Key::new("log");
pub(super) const LOG_FORMAT: Key = Key::with_flag("log_format", "--log-format");
pub(super) const TRUSTED_PROXIES: Key = Key::new("trusted_proxies");
pub(super) const SHUTDOWN_GRACE: Key = Key::new("shutdown_grace");
pub(super) const CONNECTIONS: Key = Key::new("limits.connections");
pub(super) const TOKEN_FAILURES: Key = Key::new("limits.token_failures_per_minute");
pub(super) const REQUESTS: Key = Key::new("limits.requests_per_second");
pub(super) const BODY_BYTES: Key = Key::new("limits.body_bytes");
pub(super) const INTERVAL: Key = Key::new("housekeeping.interval");
pub(super) const KEEP_EXPIRED_TOKENS: Key = Key::new("housekeeping.keep_expired_tokens");
pub(super) const AUDIT_RETENTION: Key = Key::new("housekeeping.audit_retention");

/// All of them, as the documentation lists them.
pub const KEYS: [&Key; 20] = [
    &DATABASE,
    &DATABASE_PASSWORD_FILE,
    &DATABASE_CA_FILE,
    &DATABASE_CONNECTIONS,
    &MASTER_KEY_FILE,
    &PREVIOUS_MASTER_KEY_FILE,
    &LISTEN,
    &EDGE_LISTEN,
    &METRICS_LISTEN,
    &LOG,
    &LOG_FORMAT,
    &TRUSTED_PROXIES,
    &SHUTDOWN_GRACE,
    &CONNECTIONS,
    &TOKEN_FAILURES,
    &REQUESTS,
    &BODY_BYTES,
    &INTERVAL,
    &KEEP_EXPIRED_TOKENS,
    &AUDIT_RETENTION,
];

/// The one of `names` that `wrong` is most likely a mistake for: one that differs in few characters, or that goes on where it ends.
pub(super) fn nearest<'n>(wrong: &str, names: impl Iterator<Item = &'n str> + Clone) -> Option<&'n str> {
    let near = names.clone().map(|name| (strsim::damerau_levenshtein(wrong, name), name)).min_by_key(|(distance, _)| *distance);
    let near = near.filter(|(distance, name)| *distance <= 1 + name.len() / 8).map(|(_, name)| name);
    near.or_else(|| names.into_iter().find(|name| wrong.len() > PREFIX.len() && name.starts_with(wrong)))
}
