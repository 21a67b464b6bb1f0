//! A real PostgreSQL for tests, with the binaries that `just postgres` provides.
//!
//! Each [`Server`] has its own folders, port and password. All but the shared one keep PostgreSQL's defaults for durability: what is
//! committed is on disk. A server ends with the process that started it, even if that is killed, and leaves no files. PostgreSQL refuses
//! to run as root, so root's server runs as `nobody`, from a copy that `nobody` can read.

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
