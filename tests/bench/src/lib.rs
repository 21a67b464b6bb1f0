//! The shared part of the two benchmarks.

#![forbid(unsafe_code)]

pub mod benchmarks;
