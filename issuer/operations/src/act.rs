//! The context of every operation: the parts of the issuer, the actor and the time.

use std::net::IpAddr;

use postern_token::UnixSeconds;
use serde_json::Value;

use super::Error;
use super::audit_trail::{self, AuditSink};
use super::client_memory::ClientMemory;
use super::database::{Database, OpenTransaction};
use super::keyring::Keyring;
use super::status_indexes::StatusIndexes;
use super::user_stores::UserStores;
use postern_model::{Action, Actor, ApplicationId, AuditEntry, UserId};
use postern_secrets::Clock;
use postern_secrets::Entropy;
use postern_secrets::HashedSecret;
use postern_storage::{Storage, Transaction};

/// The limits of what is stored for one client; 0 is no limit.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The device codes that wait for a user.
    pub device_codes: u32,
    /// The live application tokens that the client obtained.
    pub tokens: u32,
    /// The tokens that the client obtains in one hour for itself, and those for each user, also those that have expired or were revoked.
    pub tokens_per_hour: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { device_codes: 1_000, tokens: 10_000, tokens_per_hour: 10_000 }
    }
}

/// The parts of an issuer that live as long as the process.
pub struct Instance {
    pub(super) storage: Storage,
    pub(super) keyring: Keyring,
    pub(super) status_indexes: StatusIndexes,
    pub(super) stores: UserStores,
    pub(super) bounds: Bounds,
    pub(super) client_memory: ClientMemory,
    clock: Box<dyn Clock>,
    entropy: Box<dyn Entropy>,
    audit_sink: Option<AuditSink>,
}

impl Instance {
    /// An issuer for a server, which reserves status indexes in blocks.
    pub fn for_server(storage: Storage, keyring: Keyring, clock: Box<dyn Clock>, entropy: Box<dyn Entropy>) -> Self {
        Self::new(storage, keyring, StatusIndexes::in_blocks(), clock, entropy)
    }

    /// An issuer for one command.
    pub fn for_command(storage: Storage, keyring: Keyring, clock: Box<dyn Clock>, entropy: Box<dyn Entropy>) -> Self {
        Self::new(storage, keyring, StatusIndexes::one_by_one(), clock, entropy)
    }

    fn new(
        storage: Storage,
        keyring: Keyring,
        status_indexes: StatusIndexes,
        clock: Box<dyn Clock>,
        entropy: Box<dyn Entropy>,
    ) -> Self {
        Self {
            storage,
            keyring,
            status_indexes,
            stores: UserStores::default(),
            bounds: Bounds::default(),
            client_memory: ClientMemory::default(),
            clock,
            entropy,
            audit_sink: None,
        }
    }

    /// Changes the limits of what is stored for one client.
    #[must_use]
    pub fn with_bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// The limits of what is stored for one client.
    pub const fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// Adds user stores, and creates or migrates their tables.
    pub fn with_user_stores(mut self, stores: UserStores) -> Result<Self, Error> {
        stores.prepare(&self.storage)?;
        self.stores = stores;
        Ok(self)
    }

    /// Hands every audit entry to `sink` when it has been committed.
    #[must_use]
    pub fn with_audit_sink(mut self, sink: AuditSink) -> Self {
        self.audit_sink = Some(sink);
        self
    }

    /// An act of `actor` at the current time.
    pub fn act(&self, actor: Actor) -> Act<'_> {
        let store = Database::Own(&self.storage, self.audit_sink.as_ref());
        let (now, entropy) = (self.clock.now(), &*self.entropy);
        Act { instance: self, actor, now, entropy, credential: None, source: None, store }
    }

    /// The database.
    pub const fn storage(&self) -> &Storage {
        &self.storage
    }
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Instance").field("storage", &self.storage).finish_non_exhaustive()
    }
}

/// What authenticates a member, without the secret itself.
#[derive(Debug, Clone)]
pub enum Credential {
    /// The hash of a personal access token.
    PersonalToken(HashedSecret),
    /// The hash of a session's secret, and the member's account, which the session is of.
    Session(HashedSecret, UserId),
}

