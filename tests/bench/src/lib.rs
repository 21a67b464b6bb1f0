//! What the two benchmarks share.

#![forbid(unsafe_code)]

pub mod benchmarks;
