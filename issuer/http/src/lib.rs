//! The HTTP interface of the issuer: OAuth endpoints, pages, endpoints for edges, and the server.
//!
//! The management API is a separate crate; [`serve`] adds its routes.

#![forbid(unsafe_code)]

mod client_address;
mod documentation;
mod edge;
mod markdown;
mod messages;
mod oauth;
mod pages;
mod paths;
mod portal;
mod query;
mod retry_after;
mod server;

pub use portal::{Access, Rule, rules as portal_rules};
pub use server::{Listeners, serve};
