//! What every operation is given: the issuer's parts, and who acts when.

use postern_token::UnixSeconds;
use serde_json::Value;

use super::Error;
use super::signing::Keyring;
use super::store::{Store, Within};
use super::tokens::StatusPlaces;
use crate::catalogue::{Action, Actor, Application, ApplicationId, MemberName, Role};
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::storage::{Storage, Transaction};

/// An issuer's parts, which it keeps for as long as it runs.
pub struct Instance {
    pub(super) storage: Storage,
    pub(super) keyring: Keyring,
    pub(super) places: StatusPlaces,
    clock: Box<dyn Clock>,
    entropy: Box<dyn Entropy>,
}

impl Instance {
    /// An issuer that mints so much that it takes places in status lists in blocks.
    pub fn serving(storage: Storage, keyring: Keyring, clock: Box<dyn Clock>, entropy: Box<dyn Entropy>) -> Self {
        Self { storage, keyring, places: StatusPlaces::in_blocks(), clock, entropy }
    }

    /// An issuer that does one thing and goes.
    pub fn passing(storage: Storage, keyring: Keyring, clock: Box<dyn Clock>, entropy: Box<dyn Entropy>) -> Self {
        Self { storage, keyring, places: StatusPlaces::one_by_one(), clock, entropy }
    }

    /// Somebody who acts now.
    pub fn act(&self, actor: Actor) -> Act<'_> {
        Act { instance: self, actor, now: self.clock.now(), entropy: &*self.entropy, store: Store::Own(&self.storage) }
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

/// Somebody who acts at one moment.
#[derive(Clone)]
pub struct Act<'a> {
    pub(super) instance: &'a Instance,
    pub(super) actor: Actor,
    pub(super) now: UnixSeconds,
    pub(super) entropy: &'a dyn Entropy,
    store: Store<'a>,
}

impl<'a> Act<'a> {
    /// The same act at another moment.
    #[must_use]
    pub fn at(mut self, now: UnixSeconds) -> Self {
        self.now = now;
        self
    }

    /// The same act with another source of randomness.
    #[must_use]
    pub fn drawing_from(mut self, entropy: &'a dyn Entropy) -> Self {
        self.entropy = entropy;
        self
    }

    /// The moment.
    pub const fn now(&self) -> UnixSeconds {
        self.now
    }

    /// Who acts.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    pub(super) const fn storage(&self) -> Store<'a> {
        self.store
    }

    /// The same act inside a transaction that is open already.
    pub(super) fn within<'b>(&self, within: &'b Within<'b>) -> Act<'b>
    where
        'a: 'b,
    {
        Act { store: Store::Within(within), ..self.clone() }
    }

    pub(super) const fn keyring(&self) -> &'a Keyring {
        &self.instance.keyring
    }

    /// Makes sure that this one may do what concerns all.
    pub(super) fn administer(&self) -> Result<(), Error> {
        match self.actor.role() {
            Some(Role::Administrator) => Ok(()),
            _ => Err(Error::Forbidden { needed: Role::Administrator }),
        }
    }

    /// Makes sure that this one may look at what concerns all.
    pub(super) fn inspect(&self) -> Result<(), Error> {
        match self.actor.role() {
            Some(Role::Administrator | Role::Auditor) => Ok(()),
            _ => Err(Error::Forbidden { needed: Role::Auditor }),
        }
    }

    /// Makes sure that this one may change anything at all.
    pub(super) fn change_something(&self) -> Result<(), Error> {
        match self.actor.role() {
            Some(Role::Administrator | Role::Developer) => Ok(()),
            _ => Err(Error::Forbidden { needed: Role::Developer }),
        }
    }

    /// Whose applications this one sees; `None` means everybody's.
    pub(super) const fn owner(&self) -> Option<&MemberName> {
        match &self.actor {
            Actor::Member(name, Role::Developer) => Some(name),
            _ => None,
        }
    }

    /// The application, for one who may look at it. To anybody else it is not there.
    pub(super) fn application(&self, transaction: &Transaction<'_>, id: &ApplicationId) -> Result<Application, Error> {
        let application = transaction.application(id)?;
        let seen = application.filter(|application| self.owner().is_none_or(|owner| application.owner.as_ref() == Some(owner)));
        seen.ok_or_else(|| Error::NoSuchApplication(id.clone()))
    }

    /// The application, for one who may change it. Until the end of the transaction nobody else does.
    pub(super) fn application_to_change(&self, transaction: &Transaction<'_>, id: &ApplicationId) -> Result<Application, Error> {
        self.change_something()?;
        transaction.lock_application(id)?;
        self.application(transaction, id)
    }

    /// Writes down what is done, in the transaction in which it is done.
    pub(super) fn record(
        &self,
        transaction: &Transaction<'_>,
        action: Action,
        application: Option<&ApplicationId>,
        subject: Option<&str>,
        details: Option<&Value>,
    ) -> Result<(), Error> {
        Ok(transaction.insert_audit(&self.actor, action, application, subject, details, self.now)?)
    }
}
