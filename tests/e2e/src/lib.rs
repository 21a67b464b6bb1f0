//! End-to-end tests: the real Envoy, the real issuer, a real upstream that counts, and for some a real browser.
//!
//! All of them are one test binary. `npx -y rust-just e2e NAME` builds what they need and runs those whose name contains `NAME`.

#![cfg(test)]
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod browser;
mod browser_rules;
mod clients;
mod configurations;
mod envoy;
mod kubernetes;
mod management_api;
mod monitoring;
mod oci;
mod open_streams;
mod random;
mod rate_limits;
mod revocation;
mod sync;
mod token_lifecycle;
mod trailers;
mod vectors;
