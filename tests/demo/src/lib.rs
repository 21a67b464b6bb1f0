//! The demo, which starts the whole product, and the story, which checks a list of requests against it.

#![forbid(unsafe_code)]

pub mod demo;
mod gateway;
pub mod remint;
pub mod story;
