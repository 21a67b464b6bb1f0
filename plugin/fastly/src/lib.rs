//! The configuration of the gate in Fastly Compute, from the stores of a service.

mod configuration;

pub use configuration::{ConfigurationError, with_edge_key};
