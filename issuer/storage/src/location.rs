//! The location of a database.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::StorageError;
use super::error::Cause;

/// The location of a database: the path of an `SQLite` file, or the URL of a `PostgreSQL` database.
#[derive(Debug, Clone)]
pub enum Location {
    /// An `SQLite` database in this file.
    File(PathBuf),
    /// A `PostgreSQL` database.
    Server(Box<Server>),
}

impl Location {
    /// Parses a location. Text that begins with `postgres://` or `postgresql://` is a URL, any other text is a path.
    pub fn parse(text: &str) -> Result<Self, StorageError> {
        if ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Server::parse(text).map(Box::new).map(Self::Server);
        }
        Ok(Self::File(PathBuf::from(text)))
    }

    /// The path of an `SQLite` file; `None` for `PostgreSQL`.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Server(_) => None,
        }
    }
}

impl FromStr for Location {
    type Err = StorageError;

    fn from_str(text: &str) -> Result<Self, StorageError> {
        Self::parse(text)
    }
}

/// A `PostgreSQL` database, and how to connect to it.
#[derive(Clone)]
pub struct Server {
    pub(super) config: postgres::Config,
    /// A PEM file with the certificates of the authorities that may sign the server's certificate; the system's authorities if
    /// `None`.
    pub(super) authorities: Option<PathBuf>,
    /// The maximum number of connections.
    pub(super) connections: usize,
}

impl Server {
    const DEFAULT_CONNECTIONS: usize = 16;

    /// The server's limits for a transaction, in milliseconds. Callers time out earlier, so these limits only end abandoned transactions.
    const LIMITS: &str = "-c lock_timeout=5000 -c statement_timeout=10000 -c idle_in_transaction_session_timeout=30000 -c client_min_messages=warning";

    fn parse(url: &str) -> Result<Self, StorageError> {
        let mut config: postgres::Config = url.parse().map_err(|error| StorageError::Url(Cause::from(error)))?;
        if config.get_application_name().is_none() {
            config.application_name("postern");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(std::time::Duration::from_secs(5));
        }
        config.options(&[config.get_options().unwrap_or_default(), Self::LIMITS].join(" "));
        Ok(Self { config, authorities: None, connections: Self::DEFAULT_CONNECTIONS })
    }

    /// Sets the password.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        self.config.password(password);
        self
    }

    /// Sets a PEM file with certificates of authorities, which replace the system's.
    #[must_use]
    pub fn with_authorities(mut self, file: PathBuf) -> Self {
        self.authorities = Some(file);
        self
    }

    /// Sets the maximum number of connections; 0 counts as 1.
    #[must_use]
    pub fn with_connections(mut self, connections: usize) -> Self {
        self.connections = connections.max(1);
        self
    }
}

/// Without the password, which `postgres::Config` redacts.
impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Server").field("config", &self.config).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_a_server_and_other_text_is_a_file() {
        assert_eq!(Location::parse("./postern.db").unwrap().file(), Some(Path::new("./postern.db")));
        assert_eq!(Location::parse("postgres").unwrap().file(), Some(Path::new("postgres")));
        let server = Location::parse("postgres://user:not-to-be-seen@db.example:5433/postern?sslmode=require").unwrap();
        assert!(server.file().is_none());
        assert!(!format!("{server:?}").contains("not-to-be-seen"));
        let error = Location::parse("postgres://user:not-to-be-seen@db.example:port/x").unwrap_err();
        assert!(matches!(error, StorageError::Url(_)));
        assert!(!format!("{error} {error:?}").contains("not-to-be-seen"));
    }
}
