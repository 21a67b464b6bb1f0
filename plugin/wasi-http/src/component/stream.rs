//! Copies a body from one stream to another without waiting, so that both directions of an exchange can go on at the same time.

use wasip2::io::poll::{Pollable, poll};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};

/// The most bytes that are copied at once.
const CHUNK: u64 = 64 * 1024;

/// A copy that is under way.
pub(super) struct Copy {
    from: InputStream,
    to: OutputStream,
    /// What was read and not written yet.
    read: Vec<u8>,
    is_at_end: bool,
}

/// How far a copy is.
pub(super) enum Progress {
    /// It goes on when this is ready.
    Waits(Pollable),
    /// All is copied.
    Done,
    /// One of the sides failed.
    Failed,
}

impl Copy {
    /// A copy whose first bytes were read before.
    pub(super) const fn new(from: InputStream, to: OutputStream, read: Vec<u8>) -> Self {
        Self { from, to, read, is_at_end: false }
    }

    /// Copies as much as both sides allow now.
    pub(super) fn advance(&mut self) -> Progress {
        loop {
            let room = match self.to.check_write() {
                Ok(0) => return Progress::Waits(self.to.subscribe()),
                Ok(room) => room.min(CHUNK),
                Err(_) => return Progress::Failed,
            };
            if self.is_at_end {
                // There is room again, so everything was flushed.
                return Progress::Done;
            }
            if self.read.is_empty() {
                match self.from.read(room) {
                    Ok(chunk) if chunk.is_empty() => return Progress::Waits(self.from.subscribe()),
                    Ok(chunk) => self.read = chunk,
                    Err(StreamError::Closed) => self.is_at_end = true,
                    Err(StreamError::LastOperationFailed(_)) => return Progress::Failed,
                }
            }
            let length = usize::try_from(room).unwrap_or(usize::MAX).min(self.read.len());
            let rest = self.read.split_off(length);
            let written = if self.is_at_end { self.to.flush() } else { self.to.write(&self.read) };
            self.read = rest;
            if written.is_err() {
                return Progress::Failed;
            }
        }
    }
}

/// Why there are no first bytes.
pub(super) enum NoBytes {
    /// The stream failed.
    Failed,
    /// None came in time.
    Idle,
}

/// Waits for the first bytes until `deadline`; `None` when there are none.
pub(super) fn first_bytes(from: &InputStream, deadline: &Pollable) -> Result<Option<Vec<u8>>, NoBytes> {
    loop {
        match from.read(CHUNK) {
            Ok(chunk) if !chunk.is_empty() => return Ok(Some(chunk)),
            Ok(_) if deadline.ready() => return Err(NoBytes::Idle),
            Ok(_) => drop(poll(&[&from.subscribe(), deadline])),
            Err(StreamError::Closed) => return Ok(None),
            Err(StreamError::LastOperationFailed(_)) => return Err(NoBytes::Failed),
        }
    }
}
