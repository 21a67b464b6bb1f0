//! Tests of the issuer from outside: the real command and the real server, with a new database for each test.

#![cfg(test)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests a panic is how a check fails"
)]

mod backup;
mod cli;
mod harness;
mod http;
mod killed;
mod readiness;
mod request_bodies;
mod secrets_at_rest;
mod several_processes;
mod sign_in_memory;
mod unavailable;
mod users;
