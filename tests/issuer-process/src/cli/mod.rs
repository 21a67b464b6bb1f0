//! What the command does, one file for each group.

mod admin;
mod bundle;
mod config;
mod defaults;
mod envoy;
mod explain;
mod init;
mod key;
mod login;
mod master_key;
mod places;
mod revocation;
mod serve;
mod server_trouble;
mod token;
mod users;
