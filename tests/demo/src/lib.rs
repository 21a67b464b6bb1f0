//! The demo, and the story that it tells. Both run everything that the product consists of.

#![forbid(unsafe_code)]

pub mod demo;
pub mod remint;
pub mod story;
