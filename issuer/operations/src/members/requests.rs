//! Users who become developers by themselves, or who ask an administrator to let them.

use super::change::check_account;
use super::from_groups::{insert, member_of};
use crate::error::MemberError;
use crate::users::find_session;
use crate::{Act, Error, settings};
use postern_model::{Action, DeveloperRegistration, Member, MemberName, MemberRequest, Role, UserId};
use postern_secrets::PlainSecret;
use postern_storage::Transaction;

/// The most requests that may wait: anyone with an account can ask.
const MAX_REQUESTS: u64 = 10_000;

/// What a user who is no member can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MembershipOffer {
    /// Ask an administrator in person.
    None,
    /// Ask for access.
    Ask,
    /// Wait for an administrator: the user has asked.
    Waiting,
    /// Become a developer at once.
    Join,
}

/// What the signed-in user, who is no member, can do about it.
pub fn membership_offer(act: &Act<'_>, session: &PlainSecret) -> Result<MembershipOffer, Error> {
    let account = find_session(act, session)?.user;
    act.storage().read(|transaction| {
        let has_asked = transaction.member_request(&account)?.is_some();
        Ok(match settings::current(transaction)?.policies.developer_registration {
            DeveloperRegistration::Open => MembershipOffer::Join,
            DeveloperRegistration::Approval if has_asked => MembershipOffer::Waiting,
            DeveloperRegistration::Approval => MembershipOffer::Ask,
            DeveloperRegistration::Off => MembershipOffer::None,
        })
    })
}

/// Makes the signed-in user a developer, or asks for it, as the settings say. A user who is a member, or who has asked, changes nothing.
pub fn request_membership(act: &Act<'_>, session: &PlainSecret) -> Result<(), Error> {
    let account = find_session(act, session)?.user;
    let act = &act.of_user(&account);
    act.storage().write(|transaction| {
        if transaction.member_with_account(&account)?.is_some() {
            return Ok(());
        }
        match settings::current(transaction)?.policies.developer_registration {
            DeveloperRegistration::Off => Err(MemberError::RegistrationOff.into()),
            DeveloperRegistration::Approval => ask(act, transaction, &account),
            DeveloperRegistration::Open => {
                transaction.delete_member_request(&account)?;
                insert(act, transaction, &member_of(&account, Role::Developer, false, act)?)
            }
        }
    })
}

fn ask(act: &Act<'_>, transaction: &Transaction<'_>, account: &UserId) -> Result<(), Error> {
    if transaction.member_request(account)?.is_some() {
        return Ok(());
    }
    if transaction.count_member_requests()? >= MAX_REQUESTS {
        return Err(MemberError::TooManyRequests.into());
    }
    transaction.insert_member_request(account, act.now)?;
    act.audit(transaction, Action::MemberRequest, None, Some(&account.to_string()), None)
}

/// The users who wait to become developers, the one who has waited longest first.
pub fn list_member_requests(act: &Act<'_>) -> Result<Vec<MemberRequest>, Error> {
    act.require_auditor()?;
    act.storage().read(|transaction| Ok(transaction.member_requests(u32::MAX)?))
}

/// Makes a user who has asked a developer, with the user's name or with another one.
pub fn approve_member_request(act: &Act<'_>, account: &UserId, name: Option<&MemberName>) -> Result<Member, Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        if !transaction.delete_member_request(account)? {
            return Err(MemberError::NoSuchRequest(account.clone()).into());
        }
        let member = match name {
            Some(name) => Member {
                name: name.clone(),
                role: Role::Developer,
                account: Some(account.clone()),
                from_groups: false,
                created_at: act.now,
            },
            None => member_of(account, Role::Developer, false, act)?,
        };
        check_account(act, transaction, &member.name, account)?;
        insert(act, transaction, &member)?;
        Ok(member)
    })
}

/// Refuses a user who has asked. The user may ask again.
pub fn refuse_member_request(act: &Act<'_>, account: &UserId) -> Result<(), Error> {
    act.require_administrator()?;
    act.storage().write(|transaction| {
        if !transaction.delete_member_request(account)? {
            return Err(MemberError::NoSuchRequest(account.clone()).into());
        }
        act.audit(transaction, Action::MemberRefuse, None, Some(&account.to_string()), None)
    })
}