/// Who acts, and when.
#[derive(Clone)]
pub struct Act<'a> {
    pub(super) instance: &'a Instance,
    pub(super) actor: Actor,
    pub(super) now: UnixSeconds,
    pub(super) entropy: &'a dyn Entropy,
    /// What authenticated a member.
    pub(super) credential: Option<Credential>,
    /// The address of the caller, for the audit log.
    source: Option<IpAddr>,
    store: Database<'a>,
}

impl<'a> Act<'a> {
    /// The same act at another time.
    #[must_use]
    pub fn at(mut self, now: UnixSeconds) -> Self {
        self.now = now;
        self
    }

    /// The same act with another source of randomness.
    #[must_use]
    pub fn with_entropy(mut self, entropy: &'a dyn Entropy) -> Self {
        self.entropy = entropy;
        self
    }

    /// The same act of a member whom this credential has authenticated. The credential and the role are checked again in the transaction of
    /// each change: a member who was removed or got another role meanwhile can change nothing.
    #[must_use]
    pub fn authenticated_by(mut self, credential: Credential) -> Self {
        self.credential = Some(credential);
        self
    }

    /// The same act of a caller at this address, which audit entries name.
    #[must_use]
    pub fn from_source(mut self, source: Option<IpAddr>) -> Self {
        self.source = source.map(|address| address.to_canonical());
        self
    }

    /// The time of the act.
    pub const fn now(&self) -> UnixSeconds {
        self.now
    }

    /// Who acts.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    pub(super) const fn storage(&self) -> Database<'a> {
        self.store
    }

    /// The same act inside an open transaction.
    pub(super) fn within<'b>(&self, within: &'b OpenTransaction<'b>) -> Act<'b>
    where
        'a: 'b,
    {
        Act { store: Database::Open(within), ..self.clone() }
    }

    pub(super) const fn stores(&self) -> &'a UserStores {
        &self.instance.stores
    }

    /// The same act as that user.
    pub(super) fn of_user(&self, user: &UserId) -> Self {
        Self { actor: Actor::User(user.clone()), credential: None, ..self.clone() }
    }

    /// The same act as the issuer itself, which follows its configuration.
    pub(super) fn of_issuer(&self) -> Self {
        Self { actor: Actor::Issuer, credential: None, ..self.clone() }
    }

    pub(super) const fn keyring(&self) -> &'a Keyring {
        &self.instance.keyring
    }

    /// Writes an audit entry in the transaction of the change. Every change calls this, so the member is checked again here.
    pub(super) fn audit(
        &self,
        transaction: &Transaction<'_>,
        action: Action,
        application: Option<&ApplicationId>,
        subject: Option<&str>,
        details: Option<&Value>,
    ) -> Result<(), Error> {
        self.append(transaction, &mut [self.entry(action, application, subject, details)])
    }

    /// An audit entry of this act. [`Self::append`] writes it.
    pub(super) fn entry(
        &self,
        action: Action,
        application: Option<&ApplicationId>,
        subject: Option<&str>,
        details: Option<&Value>,
    ) -> AuditEntry {
        AuditEntry {
            number: 0,
            at: self.now,
            actor: self.actor.to_string(),
            action: action.as_str().to_owned(),
            application: application.cloned(),
            subject: subject.map(str::to_owned),
            details: details.cloned(),
            source: self.source,
        }
    }

    /// Writes audit entries, like [`Self::audit`]. Those of other acts may be among them, if clients do them.
    pub(super) fn append(&self, transaction: &Transaction<'_>, entries: &mut [AuditEntry]) -> Result<(), Error> {
        self.check_standing(transaction)?;
        transaction.insert_audit_entries(entries)?;
        self.note(entries);
        Ok(())
    }

    /// Hands over entries of this transaction to the audit sink when it is committed.
    pub(super) fn note(&self, entries: &[AuditEntry]) {
        if self.instance.audit_sink.is_some() {
            entries.iter().cloned().for_each(audit_trail::note);
        }
    }
}
