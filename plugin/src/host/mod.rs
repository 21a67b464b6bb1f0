//! The hosts that carry decisions out. One that needs a target exists there alone; none of them decides.

pub mod explain;

#[cfg(target_os = "wasi")]
mod envoy;
