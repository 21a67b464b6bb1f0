//! Audit entries and security events as JSON lines, for a SIEM that reads the standard output of the process.

use std::io::Write;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use postern_model::{AuditEntry, SecurityEvent};
use serde_json::{Value, json};

/// The most lines that may wait to be written. Further lines are dropped, because a stopped reader must not stop the issuer.
const MAX_WAITING: usize = 10_000;

/// Writes lines without blocking the caller.
#[derive(Debug, Clone)]
pub struct Output {
    lines: SyncSender<String>,
    lost: Arc<AtomicU64>,
}

impl Output {
    /// An output that writes lines to `writer` on a separate thread, until every clone of it is dropped.
    pub fn to(writer: impl Write + Send + 'static) -> Self {
        let (lines, waiting) = sync_channel(MAX_WAITING);
        let lost = Arc::<AtomicU64>::default();
        let counted = Arc::clone(&lost);
        thread::spawn(move || write(writer, &waiting, &counted));
        Self { lines, lost }
    }

    /// Writes an audit entry.
    pub fn audit(&self, entry: &AuditEntry) {
        self.line(&json!({
            "type": "audit",
            "at": entry.at,
            "number": entry.number,
            "actor": entry.actor,
            "action": entry.action,
            "application": entry.application,
            "subject": entry.subject,
            "source": entry.source.as_ref().map(IpAddr::to_string),
            "details": entry.details,
        }));
    }

    /// Writes a refused attempt.
    pub(crate) fn event(&self, event: &SecurityEvent) {
        self.line(&json!({
            "type": "event",
            "at": event.last_at,
            "event": event.event.as_str(),
            "reason": event.reason,
            "source": event.source,
            "subject": event.subject,
        }));
    }

    fn line(&self, line: &Value) {
        // Absent rather than null, as in the management API.
        let mut line = line.clone();
        if let Some(fields) = line.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
        if self.lines.try_send(format!("{line}\n")).is_err() && self.lost.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::error!("lines for standard output are lost, because nothing reads them fast enough");
        }
    }
}

fn write(mut writer: impl Write, lines: &Receiver<String>, lost: &AtomicU64) {
    while let Ok(line) = lines.recv() {
        let missing = lost.swap(0, Ordering::Relaxed);
        if missing > 0 {
            let line = format!("{}\n", json!({ "type": "lost", "lines": missing }));
            let _ = writer.write_all(line.as_bytes());
        }
        // A reader that has disconnected does not concern the issuer.
        let _ = writer.write_all(line.as_bytes()).and_then(|()| writer.flush());
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::mpsc::{Sender, channel};

    use postern_model::EventName;
    use postern_token::UnixSeconds;

    use super::*;

    /// A reader that takes each write only when it is allowed to.
    struct Slow(Receiver<()>, Sender<String>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            let _ = self.1.send(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_does_not_read_loses_lines_and_blocks_no_writer() {
        let ((allow, allowed), (sent, written)) = (channel(), channel());
        let output = Output::to(Slow(allowed, sent));
        let (at, reason, source) = (UnixSeconds(7), "throttled".to_owned(), Some("192.0.2.1".to_owned()));
        let event = EventName::Client;
        let event = SecurityEvent { number: 0, event, reason, source, subject: None, first_at: at, last_at: at, times: 1 };
        for _ in 0..MAX_WAITING + 100 {
            output.event(&event);
        }
        assert!(output.lost.load(Ordering::Relaxed) >= 99);
        drop(allow);
        let lines: Vec<String> = written.into_iter().take(3).collect();
        let text = lines.concat();
        assert!(text.contains(r#"{"at":7,"event":"client.refused","reason":"throttled","source":"192.0.2.1","type":"event"}"#));
        assert!(text.contains(r#""type":"lost""#), "{text}");
    }
}
