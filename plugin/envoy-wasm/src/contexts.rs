//! The contexts of a virtual machine: root contexts, one for each configuration that Envoy has loaded in it, and streams.
//!
//! Envoy tells when a context begins and ends, by its id. Every function accepts an id that is unknown, or that was deleted.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::rc::Rc;

/// Root contexts with an `R` each, and streams with an `S` each from the time when their request passes.
pub(crate) struct Contexts<R, S> {
    roots: Vec<(u32, Rc<R>)>,
    /// Streams whose header fields have not arrived, each with its root context. Envoy creates a stream when they arrive, so this is one.
    created: Vec<(u32, u32)>,
    passed: HashMap<u32, S, BuildHasherDefault<Spread>>,
}

impl<R, S> Contexts<R, S> {
    /// No contexts.
    pub(crate) const fn new() -> Self {
        Self { roots: Vec::new(), created: Vec::new(), passed: HashMap::with_hasher(BuildHasherDefault::new()) }
    }

    /// Adds a root context.
    pub(crate) fn add_root(&mut self, context: u32, root: R) {
        self.roots.retain(|(own, _)| *own != context);
        self.roots.push((context, Rc::new(root)));
    }

    /// Adds a stream of a root context.
    pub(crate) fn add_stream(&mut self, context: u32, root: u32) {
        self.created.push((context, root));
    }

    /// The root context with this id.
    pub(crate) fn root(&self, context: u32) -> Option<Rc<R>> {
        self.roots.iter().find(|(own, _)| *own == context).map(|(_, root)| Rc::clone(root))
    }

    /// The root context of a stream whose header fields arrive; `None` if they have arrived before.
    pub(crate) fn take_created(&mut self, stream: u32) -> Option<Rc<R>> {
        let (_, root) = self.remove_created(stream)?;
        self.root(root)
    }

    fn remove_created(&mut self, stream: u32) -> Option<(u32, u32)> {
        let at = self.created.iter().rposition(|(own, _)| *own == stream)?;
        Some(self.created.swap_remove(at))
    }

    /// Keeps a stream whose request passes, until the stream is deleted. Returns what it replaces, for the caller to drop.
    pub(crate) fn keep(&mut self, stream: u32, passed: S) -> Option<S> {
        self.passed.insert(stream, passed)
    }

    /// A stream whose request has passed.
    pub(crate) fn passed(&self, stream: u32) -> Option<&S> {
        self.passed.get(&stream)
    }

    /// Removes a context, and returns what it had, for the caller to drop. Streams of a deleted root context stay until they are deleted too.
    pub(crate) fn delete(&mut self, context: u32) -> (Option<Rc<R>>, Option<S>) {
        let passed = self.passed.remove(&context);
        let mut root = None;
        if passed.is_none()
            && self.remove_created(context).is_none()
            && let Some(at) = self.roots.iter().position(|(own, _)| *own == context)
        {
            root = Some(self.roots.swap_remove(at).1);
        }
        (root, passed)
    }
}

/// Spreads ids, which Envoy counts up, over the bits that a table looks at: multiplied by 2^32 divided by the golden ratio (Knuth, The Art
/// of Computer Programming, section 6.4).
#[derive(Default)]
pub(crate) struct Spread(u32);

impl Hasher for Spread {
    fn write(&mut self, bytes: &[u8]) {
        // Ids are hashed by `write_u32`; this is for completeness.
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, id: u32) {
        self.0 = (self.0 ^ id).wrapping_mul(0x9e37_79b9);
    }

    fn finish(&self) -> u64 {
        // A table of a 32-bit machine reads the position from the lowest of 32 bits, which are the product's worst, and a tag from the
        // highest ones.
        u64::from(self.0 ^ self.0 >> 15)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn contexts(roots: &[u32]) -> Contexts<&'static str, u8> {
        let mut contexts = Contexts::new();
        for (root, name) in roots.iter().zip(["one", "two", "three"]) {
            contexts.add_root(*root, name);
        }
        contexts
    }

