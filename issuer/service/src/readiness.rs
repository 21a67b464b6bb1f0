//! Readiness: whether the database can be written to, asked for by anybody and probed at most once a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use postern_operations::check_writable;
use tokio::sync::Mutex;

use crate::{Failure, Service, chain};

/// How long the result of a probe is answered again. Anybody may ask, and each probe waits for the disk.
const REUSE: Duration = Duration::from_secs(1);

/// How long a probe may take. Together with [`REUSE`] it is less than five seconds, and longer than a healthy database takes under load.
const TIMEOUT: Duration = Duration::from_secs(3);

/// What is known of the database.
#[derive(Debug, Default)]
pub struct Readiness {
    last: Mutex<Option<Probe>>,
    /// Whether an operation has failed since the last probe that wrote much.
    doubtful: AtomicBool,
}

impl Readiness {
    /// Notes that an operation failed because of the database. The next probes write as much as an operation, until one succeeds: on a full
    /// disk there may be room for a small write.
    pub(crate) fn doubt(&self) {
        self.doubtful.store(true, Ordering::Relaxed);
    }
}

#[derive(Debug, Clone, Copy)]
struct Probe {
    ended: Instant,
    writable: bool,
}

impl Service {
    /// Whether the database can be written to: a locked, full, read-only or unreachable one cannot. Callers that ask at the same time share
    /// one probe.
    pub async fn is_writable(self: &Arc<Self>) -> bool {
        let mut last = self.readiness.last.lock().await;
        if let Some(probe) = *last
            && probe.ended.elapsed() < REUSE
            && !(probe.writable && self.readiness.doubtful.load(Ordering::Relaxed))
        {
            return probe.writable;
        }
        let was_writable = last.is_none_or(|probe| probe.writable);
        let doubtful = self.readiness.doubtful.swap(false, Ordering::Relaxed);
        let probe = self.read(move |service| check_writable(&service.act(), doubtful));
        let probed = tokio::time::timeout(TIMEOUT, probe).await;
        let cause = match probed {
            Ok(Ok(())) => None,
            Ok(Err(Failure::Operation(error))) => Some(chain(&error)),
            Ok(Err(_)) => Some("the probe was interrupted".to_owned()),
            Err(_) => Some(format!("a write did not end within {} seconds", TIMEOUT.as_secs())),
        };
        // Logged when it changes, however often somebody asks.
        match &cause {
            Some(cause) if was_writable => tracing::error!(cause, "the database cannot be written to: not ready"),
            None if !was_writable => tracing::info!("the database can be written to again: ready"),
            _ => {}
        }
        let writable = cause.is_none();
        if !writable {
            self.readiness.doubt();
        }
        *last = Some(Probe { ended: Instant::now(), writable });
        writable
    }
}
