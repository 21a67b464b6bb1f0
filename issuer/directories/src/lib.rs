//! Password hashing, rules for new passwords, and LDAP directories: the parts of a user store that need neither SQL nor HTTP.

#![forbid(unsafe_code)]

mod concurrency_limit;
pub mod ldap;
pub mod password;
pub mod password_rules;

use ldap::Ldap;

/// The authority on a user store's passwords and roles.
#[derive(Debug)]
pub enum Directory {
    /// The user store itself, which holds a hash of each password.
    Local,
    /// An LDAP directory, which is asked at each sign-in.
    Ldap(Box<Ldap>),
}

impl Directory {
    /// The external directory; `None` for a store that holds its users' passwords itself.
    pub const fn external(&self) -> Option<&Ldap> {
        match self {
            Self::Local => None,
            Self::Ldap(ldap) => Some(ldap),
        }
    }
}
