//! What a user store needs that is neither SQL nor HTTP: passwords that people choose, and directories that others keep.

#![forbid(unsafe_code)]

mod concurrency_limit;
pub mod ldap;
pub mod password;
pub mod password_rules;

use ldap::Ldap;

/// The authority on a user store's passwords and roles.
#[derive(Debug)]
pub enum Directory {
    /// The store itself, which keeps a hash of each password.
    Local,
    /// An LDAP directory, which is asked at each sign-in.
    Ldap(Box<Ldap>),
}

impl Directory {
    /// The directory to ask; `None` for a store that keeps its users itself.
    pub const fn external(&self) -> Option<&Ldap> {
        match self {
            Self::Local => None,
            Self::Ldap(ldap) => Some(ldap),
        }
    }
}
