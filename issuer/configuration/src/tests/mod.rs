//! Configurations that are valid, and their values.

mod documented;
mod user_stores;
mod wrong;

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

type Loaded = Result<(Configuration, Vec<Warning>), ConfigurationErrors>;

/// Loads a file with this content from a folder of its own.
fn load(content: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> (TempDir, Loaded) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("postern.toml");
    fs::write(&path, content).unwrap();
    let environment = environment.iter().map(|(name, value)| (name.into(), value.into()));
    let flags = flags.iter().map(|(name, value)| (Configuration::key(name).unwrap(), value.into()));
    let loaded = Configuration::load_with_flags(Some(&path), environment, flags);
    (folder, loaded)
}

fn sqlite(configuration: &Configuration) -> &Path {
    match &configuration.database {
        Database::Sqlite(file) => file,
        Database::Postgres(other) => panic!("{other:?}"),
    }
}

fn postgres(configuration: &Configuration) -> &Postgres {
    match &configuration.database {
        Database::Postgres(postgres) => postgres,
        Database::Sqlite(other) => panic!("{other:?}"),
    }
}

fn from<'c>(configuration: &'c Configuration, key: &str) -> (&'c str, Option<&'c str>) {
    let found = configuration.effective.iter().find(|effective| effective.key == key).unwrap();
    (&found.from, found.value.as_deref())
}

#[test]
fn without_settings_the_defaults_apply() {
    let (configuration, warnings) = Configuration::load(None, std::iter::empty()).unwrap();
    assert!(warnings.is_empty());
    assert_eq!(sqlite(&configuration), Path::new("./postern.db"));
    assert!(configuration.master_key.is_none() && configuration.edge_listen.is_none() && configuration.metrics_listen.is_none());
    assert_eq!(configuration.listen, DEFAULT_LISTEN);
    assert_eq!((configuration.log.as_str(), configuration.log_format), ("info", LogFormat::Text));
    assert_eq!(configuration.trusted_proxies, []);
    assert_eq!(configuration.limits.body_bytes, 65536);
    assert_eq!(configuration.limits.token_failures_per_minute, NonZeroU32::new(30));
    assert_eq!((configuration.limits.connections, configuration.limits.requests_per_second), (None, None));
    assert_eq!(configuration.housekeeping.keep_expired_tokens, 30 * DAY);
    assert_eq!(configuration.housekeeping.audit_retention, None);
    assert!(configuration.effective.iter().all(|effective| effective.from == "default"));
    let keys: Vec<&str> = configuration.effective.iter().map(|effective| effective.key).collect();
    assert_eq!(keys, KEYS.map(|key| key.name));
}

#[test]
fn flags_override_variables_and_variables_override_the_file() {
    let file = "listen = '127.0.0.1:1'\nlog = 'warn'\nlog_format = 'json'\n[limits]\nbody_bytes = 2_000\nconnections = 0\n";
    let environment =
        [("POSTERN_LISTEN", "127.0.0.1:2"), ("POSTERN_LOG", "debug"), ("POSTERN_LIMITS_BODY_BYTES", ""), ("PATH", "x")];
    let (_folder, loaded) = load(file, &environment, &[("listen", "127.0.0.1:3")]);
    let (configuration, warnings) = loaded.unwrap();
    assert!(warnings.is_empty());
    assert_eq!(configuration.listen.port(), 3);
    assert_eq!((configuration.log.as_str(), configuration.log_format), ("debug", LogFormat::Json));
    assert_eq!((configuration.limits.body_bytes, configuration.limits.connections), (2000, None));
    assert_eq!(from(&configuration, "listen"), ("--listen", Some("127.0.0.1:3")));
    assert_eq!(from(&configuration, "log"), ("`POSTERN_LOG`", Some("debug")));
    assert!(from(&configuration, "log_format").0.starts_with("line 3 of"));
}

#[test]
fn every_type_of_value_is_read_from_the_file_and_from_variables() {
    let file = "trusted_proxies = ['192.0.2.0/24', '2001:db8::/32']\nshutdown_grace = '1m'\nmetrics_listen = '[::1]:9090'\n\
        limits.requests_per_second = 7\nhousekeeping = { interval = '90s', keep_expired_tokens = '0d', audit_retention = '365d' }\n";
    let check = |configuration: &Configuration| {
        assert_eq!(configuration.trusted_proxies.len(), 2);
        assert_eq!(configuration.shutdown_grace, Duration::from_mins(1));
        assert_eq!(configuration.metrics_listen, "[::1]:9090".parse().ok());
        assert_eq!(configuration.limits.requests_per_second, NonZeroU32::new(7));
        assert_eq!(configuration.housekeeping.interval, Duration::from_secs(90));
        assert_eq!(configuration.housekeeping.keep_expired_tokens, Duration::ZERO);
        assert_eq!(configuration.housekeeping.audit_retention, Some(365 * DAY));
        assert_eq!(from(configuration, "trusted_proxies").1, Some("192.0.2.0/24,2001:db8::/32"));
        assert_eq!(from(configuration, "housekeeping.interval").1, Some("90s"));
    };
    check(&load(file, &[], &[]).1.unwrap().0);
    let environment = [
        ("POSTERN_TRUSTED_PROXIES", "192.0.2.0/24, 2001:db8::/32"),
        ("POSTERN_SHUTDOWN_GRACE", "60s"),
        ("POSTERN_METRICS_LISTEN", "[::1]:9090"),
        ("POSTERN_LIMITS_REQUESTS_PER_SECOND", "7"),
        ("POSTERN_HOUSEKEEPING_INTERVAL", "90s"),
        ("POSTERN_HOUSEKEEPING_KEEP_EXPIRED_TOKENS", "0s"),
        ("POSTERN_HOUSEKEEPING_AUDIT_RETENTION", "8760h"),
    ];
    check(&load("", &environment, &[]).1.unwrap().0);
    let weeks = load("housekeeping.audit_retention = '2w'", &[], &[]).1.unwrap().0;
    assert_eq!(from(&weeks, "housekeeping.audit_retention").1, Some("14d"));
}

