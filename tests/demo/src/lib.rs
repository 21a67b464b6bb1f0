//! The demo, which starts the whole product, the story, which checks a list of requests against it, and the reference deployment, which
//! has TLS everywhere.

#![forbid(unsafe_code)]

pub mod demo;
pub mod folder;
mod gateway;
pub mod reference;
pub mod remint;
pub mod signals;
pub mod story;
