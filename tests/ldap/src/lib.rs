//! A real LDAP server for tests: `slapd`, the system's or the one that `just ldap` gets.
//!
//! Each [`Server`] has a folder, ports and a certificate of its own. It never outlives the process that started it, not even when
//! that is killed, and it leaves nothing behind.

#![forbid(unsafe_code)]
#![allow(clippy::expect_used, clippy::panic, clippy::missing_panics_doc, reason = "a test fails by panicking")]

mod certificate;
mod installation;
mod port;
mod server;
mod supervisor;

pub use server::{BASE, PEOPLE, SERVICE, SERVICE_PASSWORD, Server};
