//! Who may do what: the checks by role that operations call, and which applications an actor sees.

use postern_model::{Actor, Application, ApplicationId, MemberName, Owner, Role};
use postern_storage::Transaction;
use postern_token::UnixSeconds;

use crate::act::{Act, Credential};
use crate::error::{ApplicationError, Error, MemberError};
use crate::{members, teams};

impl Act<'_> {
    /// Checks that the actor is an administrator.
    pub(super) fn require_administrator(&self) -> Result<(), Error> {
        match self.actor.role() {
            Some(Role::Administrator) => Ok(()),
            _ => Err(Error::Forbidden { needed: Role::Administrator }),
        }
    }

    /// Checks that the actor is an administrator or an auditor.
    pub(super) fn require_auditor(&self) -> Result<(), Error> {
        match self.actor.role() {
            Some(Role::Administrator | Role::Auditor) => Ok(()),
            _ => Err(Error::Forbidden { needed: Role::Auditor }),
        }
    }

    /// Checks that the actor is an administrator or a developer.
    pub(super) fn require_writer(&self) -> Result<(), Error> {
        match self.actor.role() {
            Some(Role::Administrator | Role::Developer) => Ok(()),
            _ => Err(Error::Forbidden { needed: Role::Developer }),
        }
    }

    /// The member whose applications the actor sees, with those of the member's teams; `None` means all.
    pub(super) const fn owner(&self) -> Option<&MemberName> {
        match &self.actor {
            Actor::Member(name, Role::Developer) => Some(name),
            _ => None,
        }
    }

    /// The application, if the actor may see it; otherwise the error that it does not exist.
    pub(super) fn application(&self, transaction: &Transaction<'_>, id: &ApplicationId) -> Result<Application, Error> {
        let seen = if transaction.knows_application(id, self.owner())? { transaction.application(id)? } else { None };
        seen.ok_or_else(|| Error::Application(ApplicationError::NotFound(id.clone())))
    }

    /// The application, if the actor may change it. It is locked until the end of the transaction.
    pub(super) fn application_to_change(&self, transaction: &Transaction<'_>, id: &ApplicationId) -> Result<Application, Error> {
        self.require_writer()?;
        // Before a user store with its own database commits anything.
        self.check_standing(transaction)?;
        transaction.lock_application(id)?;
        self.application(transaction, id)
    }

    /// Checks that the actor may give an application that is theirs to `owner`. A developer gives one only to a team that the developer is in:
    /// no member gets an application without having agreed to it.
    pub(super) fn check_new_owner(&self, transaction: &Transaction<'_>, owner: Option<&Owner>) -> Result<(), Error> {
        if let Some(Owner::Team(team)) = owner {
            return teams::find(self, transaction, team).map(drop);
        }
        self.require_administrator()?;
        match owner.and_then(Owner::member) {
            Some(member) if transaction.member(member)?.is_none() => Err(MemberError::NotFound(member.clone()).into()),
            _ => Ok(()),
        }
    }

    /// Checks that the member still exists, with the same role and a valid token or session.
    pub(super) fn check_standing(&self, transaction: &Transaction<'_>) -> Result<(), Error> {
        let (Some(credential), Actor::Member(name, role)) = (&self.credential, &self.actor) else { return Ok(()) };
        let member = match credential {
            Credential::PersonalToken(hash) => transaction.member_with_token(hash, self.now)?,
            Credential::Session(hash, account) => members::find_signed_in(self, transaction, hash, account)?,
        };
        let same = member.is_some_and(|member| member.name == *name && member.role == *role);
        if same { Ok(()) } else { Err(Error::Member(MemberError::InvalidCredential)) }
    }

    /// The expiry of the personal access token that authenticated the member, if it has one.
    pub(super) fn credential_expiry(&self, transaction: &Transaction<'_>) -> Result<Option<UnixSeconds>, Error> {
        match &self.credential {
            Some(Credential::PersonalToken(hash)) => Ok(transaction.personal_access_token_expiry(hash)?),
            Some(Credential::Session(..)) | None => Ok(None),
        }
    }
}
