//! The hosts that carry decisions out. Each exists on its own target; none of them decides.

#[cfg(target_os = "wasi")]
mod envoy;
