//! A directory that others keep, asked by LDAP (RFC 4511) who somebody is.
//!
//! It binds as a service account, searches the one entry that has the name, and binds as that entry with the password, on a
//! connection of its own. The few messages for it are written here and not taken from the crate `ldap3`, whose reader calls
//! itself for each level of what it is sent: a small message from somebody between us and the server, before TLS has begun, would
//! overflow the stack and end the whole process.

mod ber;
mod connection;
mod error;
mod filter;
mod message;
mod roles;
mod settings;
mod stream;
mod tls;

use std::sync::Arc;
use std::time::Instant;

use rustls::ClientConfig;

pub use error::{ConnectError, DirectoryError, Operation};
pub use filter::is_attribute;
pub use filter::{Filter, FilterError};
pub use settings::{Account, DEFAULT_TIMEOUT, DEFAULT_USER_FILTER, Groups, LdapSettings, Server, ServerError};
pub use tls::AuthoritiesError;

use super::concurrency_limit::ConcurrencyLimit;
use super::password::MAX_PASSWORD_LEN;
use connection::Connection;
use filter::Values;
use message::{Entry, Search};
use postern_model::{UserName, UserRole};
use postern_secrets::PlainSecret;

/// So many are asked about at once; each takes two connections at most.
const AT_ONCE: usize = 16;

/// Two would be too many already.
const MOST_USERS: u32 = 2;

/// Nobody is in more groups. Active Directory says no more in one answer either.
const MOST_GROUPS: u32 = 1000;

const SUCCESS: u32 = 0;
const SIZE_LIMIT_EXCEEDED: u32 = 4;

/// What servers say to a wrong password, or of somebody who may not sign in: a retry limit that was reached (19), an entry that
/// is gone (32) or has no password (48), wrong credentials (49), an account that may not bind (50) or is locked (53).
const NOT_SIGNED_IN: [u32; 6] = [19, 32, 48, 49, 50, 53];

/// A directory of users.
#[derive(Debug)]
pub struct Ldap {
    settings: LdapSettings,
    tls: Arc<ClientConfig>,
    limit: ConcurrencyLimit,
}

/// Somebody whom a directory knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryUser {
    /// What somebody is there, in order.
    pub roles: Vec<UserRole>,
}

impl Ldap {
    /// Reads the root certificates; the directory is not asked for anything yet.
    pub fn new(settings: LdapSettings) -> Result<Self, AuthoritiesError> {
        let tls =
            if settings.server.has_tls() { tls::configuration(settings.authorities_file.as_deref())? } else { tls::none()? };
        Ok(Self { settings, tls, limit: ConcurrencyLimit::new(AT_ONCE) })
    }

    /// Who has this name and this password; `None` where nobody has, whether or not somebody has the name, and after about the
    /// same time. It waits for the directory.
    pub fn sign_in(&self, name: &UserName, password: &PlainSecret) -> Result<Option<DirectoryUser>, DirectoryError> {
        let password = password.expose();
        // An empty password would be a question that servers answer with success. To a server that ends texts at a NUL, one that
        // begins so is empty too.
        if password.is_empty() || password.contains('\0') || password.len() > MAX_PASSWORD_LEN {
            return Ok(None);
        }
        let _permit = self.limit.acquire(self.settings.timeout)?;
        let deadline = Instant::now() + self.settings.timeout;
        let mut service = self.service(deadline)?;
        let entry = self.find(&mut service, name)?;
        // Somebody who is not there is asked for as well.
        let dn = entry.as_ref().map_or_else(|| format!("cn=postern-nobody,{}", self.settings.base_dn), |entry| entry.dn.clone());
        let code = Connection::open(&self.settings.server, &self.tls, deadline)?.bind(&dn, password)?;
        match (entry, code) {
            (Some(entry), SUCCESS) => self.person(&mut service, name, entry).map(Some),
            (Some(_), code) if !NOT_SIGNED_IN.contains(&code) => {
                Err(DirectoryError::Refused { operation: Operation::UserBind, code })
            }
            _ => Ok(None),
        }
    }

    /// Who has this name now; `None` where nobody has any more.
    pub fn look_up(&self, name: &UserName) -> Result<Option<DirectoryUser>, DirectoryError> {
        let _permit = self.limit.acquire(self.settings.timeout)?;
        let mut service = self.service(Instant::now() + self.settings.timeout)?;
        let entry = self.find(&mut service, name)?;
        entry.map(|entry| self.person(&mut service, name, entry)).transpose()
    }

    /// A connection of the service account's.
    fn service(&self, deadline: Instant) -> Result<Connection, DirectoryError> {
        let mut service = Connection::open(&self.settings.server, &self.tls, deadline)?;
        if let Some(account) = &self.settings.account {
            let code = service.bind(&account.dn, &account.password)?;
            succeeded(Operation::ServiceBind, code)?;
        }
        Ok(service)
    }

    /// The one entry of this name.
    fn find(&self, service: &mut Connection, name: &UserName) -> Result<Option<Entry>, DirectoryError> {
        let filter = self.settings.user_filter.encode(Values { user: name.as_str(), dn: "" });
        let attribute = self.settings.role_attribute.as_deref();
        let search = Search { base: &self.settings.base_dn, filter, attribute, most: MOST_USERS, seconds: self.seconds() };
        let (mut entries, code) = service.search(&search)?;
        if code == SIZE_LIMIT_EXCEEDED || entries.len() > 1 {
            return Err(DirectoryError::Ambiguous);
        }
        succeeded(Operation::UserSearch, code)?;
        // The entry without a name is the server itself, as which nobody signs in.
        Ok(entries.pop().filter(|entry| !entry.dn.is_empty()))
    }

    fn person(&self, service: &mut Connection, name: &UserName, entry: Entry) -> Result<DirectoryUser, DirectoryError> {
        let mut values = entry.values;
        if let Some(groups) = &self.settings.groups {
            let filter = groups.filter.encode(Values { user: name.as_str(), dn: &entry.dn });
            let search = Search { base: &groups.base_dn, filter, attribute: None, most: MOST_GROUPS, seconds: self.seconds() };
            let (groups, code) = service.search(&search)?;
            succeeded(Operation::GroupSearch, code)?;
            values.extend(groups.into_iter().map(|group| group.dn));
        }
        Ok(DirectoryUser { roles: roles::roles(values.into_iter()) })
    }

    /// How long the server may search, in its own measure.
    fn seconds(&self) -> u32 {
        u32::try_from(self.settings.timeout.as_secs()).unwrap_or(u32::MAX).max(1)
    }
}

fn succeeded(operation: Operation, code: u32) -> Result<(), DirectoryError> {
    if code == SUCCESS { Ok(()) } else { Err(DirectoryError::Refused { operation, code }) }
}

#[cfg(test)]
mod tests;
