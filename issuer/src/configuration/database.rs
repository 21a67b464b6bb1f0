//! Where the database is: a file, or a `PostgreSQL` server.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use url::Url;
use zeroize::Zeroizing;

use super::key::{DATABASE, DATABASE_CA_FILE, DATABASE_CONNECTIONS, DATABASE_PASSWORD_FILE};
use super::reader::Reader;
use crate::storage::{Location, StorageError};

const DEFAULT_FILE: &str = "./postern.db";
const DEFAULT_CONNECTIONS: u32 = 16;

/// A password file is one line.
const MAX_PASSWORD_LEN: u64 = 4096;

/// The database.
#[derive(Debug)]
pub enum Database {
    /// `SQLite`, in this file.
    Sqlite(PathBuf),
    /// `PostgreSQL`.
    Postgres(Postgres),
}

/// A `PostgreSQL` server, and how to reach it.
pub struct Postgres {
    /// Without a password.
    url: Url,
    password: Option<Zeroizing<String>>,
    /// The root certificates for its TLS, in PEM; `None` for those of the system.
    pub ca_file: Option<PathBuf>,
    /// How many connections are kept at most.
    pub connections: u32,
}

impl Database {
    /// The same for the storage.
    pub fn location(&self) -> Result<Location, StorageError> {
        match self {
            Self::Sqlite(file) => Ok(Location::File(file.clone())),
            Self::Postgres(postgres) => postgres.location(),
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

    /// The URL without its password; it may be shown.
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

pub(super) fn read(reader: &mut Reader) -> Database {
    let given = reader.raw_path(&DATABASE);
    let parsed = match given.as_deref().and_then(OsStr::to_str).map_or(Ok(None), parse_url) {
        Ok(parsed) => parsed,
        Err(message) => {
            reader.problem(&DATABASE, message);
            return Database::Sqlite(PathBuf::from(DEFAULT_FILE));
        }
    };
    let file = given.map_or_else(|| PathBuf::from(DEFAULT_FILE), |given| reader.folder_of(&DATABASE).join(given));
    let shown = parsed.as_ref().map_or_else(|| file.display().to_string(), |(url, _)| url.to_string());
    reader.note(&DATABASE, Some(shown));
    let password_file = reader.path(&DATABASE_PASSWORD_FILE);
    let ca_file = reader.path(&DATABASE_CA_FILE);
    let connections = reader.number(&DATABASE_CONNECTIONS, 1, 1000).unwrap_or(DEFAULT_CONNECTIONS);
    reader.note(&DATABASE_CONNECTIONS, Some(connections.to_string()));
    let Some((url, mut password)) = parsed else {
        for (key, given) in [(&DATABASE_PASSWORD_FILE, password_file.is_some()), (&DATABASE_CA_FILE, ca_file.is_some())] {
            if given {
                reader.warn(key, "is not used: the database is a file");
            }
        }
        return Database::Sqlite(file);
    };
    if let Some(password_file) = &password_file {
        if password.is_some() {
            reader.problem(&DATABASE_PASSWORD_FILE, "names a second password beside the one in the URL of `database`");
        }
        match read_password(password_file) {
            Ok(read) => password = Some(read),
            Err(message) => reader.problem(&DATABASE_PASSWORD_FILE, message),
        }
    }
    if ca_file.as_ref().is_some_and(|file| !file.is_file()) {
        reader.problem(&DATABASE_CA_FILE, "names no file that is there");
    }
    let postgres = Postgres { url, password, ca_file, connections };
    if postgres.location().is_err() {
        reader.problem(&DATABASE, "is not a URL that a client of PostgreSQL takes; look at its parameters");
    }
    Database::Postgres(postgres)
}

type UrlAndPassword = (Url, Option<Zeroizing<String>>);

/// A `PostgreSQL` URL and the password that was in it; `None` for a file.
fn parse_url(text: &str) -> Result<Option<UrlAndPassword>, &'static str> {
    let Some((scheme, _)) = text.split_once("://") else {
        // What libpq takes as well, and what would else be the name of a file, shown with the password in it.
        return if text.contains("password=") { Err("must be a file's path or a `postgres://` URL") } else { Ok(None) };
    };
    if !matches!(scheme, "postgres" | "postgresql") {
        return Err("must be a file's path or a `postgres://` URL");
    }
    let mut url = Url::parse(text).map_err(|_| "is not a URL, such as `postgres://postern@db.example/postern`")?;
    if url.query_pairs().any(|(name, _)| name.to_ascii_lowercase().contains("password")) {
        return Err("holds a password among its parameters: put it into `database_password_file`, or before the `@`");
    }
    let password = match url.password() {
        None => None,
        Some(password) => Some(Zeroizing::new(decoded(password).ok_or("has a password that is not percent-encoded UTF-8")?)),
    };
    if password.is_some() {
        url.set_password(None).map_err(|()| "is not a URL with a host, such as `postgres://postern@db.example/postern`")?;
    }
    Ok(Some((url, password)))
}

fn decoded(text: &str) -> Option<String> {
    // A form has the same escapes; its `+` is a plain character here.
    let pair = format!("p={}", text.replace('+', "%2B"));
    let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
    let (_, value) = pairs.next()?;
    let value = value.into_owned();
    (!value.contains(char::REPLACEMENT_CHARACTER)).then_some(value)
}

fn read_password(file: &Path) -> Result<Zeroizing<String>, String> {
    let metadata = fs::metadata(file).map_err(|error| format!("cannot be read: {error}"))?;
    if metadata.len() > MAX_PASSWORD_LEN {
        return Err("names a file that is too large for a password".to_owned());
    }
    let text = fs::read_to_string(file).map_err(|error| format!("cannot be read: {error}"))?;
    let text = Zeroizing::new(text);
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() { Err("names a file that is empty".to_owned()) } else { Ok(Zeroizing::new(line.to_owned())) }
}
