//! Passes audit entries to a sink after they are committed, never before.

use std::cell::RefCell;

use postern_model::AuditEntry;

/// Gets each audit entry right after its transaction was committed, on the thread that committed it. It must not block.
pub type AuditSink = Box<dyn Fn(&AuditEntry) + Send + Sync>;

thread_local! {
    /// The entries of the open transaction: an operation's transaction begins and ends on one thread.
    static OPEN: RefCell<Vec<AuditEntry>> = const { RefCell::new(Vec::new()) };
}

/// Remembers an entry of the open transaction.
pub(crate) fn note(entry: AuditEntry) {
    OPEN.with_borrow_mut(|open| open.push(entry));
}

/// Runs a transaction, and hands over its entries if it was committed.
pub(crate) fn handing_over<T, E>(sink: Option<&AuditSink>, transaction: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let Some(sink) = sink else { return transaction() };
    // A transaction that panicked on this thread may have left some.
    OPEN.with_borrow_mut(Vec::clear);
    let result = transaction();
    let entries = OPEN.take();
    if result.is_ok() {
        entries.iter().for_each(sink);
    }
    result
}
