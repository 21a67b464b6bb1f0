//! Where the database is: a file, or a `PostgreSQL` server.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;
use zeroize::Zeroizing;

use super::key::{DATABASE, DATABASE_CA_FILE, DATABASE_CONNECTIONS, DATABASE_PASSWORD_FILE};
use super::password_file;
use super::reader::Reader;
use postern_storage::{Location, StorageError};

const DEFAULT_FILE: &str = "./postern.db";
pub(super) const DEFAULT_CONNECTIONS: u32 = 16;
pub(super) const MAX_CONNECTIONS: u32 = 1000;

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

    /// Where it is, without a password.
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
    let place = given.map_or_else(|| Ok(Place::default()), |given| Place::read(&given, &reader.folder_of(&DATABASE)));
    let place = match place {
        Ok(place) => place,
        Err(message) => {
            reader.problem(&DATABASE, message);
            return Database::Sqlite(PathBuf::from(DEFAULT_FILE));
        }
    };
    reader.note(&DATABASE, Some(place.shown()));
    let password_file = reader.path(&DATABASE_PASSWORD_FILE);
    let ca_file = reader.path(&DATABASE_CA_FILE);
    let connections = reader.number(&DATABASE_CONNECTIONS, 1, MAX_CONNECTIONS).unwrap_or(DEFAULT_CONNECTIONS);
    reader.note(&DATABASE_CONNECTIONS, Some(connections.to_string()));
    Parts { place, password_file, ca_file, connections }.assemble(&mut |part, said| {
        let key = match part {
            Part::Place => &DATABASE,
            Part::PasswordFile => &DATABASE_PASSWORD_FILE,
            Part::CaFile => &DATABASE_CA_FILE,
        };
        match said {
            Said::Problem(message) => reader.problem(key, message),
            Said::Warning(message) => reader.warn(key, message),
        }
    })
}

/// Where a database is, as somebody wrote it.
pub(super) enum Place {
    File(PathBuf),
    /// Without its password, and with it.
    Url(Url, Option<Zeroizing<String>>),
}

impl Default for Place {
    fn default() -> Self {
        Self::File(PathBuf::from(DEFAULT_FILE))
    }
}

impl Place {
    /// Reads what is `given`; a path starts at `folder`.
    pub(super) fn read(given: &OsStr, folder: &Path) -> Result<Self, &'static str> {
        let url = given.to_str().map_or(Ok(None), parse_url)?;
        Ok(url.map_or_else(|| Self::File(folder.join(given)), |(url, password)| Self::Url(url, password)))
    }

    /// It may be shown: a password is left out.
    fn shown(&self) -> String {
        match self {
            Self::File(file) => file.display().to_string(),
            Self::Url(url, _) => url.to_string(),
        }
    }
}

/// All that is said of one database.
pub(super) struct Parts {
    pub(super) place: Place,
    pub(super) password_file: Option<PathBuf>,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) connections: u32,
}

/// What something is said of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Place,
    PasswordFile,
    CaFile,
}

/// What is said of it.
#[derive(Debug)]
pub(super) enum Said {
    Problem(String),
    Warning(&'static str),
}

impl Parts {
    /// The database; `say` hears what is wrong with it.
    pub(super) fn assemble(self, say: &mut dyn FnMut(Part, Said)) -> Database {
        let Self { place, password_file, ca_file, connections } = self;
        let (url, mut password) = match place {
            Place::Url(url, password) => (url, password),
            Place::File(file) => {
                for (part, given) in [(Part::PasswordFile, password_file.is_some()), (Part::CaFile, ca_file.is_some())] {
                    if given {
                        say(part, Said::Warning("is not used: the database is a file"));
                    }
                }
                return Database::Sqlite(file);
            }
        };
        let mut problem = |part, message: String| say(part, Said::Problem(message));
        if let Some(password_file) = &password_file {
            if password.is_some() {
                let message = "names a second password beside the one in the URL of `database`";
                problem(Part::PasswordFile, message.to_owned());
            }
            match password_file::read(password_file) {
                Ok(read) => password = Some(read),
                Err(message) => problem(Part::PasswordFile, message),
            }
        }
        if ca_file.as_ref().is_some_and(|file| !file.is_file()) {
            problem(Part::CaFile, "names no file that is there".to_owned());
        }
        let postgres = Postgres { url, password, ca_file, connections };
        if postgres.location().is_err() {
            let message = "is not a URL that a client of PostgreSQL takes; look at its parameters";
            problem(Part::Place, message.to_owned());
        }
        Database::Postgres(postgres)
    }
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
