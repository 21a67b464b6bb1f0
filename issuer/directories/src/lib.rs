//! What a user store needs that is neither SQL nor HTTP: passwords that people choose, and directories that others keep.

#![forbid(unsafe_code)]

mod gate;
pub mod ldap;
pub mod password;
pub mod password_rules;
