//! A connection pool, which opens connections when they are needed.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::encryption::Encryption;
use crate::StorageError;
use crate::connection::postgres::Connection;
use crate::error::Cause;
use crate::location::Server;

/// How long a transaction waits for a connection.
const POOL_TIMEOUT: Duration = Duration::from_secs(5);

/// A pool of connections to one database.
pub(super) struct Pool {
    server: Server,
    encryption: Encryption,
    state: Mutex<State>,
    returned: Condvar,
    /// What each new connection runs first.
    first_statement: OnceLock<String>,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    in_use: usize,
}

impl Pool {
    pub(super) fn new(server: &Server) -> Result<Self, StorageError> {
        let encryption = Encryption::new(server)?;
        Ok(Self {
            server: server.clone(),
            encryption,
            state: Mutex::default(),
            returned: Condvar::new(),
            first_statement: OnceLock::new(),
        })
    }

    pub(super) const fn connections(&self) -> usize {
        self.server.connections
    }

    /// Lets every connection run a statement before it is used. Open connections are closed.
    pub(super) fn on_connect(&self, statement: String) -> Result<(), StorageError> {
        // Only the first statement counts; there is only one in the life of a process.
        let _ = self.first_statement.set(statement);
        drop(std::mem::take(&mut self.state().idle));
        self.with(|_| Ok(()))
    }

    /// A connection that is not in the pool.
    pub(super) fn connect(&self) -> Result<Connection, StorageError> {
        Ok(Connection::new(self.encryption.connect(&self.server.config)?))
    }

    /// Runs `work` on a connection in a transaction of its own.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T, StorageError>) -> Result<T, StorageError> {
        let mut pooled = self.begin("BEGIN")?;
        let value = work(pooled.connection()?)?;
        pooled.commit()?;
        Ok(value)
    }

    /// A connection on which `begin` has just run. The server may have closed an idle connection; then the next one is tried, and
    /// at last a new one.
    pub(super) fn begin(&self, begin: &str) -> Result<PooledConnection<'_>, StorageError> {
        let mut pooled = self.take()?;
        while let Some(mut connection) = pooled.connection.take() {
            let result = connection.run(begin);
            if connection.is_usable() {
                pooled.connection = Some(connection);
                return result.map(|()| pooled).map_err(StorageError::from);
            }
            pooled.connection = self.state().idle.pop();
        }
        let mut connection = self.connect()?;
        if let Some(statement) = self.first_statement.get() {
            connection.run(statement)?;
        }
        connection.run(begin)?;
        pooled.connection = Some(connection);
        Ok(pooled)
    }

    /// Waits until fewer than the maximum of connections are in use. The result holds an idle connection if there is one.
    fn take(&self) -> Result<PooledConnection<'_>, StorageError> {
        let full = |state: &mut State| state.in_use >= self.server.connections;
        let (mut state, waited) =
            self.returned.wait_timeout_while(self.state(), POOL_TIMEOUT, full).unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(Cause::message("all connections to the database are in use").into());
        }
        state.in_use += 1;
        Ok(PooledConnection { pool: self, connection: state.idle.pop(), committed: false })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closing a connection blocks, and a Tokio runtime does not allow that on its threads while it shuts down. So a thread of its
/// own closes the connections.
impl Drop for Pool {
    fn drop(&mut self) {
        let idle = std::mem::take(&mut self.state().idle);
        if !idle.is_empty() {
            // A panic while closing changes nothing: the server ends the connections.
            let _ = std::thread::spawn(move || drop(idle)).join();
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pool").field("server", &self.server).finish_non_exhaustive()
    }
}

/// A connection of the pool with an open transaction. When dropped, it rolls back if nothing was committed, and returns to the
/// pool.
pub(super) struct PooledConnection<'a> {
    pool: &'a Pool,
    connection: Option<Connection>,
    committed: bool,
}

impl PooledConnection<'_> {
    pub(super) fn connection(&mut self) -> Result<&mut Connection, StorageError> {
        self.connection.as_mut().ok_or_else(|| Cause::message("the connection to the database is gone").into())
    }

    pub(super) fn commit(&mut self) -> Result<(), StorageError> {
        self.connection()?.run("COMMIT")?;
        self.committed = true;
        Ok(())
    }
}

impl Drop for PooledConnection<'_> {
    fn drop(&mut self) {
        let committed = self.committed;
        // A connection that cannot roll back is closed, and then the server rolls back.
        let usable = |connection: &mut Connection| (committed || connection.run("ROLLBACK").is_ok()) && connection.is_usable();
        let connection = self.connection.take().and_then(|mut connection| usable(&mut connection).then_some(connection));
        let mut state = self.pool.state();
        state.in_use -= 1;
        state.idle.extend(connection);
        drop(state);
        self.pool.returned.notify_one();
    }
}
