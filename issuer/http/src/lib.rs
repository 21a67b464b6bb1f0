//! What the issuer serves over HTTP: OAuth endpoints, pages, edges, and the server around them.
//!
//! The management API is a crate of its own; [`serve`] adds its routes.

#![forbid(unsafe_code)]

mod client_address;
mod edge;
mod oauth;
mod pages;
mod paths;
mod retry_after;
mod server;

pub use server::{Listeners, serve};
