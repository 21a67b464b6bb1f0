//! A table whose entries keep their position, and whose free positions are used again.

/// The length up to which an empty table keeps its memory.
const SMALL: usize = 1024;

#[derive(Debug)]
pub(super) struct Slots<T> {
    entries: Vec<Slot<T>>,
    /// The first free slot; each free slot holds the next one.
    free: Option<usize>,
    used: usize,
}

#[derive(Debug)]
enum Slot<T> {
    Used(T),
    Free(Option<usize>),
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), free: None, used: 0 }
    }
}

impl<T> Slots<T> {
    /// Adds an entry, and returns its position.
    pub(super) fn insert(&mut self, entry: T) -> usize {
        self.used += 1;
        if let Some(at) = self.free
            && let Some(slot) = self.entries.get_mut(at)
            && let Slot::Free(next) = slot
        {
            self.free = *next;
            *slot = Slot::Used(entry);
            at
        } else {
            self.entries.push(Slot::Used(entry));
            self.entries.len() - 1
        }
    }

    /// Removes an entry. The memory is given back when none is left, so a short peak does not last.
    pub(super) fn remove(&mut self, at: usize) -> Option<T> {
        let slot = self.entries.get_mut(at).filter(|slot| matches!(slot, Slot::Used(_)))?;
        let Slot::Used(entry) = std::mem::replace(slot, Slot::Free(self.free)) else { return None };
        self.free = Some(at);
        self.used -= 1;
        if self.used == 0 && self.entries.len() > SMALL {
            *self = Self::default();
        }
        Some(entry)
    }

    pub(super) fn find(&self, at: usize) -> Option<&T> {
        match self.entries.get(at)? {
            Slot::Used(entry) => Some(entry),
            Slot::Free(_) => None,
        }
    }

    pub(super) fn find_mut(&mut self, at: usize) -> Option<&mut T> {
        match self.entries.get_mut(at)? {
            Slot::Used(entry) => Some(entry),
            Slot::Free(_) => None,
        }
    }

    /// The number of positions, free ones included.
    pub(super) const fn len(&self) -> usize {
        self.entries.len()
    }
}
