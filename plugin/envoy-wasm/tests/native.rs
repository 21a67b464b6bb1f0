//! Tests what needs no host. The crate itself is empty on this target.

#[path = "../src/contexts.rs"]
mod contexts;
#[path = "../src/memory.rs"]
mod memory;
