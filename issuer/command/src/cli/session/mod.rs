//! Who somebody is to a server, and which server commands go to.

mod credentials;
mod login;
mod target;

pub(super) use login::{login, logout, whoami};
pub(super) use target::{DatabaseSetting, ServerFlags};