    #[test]
    fn a_stream_belongs_to_the_configuration_that_it_was_created_for() {
        let mut contexts = contexts(&[1, 2]);
        for (stream, root) in [(10, 1), (11, 2), (12, 1)] {
            contexts.add_stream(stream, root);
        }
        assert_eq!(contexts.take_created(11).as_deref(), Some(&"two"));
        assert_eq!(contexts.take_created(10).as_deref(), Some(&"one"));
        assert_eq!(contexts.take_created(12).as_deref(), Some(&"one"));
        assert_eq!(contexts.take_created(12), None);
        assert!(contexts.created.is_empty());
    }

    #[test]
    fn another_configuration_replaces_the_first_while_a_stream_is_open() {
        let mut contexts = contexts(&[1]);
        contexts.add_stream(10, 1);
        assert_eq!(contexts.take_created(10).as_deref(), Some(&"one"));
        contexts.keep(10, 7);
        contexts.add_root(20, "new");
        assert_eq!(contexts.delete(1).0.as_deref(), Some(&"one"));
        assert_eq!((contexts.root(1), contexts.root(20).as_deref()), (None, Some(&"new")));
        // The open stream stays, and new ones have the new configuration.
        assert_eq!(contexts.passed(10), Some(&7));
        contexts.add_stream(21, 20);
        assert_eq!(contexts.take_created(21).as_deref(), Some(&"new"));
        assert_eq!(contexts.delete(10), (None, Some(7)));
        assert_eq!(contexts.passed(10), None);
    }

    #[test]
    fn unknown_and_deleted_contexts_are_accepted_everywhere() {
        let mut contexts = contexts(&[1]);
        for id in [0, 1, 5, u32::MAX] {
            // A stream of a root context that does not exist.
            contexts.add_stream(id, 99);
            assert_eq!(contexts.take_created(id), None);
            assert_eq!(contexts.take_created(id), None);
            assert_eq!(contexts.passed(id), None);
        }
        contexts.add_stream(10, 1);
        assert_eq!(contexts.delete(10), (None, None));
        assert_eq!(contexts.take_created(10), None);
        assert!(contexts.delete(1).0.is_some());
        for id in [0, 1, 10, u32::MAX] {
            assert_eq!(contexts.delete(id), (None, None));
            assert_eq!(contexts.root(id), None);
        }
    }

    #[test]
    fn an_id_that_is_used_again_is_another_context() {
        let mut contexts = contexts(&[1]);
        contexts.add_root(1, "again");
        assert_eq!(contexts.root(1).as_deref(), Some(&"again"));
        assert!(contexts.delete(1).0.is_some());
        assert_eq!(contexts.root(1), None);
        assert_eq!((contexts.keep(10, 1), contexts.keep(10, 2)), (None, Some(1)));
        assert_eq!(contexts.delete(10), (None, Some(2)));
        assert_eq!(contexts.delete(10), (None, None));
    }

    #[test]
    fn nothing_is_left_of_streams_that_ended() {
        let mut contexts = contexts(&[1]);
        for stream in 2..100_000 {
            contexts.add_stream(stream, 1);
            assert!(contexts.take_created(stream).is_some());
            // Every third request is refused; of those that pass, the last hundred are open.
            if stream % 3 != 0 {
                contexts.keep(stream, 0);
            }
            contexts.delete(stream.saturating_sub(100));
            contexts.add_root(1, "one");
        }
        assert!(contexts.passed.len() < 100 && contexts.created.is_empty() && contexts.roots.len() == 1);
    }

    #[test]
    fn ids_in_any_steps_are_spread_over_a_table() {
        for step in [1, 2, 3, 64, 128, 1024, 65_536] {
            let hashes = (0..1024_u32).map(|number| {
                let mut spread = Spread::default();
                spread.write_u32(number.wrapping_mul(step));
                spread.finish()
            });
            let (mut positions, mut tags) = (HashSet::new(), HashSet::new());
            for hash in hashes {
                positions.insert(hash & 1023);
                tags.insert(hash >> 25);
            }
            assert!(positions.len() > 400 && tags.len() > 50, "{step}: {} {}", positions.len(), tags.len());
        }
    }
}
