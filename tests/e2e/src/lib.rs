//! End-to-end tests with the real Envoy, the real issuer, an upstream that counts requests, and in some tests a real browser.
//!
//! All are in one test binary. `npx -y rust-just e2e NAME` builds what the tests need and runs those whose name contains `NAME`.

#![cfg(test)]
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod browser;
mod browser_rules;
mod clients;
mod configurations;
mod contexts;
mod envoy;
mod held_open;
mod kubernetes;
mod limits;
mod management_api;
mod monitoring;
mod oci;
mod open_requests_memory;
mod open_streams;
mod provider;
mod random;
mod rate_limits;
mod revocation;
mod service_extensions;
mod sync;
mod tls;
mod token_lifecycle;
mod trailers;
mod trusted_issuers;
mod vectors;
