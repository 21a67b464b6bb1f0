//! Starts the real parts and sends requests to them, for the end-to-end tests, the demo and the benchmarks.
//!
//! Nothing is mocked. Servers listen on free ports, are polled until they are ready, and stop when their handle is dropped, also when a
//! test fails.

#![forbid(unsafe_code)]

pub mod artifacts;
pub mod certificates;
pub mod client;
pub mod clock;
pub mod curl;
pub mod documents;
pub mod envoy;
pub mod faults;
pub mod followed_issuer;
pub mod free_port;
pub mod guard;
pub mod issuer;
pub mod kubernetes;
pub mod lag;
pub mod live;
pub mod load;
pub mod metrics;
pub mod oauth_client;
pub mod plain;
pub mod private_file;
pub mod process;
pub mod sample_api;
pub mod streaming;
pub mod template;
pub mod upstream;
pub mod user_agent;
pub mod users;
pub mod wire;
