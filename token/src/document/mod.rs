//! The strict reader of JSON documents: names every missing, wrong and unknown field at once, and never quotes a value.

mod problem;
mod read;

pub use problem::{At, Problem, Problems};
pub use read::{Fields, Read, TextMap, one_of};
