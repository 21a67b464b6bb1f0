//! Tests of the command line, one file for each group of commands.

mod admin;
mod advice;
mod apply;
mod bundle;
mod config;
mod defaults;
mod envoy;
mod explain;
mod init;
mod local_and_remote;
mod login;
mod master_key;
mod output;
mod revocation;
mod serve;
mod server_errors;
mod signing_key;
mod token;
mod try_out;
mod users;
