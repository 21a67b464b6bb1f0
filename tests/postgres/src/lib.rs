//! A real PostgreSQL for tests, from the binaries that `just postgres` gets.
//!
//! Each [`Server`] has folders, a port and a password of its own. It keeps PostgreSQL's defaults for durability (what is committed is on disk), except
//! for the one that tests share. It never outlives the process that started it, not even when that is killed, and it leaves nothing behind.
//! PostgreSQL refuses to run as root, so root's server runs as `nobody`, from a copy that `nobody` can read.

#![forbid(unsafe_code)]
#![allow(clippy::expect_used, clippy::panic, clippy::missing_panics_doc, reason = "a test fails by panicking")]

mod account;
mod folder;
mod installation;
mod random;
mod server;
mod supervisor;

pub use installation::VERSION;
pub use server::{Server, query, shared};
