//! What every operation is given: the issuer's parts, and who acts when.

use postern_token::UnixSeconds;
use serde_json::Value;

use super::Error;
use super::signing_keys::Keyring;
use super::store::{Store, Within};
use super::tokens::StatusPlaces;
use super::users::UserStores;
use crate::error::{ApplicationError, MemberError};
use postern_model::{Action, Actor, Application, ApplicationId, MemberName, Role, UserId};
use postern_secrets::Clock;
use postern_secrets::Entropy;
use postern_secrets::HashedSecret;
use postern_storage::{Storage, Transaction};

/// An issuer's parts, which it keeps for as long as it runs.
pub struct Instance {
    pub(super) storage: Storage,
    pub(super) keyring: Keyring,
    pub(super) places: StatusPlaces,
    pub(super) stores: UserStores,
    clock: Box<dyn Clock>,
    entropy: Box<dyn Entropy>,
}

impl Instance {
    /// An issuer that mints so much that it takes places in status lists in blocks.
    pub fn serving(storage: Storage, keyring: Keyring, clock: Box<dyn Clock>, entropy: Box<dyn Entropy>) -> Self {
        let (places, stores) = (StatusPlaces::in_blocks(), UserStores::default());
        Self { storage, keyring, places, stores, clock, entropy }
    }

    /// An issuer that does one thing and goes.
    pub fn passing(storage: Storage, keyring: Keyring, clock: Box<dyn Clock>, entropy: Box<dyn Entropy>) -> Self {
        let (places, stores) = (StatusPlaces::one_by_one(), UserStores::default());
        Self { storage, keyring, places, stores, clock, entropy }
    }

    /// The same issuer with these user stores, whose tables it makes, or brings up to date.
    pub fn with_user_stores(mut self, stores: UserStores) -> Result<Self, Error> {
        stores.prepare(&self.storage)?;
        self.stores = stores;
        Ok(self)
    }

    /// Somebody who acts now.
    pub fn act(&self, actor: Actor) -> Act<'_> {
        let (now, entropy, store) = (self.clock.now(), &*self.entropy, Store::Own(&self.storage));
        Act { instance: self, actor, now, entropy, credential: None, store }
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
    /// The hash of the personal access token by which a member was recognised.
    credential: Option<HashedSecret>,
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

    /// The same act of a member who was recognised by the personal access token of that hash. It is looked up once more in the transaction of whatever the
    /// member changes: who was removed meanwhile, or given another role, changes nothing any more.
    #[must_use]
    pub fn recognised_by(mut self, credential: HashedSecret) -> Self {
        self.credential = Some(credential);
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

    pub(super) const fn stores(&self) -> &'a UserStores {
        &self.instance.stores
    }

    /// The same act as one of that user's.
    pub(super) fn of_user(&self, user: &UserId) -> Self {
        Self { actor: Actor::User(user.clone()), credential: None, ..self.clone() }
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
        seen.ok_or_else(|| Error::Application(ApplicationError::NotFound(id.clone())))
    }

    /// The application, for one who may change it. Until the end of the transaction nobody else does.
    pub(super) fn application_to_change(&self, transaction: &Transaction<'_>, id: &ApplicationId) -> Result<Application, Error> {
        self.change_something()?;
        // Before a user store with a database of its own does anything.
        self.check_standing(transaction)?;
        transaction.lock_application(id)?;
        self.application(transaction, id)
    }

    /// Makes sure that a member still is who was recognised.
    pub(super) fn check_standing(&self, transaction: &Transaction<'_>) -> Result<(), Error> {
        let (Some(credential), Actor::Member(name, role)) = (&self.credential, &self.actor) else { return Ok(()) };
        let member = transaction.member_with_token(credential, self.now)?;
        let same = member.is_some_and(|member| member.name == *name && member.role == *role);
        if same { Ok(()) } else { Err(Error::Member(MemberError::InvalidCredential)) }
    }

    /// When the personal access token runs out by which a member was recognised, if it does.
    pub(super) fn credential_expiry(&self, transaction: &Transaction<'_>) -> Result<Option<UnixSeconds>, Error> {
        let Some(credential) = &self.credential else { return Ok(None) };
        Ok(transaction.personal_access_token_expiry(credential)?)
    }

    /// Writes down what is done, in the transaction in which it is done. Every operation that changes something does, so here is where it is found out whether the one
    /// who does it still may.
    pub(super) fn record(
        &self,
        transaction: &Transaction<'_>,
        action: Action,
        application: Option<&ApplicationId>,
        subject: Option<&str>,
        details: Option<&Value>,
    ) -> Result<(), Error> {
        self.check_standing(transaction)?;
        Ok(transaction.insert_audit(&self.actor, action, application, subject, details, self.now)?)
    }
}
