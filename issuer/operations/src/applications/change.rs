//! Changing an application.

use std::collections::BTreeSet;

use postern_token::Kind;
use serde_json::json;

use crate::tokens::{RevokedTokens, end};
use crate::{Act, Error, scopes, settings};
use postern_model::{
    Action, Application, ApplicationId, ApplicationName, ApplicationState, MemberName, Owner, TeamName, TokenState, Validities,
    Validity,
};
use postern_storage::TokenSelector;

/// The changes. A field that is `None` stays unchanged.
#[derive(Debug, Clone, Default)]
pub struct ApplicationChange {
    /// The name.
    pub name: Option<ApplicationName>,
    /// The validity of application tokens, for key sets that are generated later.
    pub application_validity: Option<Validity>,
    /// The validity of user tokens.
    pub user_validity: Option<Validity>,
    /// Whether the application gets tokens. Only an administrator changes this.
    pub state: Option<ApplicationState>,
    /// The owner; `Some(None)` means that it belongs to the administrators. Whoever is no administrator gives it only to an own team.
    pub owner: Option<Option<Owner>>,
    /// Whether the application may ask its users for their passwords. Only an administrator changes this.
    pub passwords: Option<bool>,
}

/// Changes an application, if `expected` accepts its current state. Blocking it revokes all of its tokens. A new owner removes the scopes that
/// the owner may not have.
pub fn change_application(
    act: &Act<'_>,
    id: &ApplicationId,
    change: ApplicationChange,
    expected: impl FnOnce(&Application) -> bool,
) -> Result<(Application, RevokedTokens), Error> {
    if change.state.is_some() || change.passwords.is_some() {
        act.require_administrator()?;
    }
    act.storage().write(|transaction| {
        let before = act.application_to_change(transaction, id)?;
        if !expected(&before) {
            return Err(Error::PreconditionFailed);
        }
        for (kind, validity) in [(Kind::Application, change.application_validity), (Kind::User, change.user_validity)] {
            validity.map_or(Ok(()), |validity| settings::check_validity(transaction, kind, validity))?;
        }
        change.owner.as_ref().map_or(Ok(()), |owner| act.check_new_owner(transaction, owner.as_ref()))?;
        let change_owner = change.owner.is_some();
        if change_owner {
            transaction.claim_application(id)?;
        }
        let after = Application {
            name: change.name.unwrap_or_else(|| before.name.clone()),
            validities: Validities {
                application: change.application_validity.unwrap_or(before.validities.application),
                user: change.user_validity.unwrap_or(before.validities.user),
            },
            state: change.state.unwrap_or(before.state),
            owner: change.owner.unwrap_or_else(|| before.owner.clone()),
            passwords: change.passwords.unwrap_or(before.passwords),
            ..before.clone()
        };
        transaction.update_application(&after)?;
        // Each owner may have other scopes.
        let dropped = if change_owner { scopes::drop_forbidden(transaction, id)? } else { BTreeSet::new() };
        let mut revoked = RevokedTokens::default();
        let action = match (before.state, after.state) {
            (ApplicationState::Active, ApplicationState::Blocked) => {
                revoked = end(act, transaction, TokenSelector::Application(id), TokenState::Revoked)?;
                Action::ApplicationBlock
            }
            (ApplicationState::Blocked, ApplicationState::Active) => Action::ApplicationUnblock,
            _ => Action::ApplicationChange,
        };
        let owner = after.owner.as_ref();
        let mut details =
            json!({ "name": after.name, "validities": after.validities, "owner": owner.and_then(Owner::member).map(MemberName::as_str), "team": owner.and_then(Owner::team).map(TeamName::as_str), "passwords": after.passwords, "revoked": revoked.count });
        if let (false, Some(fields)) = (dropped.is_empty(), details.as_object_mut()) {
            fields.insert("scopes_removed".to_owned(), json!(dropped));
        }
        act.audit(transaction, action, Some(id), Some(after.name.as_str()), Some(&details))?;
        Ok((after, revoked))
    })
}
