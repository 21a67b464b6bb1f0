//! The connections of a process, opened when they are needed and used again.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::encryption::Encryption;
use crate::StorageError;
use crate::connection::postgres::Connection;
use crate::error::Cause;
use crate::location::Server;

/// How long somebody waits for a connection that others have.
const PATIENCE: Duration = Duration::from_secs(5);

/// A few connections.
pub(super) struct Pool {
    server: Server,
    encryption: Encryption,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    taken: usize,
}

impl Pool {
    pub(super) fn new(server: &Server) -> Result<Self, StorageError> {
        let encryption = Encryption::new(server)?;
        Ok(Self { server: server.clone(), encryption, state: Mutex::default(), returned: Condvar::new() })
    }

    pub(super) const fn connections(&self) -> usize {
        self.server.connections
    }

    /// Lends a connection outside of any transaction.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Connection) -> Result<T, StorageError>) -> Result<T, StorageError> {
        let mut lent = self.begin("BEGIN")?;
        let value = work(lent.connection()?)?;
        lent.commit()?;
        Ok(value)
    }

    /// Lends a connection that has just run `begin`. One that lay idle may have been closed meanwhile: then it is the next one's turn, and in
    /// the end that of a new one.
    pub(super) fn begin(&self, begin: &str) -> Result<Lent<'_>, StorageError> {
        let mut lent = self.take()?;
        while let Some(mut connection) = lent.connection.take() {
            let result = connection.run(begin);
            if connection.is_usable() {
                lent.connection = Some(connection);
                return result.map(|()| lent).map_err(StorageError::from);
            }
            lent.connection = self.state().idle.pop();
        }
        let mut connection = Connection::new(self.encryption.connect(&self.server.config)?);
        connection.run(begin)?;
        lent.connection = Some(connection);
        Ok(lent)
    }

    /// Takes a place, and the connection that lies there.
    fn take(&self) -> Result<Lent<'_>, StorageError> {
        let full = |state: &mut State| state.taken >= self.server.connections;
        let (mut state, waited) =
            self.returned.wait_timeout_while(self.state(), PATIENCE, full).unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(Cause::words("all connections to the database are in use").into());
        }
        state.taken += 1;
        Ok(Lent { pool: self, connection: state.idle.pop(), committed: false })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection waits for its end, which is not allowed where a server runs that is just ending itself: so it ends on a thread of its own.
impl Drop for Pool {
    fn drop(&mut self) {
        let idle = std::mem::take(&mut self.state().idle);
        if !idle.is_empty() {
            // One that panics has nothing more to say.
            let _ = std::thread::spawn(move || drop(idle)).join();
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pool").field("server", &self.server).finish_non_exhaustive()
    }
}

/// A connection that is lent, in the middle of a transaction. What is not committed is rolled back.
pub(super) struct Lent<'a> {
    pool: &'a Pool,
    connection: Option<Connection>,
    committed: bool,
}

impl Lent<'_> {
    pub(super) fn connection(&mut self) -> Result<&mut Connection, StorageError> {
        self.connection.as_mut().ok_or_else(|| Cause::words("the connection to the database is gone").into())
    }

    pub(super) fn commit(&mut self) -> Result<(), StorageError> {
        self.connection()?.run("COMMIT")?;
        self.committed = true;
        Ok(())
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let committed = self.committed;
        // One that cannot even roll back is of no use any more; the server rolls back when it is closed.
        let usable = |connection: &mut Connection| (committed || connection.run("ROLLBACK").is_ok()) && connection.is_usable();
        let connection = self.connection.take().and_then(|mut connection| usable(&mut connection).then_some(connection));
        let mut state = self.pool.state();
        state.taken -= 1;
        state.idle.extend(connection);
        drop(state);
        self.pool.returned.notify_one();
    }
}
