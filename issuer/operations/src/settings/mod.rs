//! What holds for the whole issuer.

mod change;
mod current;
mod policies;

pub use change::{SettingsChange, change_settings};
pub use current::{check_health, check_writable, load_settings};
pub(super) use current::{check_validity, current};
pub use policies::PolicyChange;
