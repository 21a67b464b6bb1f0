//! The issuer: it mints Postern's tokens, keeps their records, and gives the edges what they need to decide.
//!
//! `operations` act on `storage` with the types of `catalogue`; `http` and the command line call them. Time and
//! randomness come from `clock` and `entropy` and are passed in.

#![forbid(unsafe_code)]

pub mod catalogue;
pub mod clock;
pub mod configuration;
pub mod directory;
pub mod entropy;
pub mod http;
pub mod operations;
pub mod secrets;
pub mod signing;
pub mod storage;

#[cfg(test)]
mod testing;
