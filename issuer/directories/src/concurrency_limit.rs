//! Limits how many threads do something expensive at the same time, with a bounded queue before it.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The maximum number of waiting threads for each permit. More would occupy server threads that other requests need, and
/// would most likely time out.
const WAITING_PER_PERMIT: usize = 16;

/// A number of permits. Threads wait for one in a queue of bounded length, for a bounded time.
#[derive(Debug)]
pub(crate) struct ConcurrencyLimit {
    permits: usize,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    active: usize,
    /// The tickets of the waiting threads, in the order in which they came. Without an order, later threads could be served first again and
    /// again, and a waiting thread would time out.
    waiting: VecDeque<u64>,
    next_ticket: u64,
}

/// A permit. Dropping it returns it.
#[derive(Debug)]
pub(crate) struct Permit<'l>(&'l ConcurrencyLimit);

/// No permit was available in time, or too many threads already wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Busy;

impl ConcurrencyLimit {
    pub(crate) fn new(permits: usize) -> Self {
        Self { permits, state: Mutex::default(), freed: Condvar::new() }
    }

    /// Waits for a permit, at most for `timeout`.
    pub(crate) fn acquire(&self, timeout: Duration) -> Result<Permit<'_>, Busy> {
        let mut state = self.state();
        if state.active >= self.permits || !state.waiting.is_empty() {
            if state.waiting.len() >= self.permits * WAITING_PER_PERMIT {
                return Err(Busy);
            }
            let end = Instant::now() + timeout;
            let ticket = state.next_ticket;
            state.next_ticket += 1;
            state.waiting.push_back(ticket);
            while state.active >= self.permits || state.waiting.front() != Some(&ticket) {
                let left = end.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    state.waiting.retain(|waiting| *waiting != ticket);
                    drop(state);
                    // The next one may be first now.
                    self.freed.notify_all();
                    return Err(Busy);
                }
                state = self.freed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            }
            state.waiting.pop_front();
            if state.active + 1 < self.permits {
                self.freed.notify_all();
            }
        }
        state.active += 1;
        Ok(Permit(self))
    }

    /// Locks the state. A poisoned lock is still consistent, because no code panics while holding the lock.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.state().active -= 1;
        // Only the first of the queue takes it.
        self.0.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn at_most_as_many_threads_as_permits_run_and_all_of_them_finish() {
        let limit = ConcurrencyLimit::new(2);
        let (active, most, done) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| {
                    let _permit = limit.acquire(Duration::from_secs(30)).unwrap();
                    most.fetch_max(1 + active.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(2));
                    active.fetch_sub(1, Ordering::SeqCst);
                    done.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        assert_eq!((most.into_inner(), done.into_inner()), (2, 20));
    }

    #[test]
    fn threads_are_served_in_the_order_in_which_they_came() {
        let limit = ConcurrencyLimit::new(1);
        let served = Mutex::new(Vec::new());
        let permit = limit.acquire(Duration::ZERO).unwrap();
        thread::scope(|scope| {
            for number in 0..10 {
                let (limit, served) = (&limit, &served);
                scope.spawn(move || {
                    let _permit = limit.acquire(Duration::from_secs(30)).unwrap();
                    served.lock().unwrap().push(number);
                });
                while limit.state().waiting.len() <= number {
                    thread::yield_now();
                }
            }
            drop(permit);
        });
        assert_eq!(served.into_inner().unwrap(), (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn waiting_time_and_queue_length_are_limited() {
        let limit = ConcurrencyLimit::new(1);
        let permit = limit.acquire(Duration::ZERO).unwrap();
        assert_eq!(limit.acquire(Duration::from_millis(5)).err(), Some(Busy));
        thread::scope(|scope| {
            let waiting: Vec<_> =
                (0..WAITING_PER_PERMIT).map(|_| scope.spawn(|| limit.acquire(Duration::from_secs(30)).is_ok())).collect();
            while limit.state().waiting.len() < WAITING_PER_PERMIT {
                thread::yield_now();
            }
            assert_eq!(limit.acquire(Duration::from_secs(30)).err(), Some(Busy), "a full queue must refuse at once");
            drop(permit);
            assert!(waiting.into_iter().all(|waiter| waiter.join().unwrap()));
        });
        assert!(limit.acquire(Duration::ZERO).is_ok());
    }
}
