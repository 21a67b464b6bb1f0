//! The host of the gate for WASI HTTP 0.2: a component that gathers each request, lets the gate decide it, and answers it or sends it
//! to an upstream.
//!
//! Only the reading of the settings exists on other targets: what the component imports from its host exists in a component only.

mod client_address;
#[cfg(all(target_os = "wasi", target_env = "p2"))]
mod component;
mod origin;
mod settings;

pub use client_address::client_address;
pub use origin::Origin;
pub use settings::{ComponentSettings, SettingsError};
