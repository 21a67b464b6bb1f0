//! Decides each HTTP request from its token alone, and runs inside a host that carries the decision out.
//!
//! [`Gate::decide`] is pure: no host, no clock, no I/O. A host gathers a [`Request`], calls it once, and does what
//! [`reply`] makes of the [`Decision`]. Every host shares this one way.

mod client_domain;
mod configuration;
mod credential;
mod decision;
pub mod explain;
mod gate;
mod identity_headers;
mod index;
pub mod reply;
mod request;
mod settings;
pub mod sync;
mod sync_settings;
mod token_cache;

pub use configuration::Configuration;
pub use decision::{Code, Decision, DomainProblem, Grounds, Identity, Reason, Step, Verdict};
pub use gate::Gate;
pub use identity_headers::IdentityHeaders;
pub use index::Fnv;
pub use request::Request;
pub use settings::{CacheSettings, CredentialSettings, Otherwise, PluginDocument, Settings};
pub use sync_settings::SyncSettings;
pub use token_cache::CacheUse;

#[cfg(test)]
mod tests;
