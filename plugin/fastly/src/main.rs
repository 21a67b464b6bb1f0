//! The host of the gate for Fastly Compute: gathers each request, lets the gate decide it, and answers it or sends it to a backend.
//!
//! The program does nothing on other targets: what it calls exists only in Fastly Compute.

#[cfg(all(target_os = "wasi", target_env = "p1"))]
mod compute;

#[cfg(all(target_os = "wasi", target_env = "p1"))]
fn main() {
    compute::serve();
}

#[cfg(not(all(target_os = "wasi", target_env = "p1")))]
fn main() {}