#[test]
fn relative_paths_in_the_file_start_at_its_folder() {
    let file = "database = 'data/p.db'\nmaster_key_file = '/etc/key'\nprevious_master_key_file = 'old.key'\n";
    let (folder, loaded) = load(file, &[], &[]);
    let (configuration, _) = loaded.unwrap();
    assert_eq!(sqlite(&configuration), folder.path().join("data/p.db"));
    assert!(matches!(&configuration.master_key, Some(MasterKeySource::File(file)) if file == Path::new("/etc/key")));
    assert_eq!(configuration.previous_master_key_file, Some(folder.path().join("old.key")));
    let (_folder, loaded) = load(file, &[("POSTERN_DATABASE", "p.db")], &[]);
    assert_eq!(sqlite(&loaded.unwrap().0), Path::new("p.db"));
}

#[test]
fn the_file_may_be_named_by_a_variable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.toml");
    fs::write(&path, "listen = '127.0.0.1:7'").unwrap();
    let environment = || std::iter::once((OsString::from("POSTERN_CONFIG"), path.clone().into_os_string()));
    assert_eq!(Configuration::load(None, environment()).unwrap().0.listen.port(), 7);
    let other: PathBuf = folder.path().join("other.toml");
    let errors = Configuration::load(Some(&other), environment()).unwrap_err().to_string();
    assert!(errors.contains("other.toml` cannot be read"), "{errors}");
}

#[test]
fn texts_that_are_surely_paths_are_files() {
    for path in ["postern.db", "/srv/postgres/postern.db", "data/me@example.db", "a:b.db", "C:/postern.db", "postgres.db"] {
        let (_folder, loaded) = load(&format!("database = '{path}'"), &[], &[]);
        let (configuration, _) = loaded.unwrap();
        assert!(configuration.database.shown().ends_with(path), "{path}");
    }
    let (_folder, loaded) = load("database = 'postgres://user%40server:hunter2@db.example/x'", &[], &[]);
    assert_eq!(loaded.unwrap().0.database.shown(), "postgres://user%40server@db.example/x");
}

#[test]
fn a_password_is_used_and_never_shown() {
    let url = "postgres://postern:hunter%2B2%20@db.example:5433/postern?sslmode=require";
    let (_folder, loaded) = load(&format!("database = '{url}'\ndatabase_connections = 4"), &[], &[]);
    let (configuration, _) = loaded.unwrap();
    let database = postgres(&configuration);
    assert_eq!(database.password(), Some("hunter+2 "));
    assert_eq!(database.url().as_str(), "postgres://postern@db.example:5433/postern?sslmode=require");
    assert_eq!(database.connections, 4);
    assert_eq!(from(&configuration, "database").1, Some(database.url().as_str()));
    assert!(!format!("{configuration:?}").contains("hunter"));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    fs::write(&file, "hunter2 \n").unwrap();
    let environment = [
        ("POSTERN_DATABASE", "postgresql:///postern?host=/run/postgresql"),
        ("POSTERN_DATABASE_PASSWORD_FILE", file.to_str().unwrap()),
    ];
    let (_other, loaded) = load("", &environment, &[]);
    let (configuration, _) = loaded.unwrap();
    assert_eq!(postgres(&configuration).password(), Some("hunter2 "));
    assert!(!format!("{configuration:?}").contains("hunter"));
}

#[test]
fn the_master_key_itself_overrides_a_file_in_the_configuration_file() {
    let key = "A".repeat(43);
    let (_folder, loaded) = load("master_key_file = 'k'", &[("POSTERN_MASTER_KEY", &key)], &[]);
    let (configuration, _) = loaded.unwrap();
    assert!(matches!(configuration.master_key, Some(MasterKeySource::Given(_))));
    assert!(!format!("{configuration:?}").contains(&key));
}

#[test]
fn settings_without_effect_are_warnings() {
    let environment = [("POSTERN_LISTNE", "x"), ("POSTERN_SERVICE_HOST", "hunter2")];
    let (_folder, loaded) = load("database_ca_file = 'ca.pem'", &environment, &[]);
    let (_, warnings) = loaded.unwrap();
    let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings[0], "`POSTERN_LISTNE` is unknown and has no effect; did you mean `POSTERN_LISTEN`?");
    assert!(warnings[1].starts_with("`POSTERN_SERVICE_HOST` is unknown and has no effect"), "{warnings:?}");
    assert!(
        warnings[2].starts_with("`database_ca_file` (line 1 of ")
            && warnings[2].ends_with("has no effect: the database is a file")
    );
}
