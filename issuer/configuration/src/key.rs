//! The configuration keys: each has a name in the file and a variable in the environment, and some have a flag.

/// A configuration key.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// The name in the file. The part before a dot is a table.
    pub name: &'static str,
    /// The command-line flag, which overrides the variable and the file.
    pub flag: Option<&'static str>,
}

impl Key {
    const fn new(name: &'static str) -> Self {
        Self { name, flag: None }
    }

    const fn with_flag(name: &'static str, flag: &'static str) -> Self {
        Self { name, flag: Some(flag) }
    }

    /// The environment variable: for `limits.body_bytes` it is `POSTERN_LIMITS_BODY_BYTES`.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.replace('.', "_").to_ascii_uppercase())
    }
}

/// The prefix of all environment variables.
pub(super) const PREFIX: &str = "POSTERN_";

// Variables that are not configuration keys.
/// The path of the configuration file.
pub(super) const CONFIG_VARIABLE: &str = "POSTERN_CONFIG";
/// Read by commands that use a server: its address, and a personal access token.
pub(super) const CLIENT_VARIABLES: [&str; 2] = ["POSTERN_SERVER", "POSTERN_TOKEN"];
/// The master key itself, which must not be in the configuration file.
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
pub(super) const ACCESS_LOG_CLIENTS: Key = Key::new("access_log_clients");
pub(super) const EVENT_OUTPUT: Key = Key::new("event_output");
pub(super) const EXPLAIN_PAGE: Key = Key::new("explain_page");
pub(super) const PORTAL_GATEWAY: Key = Key::new("portal.gateway");
pub(super) const PORTAL_CATALOGUE: Key = Key::new("portal.catalogue");
pub(super) const TRUSTED_PROXIES: Key = Key::new("trusted_proxies");
pub(super) const SHUTDOWN_GRACE: Key = Key::new("shutdown_grace");
pub(super) const CONNECTIONS: Key = Key::new("limits.connections");
pub(super) const TOKEN_FAILURES: Key = Key::new("limits.token_failures_per_minute");
pub(super) const SIGN_IN_FAILURES: Key = Key::new("limits.sign_in_failures_per_minute");
pub(super) const ACCOUNT_FAILURES: Key = Key::new("limits.account_failures");
pub(super) const REQUESTS: Key = Key::new("limits.requests_per_second");
pub(super) const ANONYMOUS_REQUESTS: Key = Key::new("limits.anonymous_requests_per_minute");
pub(super) const PENDING_DEVICE_CODES: Key = Key::new("limits.pending_device_codes");
pub(super) const LIVE_TOKENS: Key = Key::new("limits.live_tokens");
pub(super) const TOKENS_PER_HOUR: Key = Key::new("limits.tokens_per_hour");
pub(super) const BODY_BYTES: Key = Key::new("limits.body_bytes");
pub(super) const BODY_MEMORY: Key = Key::new("limits.body_memory");
pub(super) const CONCURRENT_PASSWORDS: Key = Key::new("limits.concurrent_passwords");
pub(super) const INTERVAL: Key = Key::new("housekeeping.interval");
pub(super) const KEEP_EXPIRED_TOKENS: Key = Key::new("housekeeping.keep_expired_tokens");
pub(super) const KEEP_EVENTS: Key = Key::new("housekeeping.keep_events");
pub(super) const AUDIT_RETENTION: Key = Key::new("housekeeping.audit_retention");

/// All keys, in the order of the documentation.
pub const KEYS: [&Key; 34] = [
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
    &ACCESS_LOG_CLIENTS,
    &EVENT_OUTPUT,
    &EXPLAIN_PAGE,
    &TRUSTED_PROXIES,
    &SHUTDOWN_GRACE,
    &CONNECTIONS,
    &TOKEN_FAILURES,
    &SIGN_IN_FAILURES,
    &ACCOUNT_FAILURES,
    &REQUESTS,
    &ANONYMOUS_REQUESTS,
    &PENDING_DEVICE_CODES,
    &LIVE_TOKENS,
    &TOKENS_PER_HOUR,
    &BODY_BYTES,
    &BODY_MEMORY,
    &CONCURRENT_PASSWORDS,
    &INTERVAL,
    &KEEP_EXPIRED_TOKENS,
    &KEEP_EVENTS,
    &AUDIT_RETENTION,
    &PORTAL_GATEWAY,
    &PORTAL_CATALOGUE,
];

/// The keys of every user store.
pub(super) const USER_STORE_KEYS: [&str; 6] =
    ["name", "kind", "database", "database_password_file", "database_ca_file", "database_connections"];

/// The keys of an LDAP directory alone.
pub(super) const LDAP_KEYS: [&str; 10] = [
    "url",
    "start_tls",
    "dangerous_plaintext",
    "bind_dn",
    "bind_password_file",
    "base_dn",
    "user_filter",
    "role_attribute",
    "group_base_dn",
    "group_filter",
];

/// The keys of an identity provider alone.
pub(super) const OPENID_CONNECT_KEYS: [&str; 7] =
    ["issuer", "client_id", "client_secret_file", "scopes", "user_name_claim", "groups_claim", "title"];

/// The keys of a directory or a provider: of a store that does not keep its users itself.
pub(super) const EXTERNAL_KEYS: [&str; 3] = ["authorities_file", "timeout", "member_roles"];

/// The keys of user stores of any kind.
pub(super) fn user_store_keys() -> impl Iterator<Item = &'static str> + Clone {
    USER_STORE_KEYS.into_iter().chain(LDAP_KEYS).chain(OPENID_CONNECT_KEYS).chain(EXTERNAL_KEYS)
}

/// The name that `wrong` is probably meant to be: one that differs in few characters, or one that begins with `wrong`.
pub(super) fn nearest<'n>(wrong: &str, names: impl Iterator<Item = &'n str> + Clone) -> Option<&'n str> {
    let near = names.clone().map(|name| (strsim::damerau_levenshtein(wrong, name), name)).min_by_key(|(distance, _)| *distance);
    let near = near.filter(|(distance, name)| *distance <= 1 + name.len() / 8).map(|(_, name)| name);
    near.or_else(|| names.into_iter().find(|name| wrong.len() > PREFIX.len() && name.starts_with(wrong)))
}

/// A key as it may be shown: at most 100 characters, and only printable ones.
pub(super) fn printable(key: &str) -> String {
    key.chars().take(100).map(|each| if each.is_ascii_graphic() { each } else { '?' }).collect()
}
