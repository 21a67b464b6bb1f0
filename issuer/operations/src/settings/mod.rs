//! The settings of the whole issuer.

mod change;
mod current;
mod policies;
mod validity;

pub use change::{SettingsChange, change_settings};
pub(super) use current::current;
pub use current::{check_health, check_writable, load_settings};
pub use policies::PolicyChange;
pub(super) use validity::{TokenValidity, check_validity};
