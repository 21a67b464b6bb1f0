//! The work memory of Argon2: a fixed number of pieces, which are allocated once and reused.
//!
//! An allocation for each password would not bound the memory of the process: allocators keep freed pieces of this size, and after a flood of
//! sign-in attempts the process would hold many times the memory that the attempts used at once.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use argon2::Block;

use super::PasswordError;
use crate::concurrency_limit::{ConcurrencyLimit, Permit};

/// Pieces of work memory. A thread waits for one in a queue of bounded length.
pub(super) struct WorkMemory {
    limit: ConcurrencyLimit,
    /// The size of a piece, in blocks of 1 KiB.
    blocks: usize,
    /// Whether a piece is kept after use.
    kept: bool,
    idle: Mutex<Vec<Vec<Block>>>,
}

/// A piece of work memory. Dropping it returns it.
pub(super) struct Piece<'m> {
    memory: &'m WorkMemory,
    blocks: Vec<Block>,
    // Dropped after the piece was returned, so that the next holder of the permit finds the piece.
    _permit: Permit<'m>,
}

impl WorkMemory {
    /// `pieces` pieces of `blocks` blocks, which are kept after their allocation.
    pub(super) fn kept(pieces: usize, blocks: usize) -> Self {
        Self { limit: ConcurrencyLimit::new(pieces), blocks, kept: true, idle: Mutex::default() }
    }

    /// One piece of `blocks` blocks, which is freed after each use. It must be larger than the 32 MiB up to which glibc may keep freed memory.
    pub(super) fn freed(blocks: usize) -> Self {
        Self { limit: ConcurrencyLimit::new(1), blocks, kept: false, idle: Mutex::default() }
    }

    /// Allocates `pieces` pieces, so that there is memory for them later. The operating system provides the memory when it is first used.
    pub(super) fn allocate(&self, pieces: usize) -> Result<(), PasswordError> {
        for _ in 0..pieces {
            let piece = self.piece()?;
            self.idle().push(piece);
        }
        Ok(())
    }

    /// Waits for a piece, at most for `timeout`.
    pub(super) fn take(&self, timeout: Duration) -> Result<Piece<'_>, PasswordError> {
        let permit = self.limit.acquire(timeout)?;
        let idle = self.idle().pop();
        let blocks = idle.map_or_else(|| self.piece(), Ok)?;
        Ok(Piece { memory: self, blocks, _permit: permit })
    }

    fn piece(&self) -> Result<Vec<Block>, PasswordError> {
        let mut piece = Vec::new();
        piece.try_reserve_exact(self.blocks).map_err(|_| PasswordError::Memory)?;
        Ok(piece)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Vec<Block>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Piece<'_> {
    /// The first `blocks` blocks of the piece; fewer if it is smaller. They hold what the last use left.
    pub(super) fn blocks(&mut self, blocks: usize) -> &mut [Block] {
        // Never more than was reserved, so nothing is allocated here.
        let blocks = blocks.min(self.memory.blocks);
        if self.blocks.len() < blocks {
            self.blocks.resize(blocks, Block::new());
        }
        self.blocks.get_mut(..blocks).unwrap_or_default()
    }
}

impl Drop for Piece<'_> {
    fn drop(&mut self) {
        if self.memory.kept {
            let blocks = std::mem::take(&mut self.blocks);
            self.memory.idle().push(blocks);
        }
    }
}

impl fmt::Debug for WorkMemory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WorkMemory").field("blocks", &self.blocks).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn pieces_are_used_again_and_never_more_than_there_are() {
        let memory = WorkMemory::kept(2, 64);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let mut piece = memory.take(Duration::from_secs(30)).unwrap();
                        assert_eq!(piece.blocks(64).len(), 64);
                    }
                });
            }
        });
        assert!(memory.idle().len() <= 2);
        let kept = memory.take(Duration::ZERO).unwrap().blocks(64).as_ptr();
        assert_eq!(memory.take(Duration::ZERO).unwrap().blocks(64).as_ptr(), kept);
    }

    #[test]
    fn a_piece_is_never_larger_than_it_was_allocated() {
        let memory = WorkMemory::freed(8);
        assert_eq!(memory.take(Duration::ZERO).unwrap().blocks(9).len(), 8);
        assert!(memory.idle().is_empty());
    }
}
