//! The only connection that writes. Concurrent writers share a commit, and thus one wait for the disk (group commit).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::checkpoint::Checkpoints;
use super::file::DatabaseFile;
use super::lock;
use crate::connection::sqlite::Connection;
use crate::error::Cause;
use crate::transaction::Work;
use crate::{StorageError, Transaction};

/// The maximum number of writers that share a commit.
const MAX_BATCH: usize = 64;

/// Runs writers one after the other in one transaction, which stays open while other writers wait. The last of them commits, and no writer
/// returns before the commit. The work of each but the first is a savepoint, so that its failure undoes nothing of the others; `SQLite`
/// copies every page that a savepoint changes.
pub(super) struct Writer {
    queue: Mutex<Queue>,
    checkpoints: Checkpoints,
    /// How many writers wait for the lock of `queue`.
    waiting: AtomicUsize,
    /// How often `BEGIN` has failed.
    failed_begins: AtomicUsize,
}

struct Queue {
    connection: Connection,
    /// The open transaction.
    batch: Option<Arc<Batch>>,
    /// How many writers' work is in the open transaction.
    members: usize,
    /// The error of the last `BEGIN` that failed.
    begin_error: Option<Cause>,
    /// How many writers waited when that `BEGIN` failed and have not returned the error yet.
    unnotified: usize,
}

/// The outcome of a transaction, which all its writers wait for.
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
    pub(super) fn new(connection: rusqlite::Connection) -> Self {
        let checkpoints = Checkpoints::of_writer(&connection);
        let connection = Connection::new(connection);
        let queue = Queue { connection, batch: None, members: 0, begin_error: None, unnotified: 0 };
        Self { queue: Mutex::new(queue), checkpoints, waiting: AtomicUsize::new(0), failed_begins: AtomicUsize::new(0) }
    }

    pub(super) fn write(&self, file: &DatabaseFile, work: Work<'_>) -> Result<(), StorageError> {
        let failed_begins = self.failed_begins.load(Ordering::SeqCst);
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut queue = lock(&self.queue);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        // When one writer's `BEGIN` times out, all writers that waited behind it fail too. Otherwise the last of them would wait
        // for the sum of the timeouts. Until all of them have returned the error, a new writer gets the same error.
        let waited_behind = self.failed_begins.load(Ordering::SeqCst) != failed_begins;
        if queue.batch.is_none()
            && (waited_behind || queue.unnotified > 0)
            && let Some(cause) = queue.begin_error.clone()
        {
            queue.unnotified = queue.unnotified.saturating_sub(waited_behind.into());
            return Err(cause.into());
        }
        let mut turn = Turn { queue: &mut queue, ended: false };
        if turn.queue.batch.is_none() {
            file.check_in_place()?;
        }
        let batch = match turn.begin() {
            Ok(batch) => batch,
            Err(cause) => {
                // In this order: a writer that is counted as waiting has loaded `failed_begins` before this failure.
                turn.queue.unnotified = self.waiting.load(Ordering::SeqCst);
                self.failed_begins.fetch_add(1, Ordering::SeqCst);
                turn.queue.begin_error = Some(cause.clone());
                return Err(cause.into());
            }
        };
        let worked = turn.work(work);
        // A waiting writer takes the next turn, and commits in its turn.
        if self.waiting.load(Ordering::SeqCst) == 0 || turn.queue.members >= MAX_BATCH || turn.has_ended() {
            turn.commit();
            self.checkpoints.after_commit(file, &turn.queue.connection);
        }
        turn.ended = true;
        drop(turn);
        drop(queue);
        // Wait also after a failure: it may depend on uncommitted work of other writers in the same transaction.
        batch.wait()?;
        worked
    }
}

/// The turn of one writer. If it is dropped early, by a panic, it rolls back the whole transaction, so that none stays open.
struct Turn<'a> {
    queue: &'a mut Queue,
    ended: bool,
}

impl Turn<'_> {
    /// Joins the open transaction, or begins one.
    fn begin(&mut self) -> Result<Arc<Batch>, Cause> {
        if let Some(batch) = &self.queue.batch {
            return Ok(Arc::clone(batch));
        }
        self.queue.connection.run_prepared("BEGIN IMMEDIATE")?;
        let batch = Arc::<Batch>::default();
        self.queue.batch = Some(Arc::clone(&batch));
        self.queue.members = 0;
        Ok(batch)
    }

    fn work(&mut self, work: Work<'_>) -> Result<(), StorageError> {
        self.queue.members += 1;
        let connection = &self.queue.connection;
        if self.queue.members == 1 {
            if !work(&Transaction::on_sqlite(connection)) {
                // There is no other work to keep.
                self.end(Ok(()));
            }
            return Ok(());
        }
        connection.run_prepared("SAVEPOINT one")?;
        let succeeded = work(&Transaction::on_sqlite(connection));
        // Some failures, such as a full disk, make SQLite roll back the transaction by itself.
        if !self.has_ended() {
            let undone = if succeeded { Ok(()) } else { connection.run_prepared("ROLLBACK TO one") };
            if let Err(cause) = undone.and_then(|()| connection.run_prepared("RELEASE one")) {
                // Partial work must not be committed together with the work of others.
                self.end(Err(cause.clone()));
                return Err(cause.into());
            }
        }
        Ok(())
    }

    /// Whether SQLite has rolled back the transaction by itself, with the work of all its writers.
    fn has_ended(&self) -> bool {
        self.queue.connection.is_autocommit()
    }

    fn commit(&mut self) {
        let outcome = if self.has_ended() {
            Err(Cause::message("the transaction was rolled back"))
        } else {
            self.queue.connection.run_prepared("COMMIT")
        };
        self.end(outcome);
    }

    /// Tells the writers of the transaction the outcome. Rolls it back if it is still open.
    fn end(&mut self, outcome: Result<(), Cause>) {
        if !self.has_ended() {
            // If this fails, the `BEGIN` of the next writer fails and reports it. No writer of this transaction has returned
            // success.
            let _ = self.queue.connection.run_prepared("ROLLBACK");
        }
        if let Some(batch) = self.queue.batch.take() {
            batch.decide(outcome);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.end(Err(Cause::message("the transaction was interrupted")));
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
    fn concurrent_writers_get_their_own_results() {
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
                            // Every fourth writer fails, and its work is rolled back.
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
    fn waiting_writers_fail_together_when_the_database_is_locked() {
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
    fn a_panic_rolls_back_only_the_open_transaction() {
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
