//! Lets few do at once what costs much, and few more wait for it.

use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// So many may wait for each place. Who comes then would wait for a thread of the server's that others need, and most likely in
/// vain.
const WAITING_FOR_EACH_PLACE: usize = 16;

/// A number of places, and a queue of bounded length and patience before them.
#[derive(Debug)]
pub(crate) struct Gate {
    places: usize,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    inside: usize,
    waiting: usize,
}

/// A place; it is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place<'g>(&'g Gate);

/// No place became free in time, or too many wait already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Busy;

impl Gate {
    pub(crate) fn new(places: usize) -> Self {
        Self { places, state: Mutex::default(), freed: Condvar::new() }
    }

    /// One place for each processor.
    pub(crate) fn for_processors() -> Self {
        Self::new(thread::available_parallelism().map_or(1, NonZeroUsize::get))
    }

    /// Takes a place, after at most `patience`.
    pub(crate) fn enter(&self, patience: Duration) -> Result<Place<'_>, Busy> {
        let mut state = self.state();
        if state.inside >= self.places {
            if state.waiting >= self.places * WAITING_FOR_EACH_PLACE {
                return Err(Busy);
            }
            let end = Instant::now() + patience;
            state.waiting += 1;
            while state.inside >= self.places {
                let left = end.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    state.waiting -= 1;
                    return Err(Busy);
                }
                state = self.freed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            }
            state.waiting -= 1;
        }
        state.inside += 1;
        Ok(Place(self))
    }

    /// Nothing in here panics half-way.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.state().inside -= 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn no_more_than_its_places_are_inside_and_everybody_gets_in() {
        let gate = Gate::new(2);
        let (inside, most, done) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| {
                    let _place = gate.enter(Duration::from_secs(30)).unwrap();
                    most.fetch_max(1 + inside.fetch_add(1, Ordering::SeqCst), Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(2));
                    inside.fetch_sub(1, Ordering::SeqCst);
                    done.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        assert_eq!((most.into_inner(), done.into_inner()), (2, 20));
    }

    #[test]
    fn patience_and_the_queue_end() {
        let gate = Gate::new(1);
        let place = gate.enter(Duration::ZERO).unwrap();
        assert_eq!(gate.enter(Duration::from_millis(5)).err(), Some(Busy));
        thread::scope(|scope| {
            let waiting: Vec<_> =
                (0..WAITING_FOR_EACH_PLACE).map(|_| scope.spawn(|| gate.enter(Duration::from_secs(30)).is_ok())).collect();
            while gate.state().waiting < WAITING_FOR_EACH_PLACE {
                thread::yield_now();
            }
            assert_eq!(gate.enter(Duration::from_secs(30)).err(), Some(Busy), "at once");
            drop(place);
            assert!(waiting.into_iter().all(|waiter| waiter.join().unwrap()));
        });
        assert!(gate.enter(Duration::ZERO).is_ok());
    }
}
