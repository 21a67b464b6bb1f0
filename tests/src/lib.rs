//! Starts the real parts, talks to them, and tells what happened: for the demo, the story and the end-to-end tests.
//!
//! Nothing here is mocked. Ports are free ones, readiness is asked for and not slept for, and what was started is stopped when
//! its handle is dropped, also when a test fails.

#![forbid(unsafe_code)]

pub mod artifacts;
pub mod benchmarks;
pub mod client;
pub mod demo;
pub mod envoy;
pub mod faults;
pub mod issuer;
pub mod kubernetes;
pub mod live;
pub mod load;
pub mod metrics;
pub mod plain;
pub mod process;
pub mod remint;
pub mod story;
pub mod template;
pub mod upstream;
pub mod user_agent;
pub mod users;
