//! The one connection that writes. Those who write at the same moment share a commit, and so the wait for the disk.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::file::DatabaseFile;
use super::lock;
use crate::connection::sqlite::Connection;
use crate::error::Cause;
use crate::{StorageError, Transaction};

/// How many share a commit at most.
const MAX_BATCH: usize = 64;

/// Lets one after the other write. Each one's work is a savepoint in a transaction that stays open while others wait for their
/// turn; the last of them commits, and until then nobody hears that their work succeeded.
pub(super) struct Writer {
    line: Mutex<Line>,
    /// Those who are certain to take the lock of the line.
    waiting: AtomicUsize,
    /// How often no transaction could be begun.
    refusals: AtomicUsize,
}

struct Line {
    connection: Connection,
    /// The transaction that is open.
    batch: Option<Arc<Batch>>,
    members: usize,
    /// Why the last time no transaction could be begun.
    refusal: Option<Cause>,
    /// How many stood in line then and have not heard of it yet.
    unheard: usize,
}

/// What becomes of a transaction, for all whose work is in it.
#[derive(Default)]
struct Batch {
    outcome: Mutex<Option<Result<(), Cause>>>,
    decided: Condvar,
}

impl Batch {
    fn decide(&self, outcome: Result<(), Cause>) {
        *lock(&self.outcome) = Some(outcome);
        self.decided.notify_all();
    }

