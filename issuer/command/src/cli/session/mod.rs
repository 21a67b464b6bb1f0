//! Who somebody is to a server, and which server commands go to.

mod credentials;
mod login;
mod place;
mod server;

pub(super) use login::{login, logout, whoami};
pub(super) use place::{DatabaseSaid, ServerFlags};
pub(super) use server::Server;
