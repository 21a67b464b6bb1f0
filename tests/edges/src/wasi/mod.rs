//! The component for hosts of WASI HTTP, in wasmtime.

mod bodies;
mod component;
mod cost;
mod following;
mod vectors;
