//! Where a database is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::StorageError;
use super::error::Cause;

/// Where a database is: a file's path, or the URL of a `PostgreSQL` database.
#[derive(Debug, Clone)]
pub enum Location {
    /// `SQLite`, in that file.
    File(PathBuf),
    /// `PostgreSQL`.
    Server(Box<Server>),
}

impl Location {
    /// The location that `text` names. What begins as a URL of `PostgreSQL` does is one, everything else is a path.
    pub fn parse(text: &str) -> Result<Self, StorageError> {
        if ["postgres://", "postgresql://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Server::parse(text).map(Box::new).map(Self::Server);
        }
        Ok(Self::File(PathBuf::from(text)))
    }

    /// The file, where it is one.
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

/// A `PostgreSQL` database, and how to come to it.
#[derive(Clone)]
pub struct Server {
    pub(super) config: postgres::Config,
    /// Certificates in PEM that vouch for the server; without them the system's do.
    pub(super) authorities: Option<PathBuf>,
    /// How many connections there are at most.
    pub(super) connections: usize,
}

impl Server {
    const CONNECTIONS: usize = 16;

    /// How long the server lets a transaction wait, work and lie idle, in milliseconds: whoever asked for it is gone by then.
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
        Ok(Self { config, authorities: None, connections: Self::CONNECTIONS })
    }

    /// The same with that password.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        self.config.password(password);
        self
    }

    /// The same with certificates of its own, in a PEM file, that vouch for the server.
    #[must_use]
    pub fn with_authorities(mut self, file: PathBuf) -> Self {
        self.authorities = Some(file);
        self
    }

    /// The same with so many connections at most, at least one.
    #[must_use]
    pub fn with_connections(mut self, connections: usize) -> Self {
        self.connections = connections.max(1);
        self
    }
}

/// The password is not shown: the configuration hides it.
impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Server").field("config", &self.config).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_server_and_anything_else_a_file() {
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
