//! Decides each HTTP request from its token and a bundle, inside a host that carries out the decision.
//!
//! [`Gate::decide`] is pure: no host, no clock, no I/O. A host gathers a [`Request`], calls [`Gate::decide`] once, and carries out the
//! reply or the changes that [`reply`] builds from the [`Decision`]. [`sync`] follows an issuer, also without a host. Every host shares
//! this code.

mod authority;
mod cause;
mod client_domain;
mod configuration;
mod credential;
mod decision;
mod deferred;
pub mod explain;
mod gate;
mod identity_headers;
mod index;
mod messages;
mod open_streams;
mod owner;
mod removed_fields;
pub mod reply;
mod request;
mod serial_edge;
mod settings;
mod status_lists;
pub mod sync;
mod sync_settings;
mod token_cache;

pub use cause::Cause;
pub use configuration::Configuration;
pub use decision::{Code, Decision, DomainProblem, Grounds, Identity, Reason, Step, Verdict};
pub use deferred::{KnownSignature, MissingSignature};
pub use gate::Gate;
pub use identity_headers::IdentityHeaders;
pub use index::Fnv;
pub use messages::{ConnectionFields, ForwardedHead, ReplyMessage, Ruling};
pub use open_streams::{Admission, OpenStreams, StreamKey};
pub use request::Request;
pub use serial_edge::{SerialEdge, StartError};
pub use settings::{CacheSettings, CredentialSettings, Otherwise, PluginDocument, Settings};
pub use sync_settings::{FollowedEnvironment, SyncSettings};
pub use token_cache::CacheUse;

#[cfg(test)]
mod tests;
