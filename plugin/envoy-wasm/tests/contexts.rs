//! Tests the table of contexts, which needs no host; the crate itself is empty on this target.

#[path = "../src/contexts.rs"]
mod contexts;
