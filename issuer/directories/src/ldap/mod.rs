//! Signs users in with an external directory, over LDAP (RFC 4511).
//!
//! [`Ldap`] binds as a service account, searches for the user's entry, and binds as that entry with the password, on another
//! connection.
//!
//! The messages are our own code, because the parser of the crate `ldap3` recurses for each nested level of its input. Before TLS
//! begins, an attacker on the network could send a small message that overflows the stack and aborts the process.

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

use super::authorities::AuthoritiesError;
use super::concurrency_limit::ConcurrencyLimit;
use super::password::MAX_PASSWORD_LEN;
use connection::Connection;
use filter::Values;
use message::{Entry, Search};
use postern_model::{UserName, UserRole};
use postern_secrets::PlainSecret;

/// The maximum number of concurrent requests to a directory. Each uses at most two connections.
const MAX_CONCURRENT_REQUESTS: usize = 16;

/// The size limit of a search for a user. Two entries suffice to detect an ambiguous name.
const USER_SIZE_LIMIT: u32 = 2;

/// The size limit of a search for groups. Active Directory returns no more entries in one response.
const GROUP_SIZE_LIMIT: u32 = 1000;

const SUCCESS: u32 = 0;
const SIZE_LIMIT_EXCEEDED: u32 = 4;

/// The result codes of a bind that mean a failed sign-in, not a failure of the directory.
///
/// 19: the limit of attempts is reached. 32: the entry does not exist. 48: the entry has no password. 49: invalid credentials.
/// 50: the account may not bind. 53: the account is locked.
const SIGN_IN_FAILURES: [u32; 6] = [19, 32, 48, 49, 50, 53];

/// An LDAP directory.
#[derive(Debug)]
pub struct Ldap {
    settings: LdapSettings,
    tls: Arc<ClientConfig>,
    limit: ConcurrencyLimit,
}

/// A user in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryUser {
    /// The user's roles, sorted.
    pub roles: Vec<UserRole>,
}

impl Ldap {
    /// Loads the root certificates. Does not connect to the directory.
    pub fn new(settings: LdapSettings) -> Result<Self, AuthoritiesError> {
        let tls = if settings.server.has_tls() {
            tls::configuration(settings.authorities_file.as_deref())?
        } else {
            tls::without_roots()?
        };
        Ok(Self { settings, tls, limit: ConcurrencyLimit::new(MAX_CONCURRENT_REQUESTS) })
    }

    /// Signs a user in. Blocks until the directory answers or the timeout ends.
    ///
    /// Returns `None` for an unknown name and for a wrong password, after about the same time.
    pub fn sign_in(&self, name: &UserName, password: &PlainSecret) -> Result<Option<DirectoryUser>, DirectoryError> {
        let password = password.expose();
        // Servers answer a bind with an empty password with success (RFC 4513, section 5.1.2). For a server that ends strings
        // at a NUL, a password that begins with a NUL is empty too.
        if password.is_empty() || password.contains('\0') || password.len() > MAX_PASSWORD_LEN {
            return Ok(None);
        }
        let _permit = self.limit.acquire(self.settings.timeout)?;
        let deadline = Instant::now() + self.settings.timeout;
        let mut service = self.connect_as_service(deadline)?;
        let entry = self.find_user(&mut service, name)?;
        // For an unknown user, a bind as an entry that does not exist takes the same time.
        let dn = entry.as_ref().map_or_else(|| format!("cn=postern-nobody,{}", self.settings.base_dn), |entry| entry.dn.clone());
        let code = Connection::open(&self.settings.server, &self.tls, deadline)?.bind(&dn, password)?;
        match (entry, code) {
            (Some(entry), SUCCESS) => self.directory_user(&mut service, name, entry).map(Some),
            (Some(_), code) if !SIGN_IN_FAILURES.contains(&code) => {
                Err(DirectoryError::Refused { operation: Operation::UserBind, code })
            }
            _ => Ok(None),
        }
    }

    /// Looks a user up without a password. Returns `None` if the directory no longer has the user. Blocks as
    /// [`Self::sign_in`] does.
    pub fn look_up(&self, name: &UserName) -> Result<Option<DirectoryUser>, DirectoryError> {
        let _permit = self.limit.acquire(self.settings.timeout)?;
        let mut service = self.connect_as_service(Instant::now() + self.settings.timeout)?;
        let entry = self.find_user(&mut service, name)?;
        entry.map(|entry| self.directory_user(&mut service, name, entry)).transpose()
    }

    /// Opens a connection and binds as the service account, if one is configured.
    fn connect_as_service(&self, deadline: Instant) -> Result<Connection, DirectoryError> {
        let mut service = Connection::open(&self.settings.server, &self.tls, deadline)?;
        if let Some(account) = &self.settings.account {
            let code = service.bind(&account.dn, &account.password)?;
            require_success(Operation::ServiceBind, code)?;
        }
        Ok(service)
    }

    /// Searches for the user's entry. Fails if several entries match.
    fn find_user(&self, service: &mut Connection, name: &UserName) -> Result<Option<Entry>, DirectoryError> {
        let filter = self.settings.user_filter.encode(Values { user: name.as_str(), dn: "" });
        let attribute = self.settings.role_attribute.as_deref();
        let search = Search {
            base: &self.settings.base_dn,
            filter,
            attribute,
            size_limit: USER_SIZE_LIMIT,
            time_limit: self.time_limit(),
        };
        let (mut entries, code) = service.search(&search)?;
        if code == SIZE_LIMIT_EXCEEDED || entries.len() > 1 {
            return Err(DirectoryError::Ambiguous);
        }
        require_success(Operation::UserSearch, code)?;
        // The entry with the empty DN is the server's root entry, which is not a user.
        Ok(entries.pop().filter(|entry| !entry.dn.is_empty()))
    }

    /// The user of an entry, with the roles from the entry and from the user's groups.
    fn directory_user(&self, service: &mut Connection, name: &UserName, entry: Entry) -> Result<DirectoryUser, DirectoryError> {
        let mut values = entry.values;
        if let Some(groups) = &self.settings.groups {
            let filter = groups.filter.encode(Values { user: name.as_str(), dn: &entry.dn });
            let search = Search {
                base: &groups.base_dn,
                filter,
                attribute: None,
                size_limit: GROUP_SIZE_LIMIT,
                time_limit: self.time_limit(),
            };
            let (groups, code) = service.search(&search)?;
            require_success(Operation::GroupSearch, code)?;
            values.extend(groups.into_iter().map(|group| group.dn));
        }
        Ok(DirectoryUser { roles: roles::roles(values.into_iter()) })
    }

    /// The time limit of a search in seconds, at least 1.
    fn time_limit(&self) -> u32 {
        u32::try_from(self.settings.timeout.as_secs()).unwrap_or(u32::MAX).max(1)
    }
}

fn require_success(operation: Operation, code: u32) -> Result<(), DirectoryError> {
    if code == SUCCESS { Ok(()) } else { Err(DirectoryError::Refused { operation, code }) }
}

#[cfg(test)]
mod tests;
