//! A real LDAP server for tests: the system's `slapd`, or the one that `just ldap` provides.
//!
//! Each [`Server`] has its own folder, ports and certificate. It ends with the process that started it, even if that is killed, and
//! leaves no files.

#![forbid(unsafe_code)]
#![allow(clippy::expect_used, clippy::panic, clippy::missing_panics_doc, reason = "a test fails by panicking")]

mod certificate;
mod installation;
mod port;
mod server;
mod supervisor;

pub use server::{BASE, PEOPLE, SERVICE, SERVICE_PASSWORD, Server};
