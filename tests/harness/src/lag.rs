//! Measures the scheduling delays of this machine, to correct measurements on a busy machine.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The nominal pause of the measuring thread.
const PAUSE: Duration = Duration::from_millis(5);

/// A running measurement, which stops when it is dropped.
#[derive(Debug)]
pub struct Lag {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// When each pause ended, and by how much it was too long.
    late: Mutex<Vec<(Instant, Duration)>>,
    stop: AtomicBool,
}

impl Lag {
    /// Starts a measurement.
    pub fn measure() -> Self {
        let shared = Arc::new(Shared::default());
        let measuring = Arc::clone(&shared);
        thread::spawn(move || {
            while !measuring.stop.load(Ordering::SeqCst) {
                let began = Instant::now();
                thread::sleep(PAUSE);
                let late = (Instant::now(), began.elapsed().saturating_sub(PAUSE));
                measuring.late.lock().unwrap_or_else(PoisonError::into_inner).push(late);
            }
        });
        Self { shared }
    }

    /// The sum of all delays since `since`: about a hundredth of the time on an idle machine, and most of the time on an overloaded one.
    pub fn since(&self, since: Instant) -> Duration {
        let late = self.shared.late.lock().unwrap_or_else(PoisonError::into_inner);
        late.iter().filter(|(at, _)| *at >= since).map(|(_, late)| *late).sum()
    }
}

impl Drop for Lag {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
    }
}
