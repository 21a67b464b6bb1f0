//! Logins: stored tokens, and the choice between a server and the database.

mod credentials;
mod login;
mod target;

pub(super) use login::{login, logout, whoami};
pub(super) use target::{DatabaseSetting, ServerFlags};
