//! Readiness: whether the database can be written to. Anyone may ask; it is probed at most once a second.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

/// How long the result of a probe is reused. Anyone may ask, and each probe waits for the disk.
const REUSE: Duration = Duration::from_secs(1);

/// How long a probe may take. Together with [`REUSE`] it is less than five seconds, and longer than a healthy database takes under load.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The known state of the database.
#[derive(Debug, Default)]
pub struct Readiness {
    last: Mutex<Option<Probe>>,
    /// Whether an operation has failed since the last probe that wrote much.
    doubtful: AtomicBool,
}

#[derive(Debug, Clone, Copy)]
struct Probe {
    ended: Instant,
    writable: bool,
}

impl Readiness {
    /// Records that an operation failed because of the database. The next probes write as much as an operation, until one succeeds, because
    /// a full disk may still have room for a small write.
    pub(crate) fn doubt(&self) {
        self.doubtful.store(true, Ordering::Relaxed);
    }

    /// Whether the database can be written to, from a recent or a new result of `probe`. Its parameter says whether to write much; it
    /// returns the cause if it cannot write. Callers that ask at the same time share one probe.
    pub(crate) async fn check(&self, probe: impl AsyncFnOnce(bool) -> Result<(), String>) -> bool {
        let mut last = self.last.lock().await;
        if let Some(Probe { ended, writable }) = *last
            && ended.elapsed() < REUSE
            && !(writable && self.doubtful.load(Ordering::Relaxed))
        {
            return writable;
        }
        let was_writable = last.is_none_or(|probe| probe.writable);
        let doubtful = self.doubtful.swap(false, Ordering::Relaxed);
        let cause = match tokio::time::timeout(TIMEOUT, probe(doubtful)).await {
            Ok(probed) => probed.err(),
            Err(_) => Some(format!("a write did not end within {} seconds", TIMEOUT.as_secs())),
        };
        // Logged only when the state changes.
        match &cause {
            Some(cause) if was_writable => tracing::error!(cause, "the database cannot be written to: not ready"),
            None if !was_writable => tracing::info!("the database can be written to again: ready"),
            _ => {}
        }
        let writable = cause.is_none();
        if !writable {
            self.doubt();
        }
        *last = Some(Probe { ended: Instant::now(), writable });
        writable
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_result_is_reused_until_an_operation_fails() {
        let readiness = Readiness::default();
        assert!(readiness.check(async |much| if much { Err("much".into()) } else { Ok(()) }).await);
        assert!(readiness.check(async |_| Err("asked again".into())).await);
        readiness.doubt();
        assert!(!readiness.check(async |much| if much { Err("full".into()) } else { Ok(()) }).await);
        assert!(!readiness.check(async |_| Ok(())).await);
    }
}
