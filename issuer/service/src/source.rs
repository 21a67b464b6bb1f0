//! The address of the caller whose request is being carried out.
//!
//! It follows the request like its log span: handlers need not pass it on, and every act for the request has it.

use std::cell::Cell;
use std::future::Future;
use std::net::IpAddr;

tokio::task_local! {
    static OF_TASK: Option<IpAddr>;
}

thread_local! {
    static OF_THREAD: Cell<Option<IpAddr>> = const { Cell::new(None) };
}

/// Carries out a request that came from `address`.
pub fn with_source<T>(address: Option<IpAddr>, request: impl Future<Output = T>) -> impl Future<Output = T> {
    OF_TASK.scope(address, request)
}

/// The address of the request that this task or this thread carries out; `None` outside of one.
pub fn current_source() -> Option<IpAddr> {
    OF_TASK.try_with(|address| *address).ok().flatten().or_else(|| OF_THREAD.get())
}

/// Runs `work` on another thread's behalf, for the request from `address`.
pub(crate) fn on_thread<T>(address: Option<IpAddr>, work: impl FnOnce() -> T) -> T {
    /// Resets the thread, also after a panic.
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            OF_THREAD.set(None);
        }
    }
    let _reset = Reset;
    OF_THREAD.set(address);
    work()
}
