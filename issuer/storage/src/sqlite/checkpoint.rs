//! Checkpoints, which write the pages of the write-ahead log to the database. Most of the work is done on a thread of its own, so that no
//! writer waits for it.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;

use super::file::DatabaseFile;
use crate::connection::sqlite::Connection;

/// With how many pages in the log a checkpoint begins: 8 MiB. Pages that change often are then written to the database once; a longer log
/// would leave the processor's cache.
const ENOUGH: u32 = 2048;

/// With how many pages the writer makes the checkpoint itself: 64 MiB. Otherwise the log could grow without bound.
const TOO_MANY: u32 = 8 * ENOUGH;

const IDLE: u8 = 0;
const RUNNING: u8 = 1;
/// The thread has written all pages that were in the log when it began.
const WRITTEN: u8 = 2;

thread_local! {
    /// How many pages the log had after the last commit of this thread.
    static PAGES: Cell<u32> = const { Cell::new(0) };
}

/// The checkpoints of one database.
#[derive(Default)]
pub(super) struct Checkpoints {
    state: Arc<AtomicU8>,
}

impl Checkpoints {
    /// Lets the commits of a connection make no checkpoint. [`Self::after_commit`] has to be called after each of them.
    pub(super) fn of_writer(connection: &rusqlite::Connection) -> Self {
        connection.wal_hook(Some(|_, pages| {
            PAGES.set(u32::try_from(pages).unwrap_or_default());
            Ok(())
        }));
        Self::default()
    }

    /// Begins or ends a checkpoint if the log is long enough. `writer` has committed on this thread, and has no open transaction.
    pub(super) fn after_commit(&self, file: &DatabaseFile, writer: &Connection) {
        let pages = PAGES.take();
        if pages < ENOUGH {
            return;
        }
        match self.state.load(Ordering::SeqCst) {
            IDLE if pages < TOO_MANY => {
                self.state.store(RUNNING, Ordering::SeqCst);
                let (file, state) = (file.clone(), Arc::clone(&self.state));
                let work = move || {
                    let written = file.connect_reader().is_ok_and(|connection| checkpoint(&connection));
                    state.store(if written { WRITTEN } else { IDLE }, Ordering::SeqCst);
                };
                if thread::Builder::new().name("checkpoint".to_owned()).spawn(work).is_err() {
                    self.state.store(IDLE, Ordering::SeqCst);
                }
            }
            RUNNING if pages < TOO_MANY => {}
            // Only few pages are left. When all are written, the log begins anew.
            _ => {
                checkpoint(writer);
                self.state.store(IDLE, Ordering::SeqCst);
            }
        }
    }
}

/// Writes what it can without waiting for readers or writers. Whatever is left stays in the log, and the next checkpoint writes it.
fn checkpoint(connection: &rusqlite::Connection) -> bool {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).is_ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::{Location, Storage};

    #[test]
    fn the_log_of_a_busy_database_does_not_grow_without_bound() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("postern.db");
        let storage = Storage::create(&Location::File(path.clone())).unwrap();
        let len = |name: &str| fs::metadata(directory.path().join(name)).unwrap().len();
        // Each commit writes about 20 pages; together they are four times those that the log may have.
        for seed in 0..4000_u32 {
            storage.write(|transaction| transaction.probe_with_filler((seed % 256).try_into().unwrap())).unwrap();
            assert!(len("postern.db-wal") < 4200 * u64::from(super::TOO_MANY), "{seed}");
        }
        let log = len("postern.db-wal");
        assert!(log > 4096 * u64::from(super::ENOUGH) && log < 4096 * 6 * u64::from(super::ENOUGH), "{log}");
        drop(storage);
        let opened = Storage::open(&Location::File(path)).unwrap();
        opened.write(|transaction| transaction.probe_with_filler(1)).unwrap();
    }
}
