//! Password hashing, rules for new passwords, LDAP directories and `OpenID` Connect providers: the parts of a user store that need no SQL
//! and serve no HTTP.

#![forbid(unsafe_code)]

mod authorities;
mod concurrency_limit;
pub mod ldap;
pub mod openid_connect;
pub mod password;
pub mod password_rules;

pub use authorities::AuthoritiesError;
use ldap::Ldap;
use openid_connect::OpenIdConnect;

/// The authority on a user store's users and their roles.
#[derive(Debug)]
pub enum Directory {
    /// The user store itself, which holds a hash of each password.
    Local,
    /// An LDAP directory, which is asked at each sign-in.
    Ldap(Box<Ldap>),
    /// An identity provider, to which browsers are sent to sign in. The issuer never sees a password.
    OpenIdConnect(Box<OpenIdConnect>),
}
