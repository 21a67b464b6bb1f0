//! How much time this machine takes away from its processes, so that what is measured on a busy machine can be judged.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The pause of the thread that measures.
const PAUSE: Duration = Duration::from_millis(5);

/// Measures from now on, until it is dropped.
#[derive(Debug)]
pub struct Lag {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// When a pause ended, and by how much it was too long.
    late: Mutex<Vec<(Instant, Duration)>>,
    stop: AtomicBool,
}

impl Lag {
    /// Begins to measure.
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

    /// By how much a process that did nothing but pause was late, in all, since `since`: a hundredth of the time on a quiet machine, and most of the
    /// time on a machine that is overloaded.
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
