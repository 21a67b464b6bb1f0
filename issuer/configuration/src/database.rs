//! The database: an SQLite file, or a PostgreSQL server. User stores have the same keys as the main database.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;
use zeroize::Zeroizing;

use super::database_text;
use super::key::{DATABASE, DATABASE_CA_FILE, DATABASE_CONNECTIONS, DATABASE_PASSWORD_FILE, nearest, printable};
use super::password_file;
use super::reader::Reader;
use postern_storage::{Location, StorageError};

/// The main database, if none is configured.
pub(super) const DEFAULT_FILE: &str = "./postern.db";
const DEFAULT_CONNECTIONS: u32 = 16;
const MAX_CONNECTIONS: u32 = 1000;

/// A database.
#[derive(Debug)]
pub enum Database {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres(Postgres),
}

/// A PostgreSQL server, and how to reach it.
pub struct Postgres {
    /// Without a password.
    url: Url,
    password: Option<Zeroizing<String>>,
    /// A PEM file with the root certificates that the server's certificate is checked with; `None` for those of the system.
    pub ca_file: Option<PathBuf>,
    /// The maximum number of connections.
    pub connections: u32,
}

impl Database {
    /// The database as the storage takes it.
    pub fn location(&self) -> Result<Location, StorageError> {
        match self {
            Self::Sqlite(file) => Ok(Location::File(file.clone())),
            Self::Postgres(postgres) => postgres.location(),
        }
    }

    /// The file or the URL, without a password.
    pub fn shown(&self) -> String {
        match self {
            Self::Sqlite(file) => file.display().to_string(),
            Self::Postgres(postgres) => postgres.url.to_string(),
        }
    }
}

impl Postgres {
    fn location(&self) -> Result<Location, StorageError> {
        let Location::Server(server) = Location::parse(self.url.as_str())? else {
            return Ok(Location::File(PathBuf::from(DEFAULT_FILE)));
        };
        let mut server = server.with_connections(usize::try_from(self.connections).unwrap_or(usize::MAX));
        if let Some(password) = &self.password {
            server = server.with_password(password);
        }
        if let Some(file) = &self.ca_file {
            server = server.with_authorities(file.clone());
        }
        Ok(Location::Server(Box::new(server)))
    }

    /// The URL without its password. It may be shown.
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// The password, from the URL or from its file. It must not be shown.
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref().map(String::as_str)
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, password, ca_file, connections } = self;
        let password = password.as_ref().map(|_| "…");
        let mut debug = formatter.debug_struct("Postgres");
        debug.field("url", &url.as_str()).field("password", &password).field("ca_file", ca_file);
        debug.field("connections", connections).finish()
    }
}

/// Reads the keys of a database. `None` if `database` is wrong, or if it is not set and there is no `default`.
pub(super) fn read(reader: &mut Reader<'_>, default: Option<&Path>) -> Option<Database> {
    let target = read_target(reader, default);
    reader.record(DATABASE.name, target.as_ref().map(Target::shown));
    let password_file = reader.path(DATABASE_PASSWORD_FILE.name);
    reader.record(DATABASE_PASSWORD_FILE.name, password_file.as_ref().map(|file| file.display().to_string()));
    let ca_file = reader.path(DATABASE_CA_FILE.name);
    reader.record(DATABASE_CA_FILE.name, ca_file.as_ref().map(|file| file.display().to_string()));
    let connections = reader.number(DATABASE_CONNECTIONS.name, 1..=MAX_CONNECTIONS).unwrap_or(DEFAULT_CONNECTIONS);
    reader.record(DATABASE_CONNECTIONS.name, Some(connections.to_string()));
    let (url, mut password) = match target? {
        Target::Url(url, password) => (url, password),
        Target::File(file) => {
            for key in [DATABASE_PASSWORD_FILE, DATABASE_CA_FILE] {
                if reader.has(key.name) {
                    reader.warn(key.name, "has no effect: the database is a file");
                }
            }
            return Some(Database::Sqlite(file));
        }
    };
    if password.is_some() {
        reader.has_password(DATABASE.name);
    }
    if let Some(file) = password_file {
        if password.is_some() {
            let message = "is set, but the URL in `database` has a password too: remove one of them";
            reader.problem(DATABASE_PASSWORD_FILE.name, message);
        }
        match password_file::read(&file) {
            Ok(read) => {
                password = Some(read);
                reader.password_in(file);
            }
            Err(message) => reader.problem(DATABASE_PASSWORD_FILE.name, message),
        }
    }
    if ca_file.as_ref().is_some_and(|file| !file.is_file()) {
        reader.problem(DATABASE_CA_FILE.name, "names a file that does not exist");
    }
    let postgres = Postgres { url, password, ca_file, connections };
    if postgres.location().is_err() {
        let problem = wrong_parameter(&postgres.url);
        reader.problem(DATABASE.name, problem.unwrap_or_else(|| "is not a valid PostgreSQL URL: check its parameters".into()));
    }
    Some(Database::Postgres(postgres))
}

fn read_target(reader: &mut Reader<'_>, default: Option<&Path>) -> Option<Target> {
    if !reader.has(DATABASE.name) {
        return default.map(|file| Target::File(file.to_owned()));
    }
    let given = reader.os_string(DATABASE.name)?;
    let target = Target::parse(&given, &reader.folder_of(DATABASE.name));
    target.map_err(|message| reader.problem(DATABASE.name, message)).ok()
}

/// Where a database is.
enum Target {
    File(PathBuf),
    /// A URL without its password, and the password.
    Url(Url, Option<Zeroizing<String>>),
}

impl Target {
    /// Parses a path, which starts at `folder`, or a URL.
    fn parse(given: &OsStr, folder: &Path) -> Result<Self, &'static str> {
        match database_text::parse(&given.to_string_lossy())? {
            None => Ok(Self::File(folder.join(given))),
            Some(_) if given.to_str().is_none() => Err("is not UTF-8"),
            Some((url, password)) => Ok(Self::Url(url, password)),
        }
    }

    /// The file or the URL, without a password.
    fn shown(&self) -> String {
        match self {
            Self::File(file) => file.display().to_string(),
            Self::Url(url, _) => url.to_string(),
        }
    }
}

/// What is wrong with the first wrong parameter of a URL: its name, but never its value.
fn wrong_parameter(url: &Url) -> Option<String> {
    let is_wrong = |name: &str, value: &str| {
        let mut single = url.clone();
        single.query_pairs_mut().clear().append_pair(name, value);
        Location::parse(single.as_str()).is_err()
    };
    let (name, _) = url.query_pairs().find(|(name, value)| is_wrong(name, value))?;
    if name == "sslmode" {
        return Some(
            "has a parameter `sslmode` that is not `disable`, `prefer` or `require`; `require` already verifies the server's \
             certificate and its name, as `verify-full` does elsewhere"
                .into(),
        );
    }
    Some(match nearest(&printable(&name), PARAMETERS.into_iter()) {
        Some(known) if known == name => format!("has a parameter `{known}` with a value that is not valid"),
        Some(near) => format!("has a parameter that is not known; did you mean `{near}`?"),
        None => "has a parameter that is not known: check its parameters".into(),
    })
}

/// The parameters of a URL that people use.
const PARAMETERS: [&str; 9] = [
    "sslmode",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "application_name",
    "connect_timeout",
    "target_session_attrs",
    "channel_binding",
];
