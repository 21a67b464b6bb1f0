//! Tokens that clients present: introspection (RFC 7662) and revocation (RFC 7009). Requests about application tokens share transactions;
//! a user's token may be in another database, so its request has a transaction of its own.

mod find;
mod introspect;
mod revoke;
mod token;

pub use introspect::{IntrospectedToken, Introspection, introspect_alone, introspect_tokens};
pub use revoke::{
    OwnToken, OwnUserToken, Revocation, recognise_alone, recognise_tokens, revoke_own_tokens, revoke_own_user_token,
};
pub use token::{Answers, Presentation, PresentedToken, Shared};
