//! What the command does, one file for each group.

mod admin;
mod bundle;
mod config;
mod defaults;
mod envoy;
mod explain;
mod init;
mod key;
mod revocation;
mod serve;
mod token;
