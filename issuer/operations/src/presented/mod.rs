//! Tokens that a client presents: introspection (RFC 7662) and revocation (RFC 7009).

mod find;
mod introspect;
mod revoke;

pub use introspect::{IntrospectedToken, Introspection, introspect};
pub use revoke::{OwnToken, recognise_token, revoke_own_token};