    fn wait(&self) -> Result<(), StorageError> {
        let mut outcome = lock(&self.outcome);
        loop {
            match &*outcome {
                Some(Ok(())) => return Ok(()),
                Some(Err(cause)) => return Err(cause.clone().into()),
                None => outcome = self.decided.wait(outcome).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

impl Writer {
    pub(super) fn new(connection: Connection) -> Self {
        let line = Line { connection, batch: None, members: 0, refusal: None, unheard: 0 };
        Self { line: Mutex::new(line), waiting: AtomicUsize::new(0), refusals: AtomicUsize::new(0) }
    }

    pub(super) fn write<T, E: From<StorageError>>(
        &self,
        file: &DatabaseFile,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let refusals = self.refusals.load(Ordering::SeqCst);
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut line = lock(&self.line);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        // The patience of one counts for all who stood behind that one: otherwise the last of them would wait for the sum. Nor does one who
        // has just come begin anew before all of them have heard of it.
        let stood_behind = self.refusals.load(Ordering::SeqCst) != refusals;
        if line.batch.is_none()
            && (stood_behind || line.unheard > 0)
            && let Some(cause) = line.refusal.clone()
        {
            line.unheard = line.unheard.saturating_sub(stood_behind.into());
            return Err(StorageError::from(cause).into());
        }
        let mut turn = Turn { line: &mut line, ended: false };
        if turn.line.batch.is_none() {
            file.check_in_place()?;
        }
        let batch = match turn.begin() {
            Ok(batch) => batch,
            Err(cause) => {
                // In this order: whoever is counted here has looked at the refusals before this one.
                turn.line.unheard = self.waiting.load(Ordering::SeqCst);
                self.refusals.fetch_add(1, Ordering::SeqCst);
                turn.line.refusal = Some(cause.clone());
                return Err(StorageError::from(cause).into());
            }
        };
        let result = turn.work(work);
        // Whoever waits is sure to come next, and does what is left undone here.
        if self.waiting.load(Ordering::SeqCst) == 0 || turn.line.members >= MAX_BATCH || turn.is_over() {
            turn.commit();
        }
        turn.ended = true;
        drop(turn);
        drop(line);
        // What is refused may have been so because of what others did in the same transaction.
        batch.wait()?;
        result
    }
}

/// One who may write. When it goes away early, by a panic, the whole transaction does: better than one that stays open.
struct Turn<'a> {
    line: &'a mut Line,
    ended: bool,
}

impl Turn<'_> {
    /// Joins the transaction that is open, or begins one.
    fn begin(&mut self) -> Result<Arc<Batch>, Cause> {
        if let Some(batch) = &self.line.batch {
            return Ok(Arc::clone(batch));
        }
        self.line.connection.run_prepared("BEGIN IMMEDIATE")?;
        let batch = Arc::<Batch>::default();
        self.line.batch = Some(Arc::clone(&batch));
        self.line.members = 0;
        Ok(batch)
    }

    fn work<T, E: From<StorageError>>(&mut self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        self.line.members += 1;
        let connection = &self.line.connection;
        connection.run_prepared("SAVEPOINT one").map_err(StorageError::from)?;
        let result = work(&Transaction::on_sqlite(connection));
        // Some failures, a full disk among them, end the transaction by themselves.
        if !self.is_over() {
            let undone = if result.is_err() { connection.run_prepared("ROLLBACK TO one") } else { Ok(()) };
            if let Err(cause) = undone.and_then(|()| connection.run_prepared("RELEASE one")) {
                // What is half-done must not be committed with the others' work.
                self.end(Err(cause.clone()));
                return Err(StorageError::from(cause).into());
            }
        }
        result
    }

    /// Whether the transaction has ended by itself, and with it everybody's work.
    fn is_over(&self) -> bool {
        self.line.connection.is_autocommit()
    }

    fn commit(&mut self) {
        let outcome = if self.is_over() {
            Err(Cause::words("the transaction was rolled back"))
        } else {
            self.line.connection.run_prepared("COMMIT")
        };
        self.end(outcome);
    }

    fn end(&mut self, outcome: Result<(), Cause>) {
        if !self.is_over() {
            // Where not even this succeeds, the next one cannot begin and says so; nothing of this was promised.
            let _ = self.line.connection.run_prepared("ROLLBACK");
        }
        if let Some(batch) = self.line.batch.take() {
            batch.decide(outcome);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.end(Err(Cause::words("the transaction was interrupted")));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use postern_token::UnixSeconds;

    use super::*;
    use crate::{Location, Storage};

    fn storage(directory: &tempfile::TempDir) -> Storage {
        Storage::create(&Location::File(directory.path().join("postern.db"))).unwrap()
    }

    #[allow(clippy::redundant_closure_for_method_calls, reason = "the method is not general enough in its lifetimes")]
    fn lists(storage: &Storage) -> usize {
        storage.read(|transaction| Ok::<_, StorageError>(transaction.status_lists()?.len())).unwrap()
    }

    #[test]
    fn those_who_write_together_are_each_heard_and_one_failure_is_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let storage = storage(&directory);
        let start = Barrier::new(16);
        thread::scope(|scope| {
            for number in 0..16 {
                let (storage, start) = (&storage, &start);
                scope.spawn(move || {
                    start.wait();
                    for _ in 0..20 {
                        let result = storage.write(|transaction| {
                            transaction.insert_status_list(UnixSeconds(number))?;
                            // Every fourth one changes its mind.
                            if number % 4 == 0 { Err(StorageError::Empty) } else { Ok(()) }
                        });
                        assert_eq!(result.is_ok(), number % 4 != 0);
                    }
                });
            }
        });
        assert_eq!(lists(&storage), 12 * 20);
    }

    #[test]
    fn those_who_wait_behind_one_who_is_refused_do_not_wait_for_the_sum() {
        let directory = tempfile::tempdir().unwrap();
        let storage = storage(&directory);
        let other = rusqlite::Connection::open(directory.path().join("postern.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let started = std::time::Instant::now();
        let write = || storage.write(|transaction| transaction.insert_status_list(UnixSeconds(1)));
        thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(write)).collect();
            assert!(threads.into_iter().all(|thread| thread.join().unwrap().is_err()));
        });
        assert!(started.elapsed() < std::time::Duration::from_secs(12), "{:?}", started.elapsed());
        other.execute_batch("ROLLBACK").unwrap();
        write().unwrap();
        assert_eq!(lists(&storage), 1);
    }

    #[test]
    fn a_panic_takes_nothing_along_but_what_was_never_answered() {
        let directory = tempfile::tempdir().unwrap();
        let storage = storage(&directory);
        storage.write(|transaction| transaction.insert_status_list(UnixSeconds(1))).unwrap();
        let panicked = thread::scope(|scope| {
            let panics = || {
                let _ = storage.write::<(), StorageError>(|transaction| {
                    transaction.insert_status_list(UnixSeconds(2))?;
                    panic!("in the middle");
                });
            };
            scope.spawn(panics).join().is_err()
        });
        assert!(panicked);
        assert_eq!(lists(&storage), 1);
        storage.write(|transaction| transaction.insert_status_list(UnixSeconds(3))).unwrap();
        assert_eq!(lists(&storage), 2);
    }
}
