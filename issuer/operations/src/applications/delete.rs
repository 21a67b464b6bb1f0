//! Deleting an application.

use serde_json::json;

use crate::error::ApplicationError;
use crate::tokens::{RevokedTokens, end};
use crate::{Act, Error};
use postern_model::{Action, Application, ApplicationId, ApplicationState, Role, TokenState};
use postern_storage::{GrantSelector, TokenSelector, Transaction};

/// Deletes the application with that id or name: revokes its tokens, deletes its key sets and subscriptions, and ends the grants of its
/// users. The records of its tokens stay, because investigations often concern applications that no longer have access.
///
/// Deletes it only if `expected` accepts its current state.
pub fn delete_application(
    act: &Act<'_>,
    id_or_name: &str,
    expected: impl FnOnce(&Application) -> bool,
) -> Result<(Application, RevokedTokens), Error> {
    act.storage().write(|transaction| {
        let id = find(act, transaction, id_or_name)?;
        let application = act.application_to_change(transaction, &id)?;
        if !expected(&application) {
            return Err(Error::PreconditionFailed);
        }
        if application.state == ApplicationState::Blocked && act.owner().is_some() {
            return Err(Error::Forbidden { needed: Role::Administrator });
        }
        let revoked = end(act, transaction, TokenSelector::Application(&id), TokenState::Revoked)?;
        let clients = transaction.key_sets(&id)?;
        act.stores().on_each(transaction, |tables| {
            tables.end_grants(GrantSelector::To(&id), act.now)?;
            clients.iter().try_for_each(|client| Ok(tables.delete_consents(&client.consumer_key)?))
        })?;
        transaction.delete_application(&id, act.now)?;
        let details = json!({ "revoked": revoked.count });
        act.audit(transaction, Action::ApplicationDelete, Some(&id), Some(application.name.as_str()), Some(&details))?;
        Ok((application, revoked))
    })
}

/// An id takes precedence over a name that looks like an id.
fn find(act: &Act<'_>, transaction: &Transaction<'_>, id_or_name: &str) -> Result<ApplicationId, Error> {
    if let Ok(id) = id_or_name.parse()
        && let Ok(application) = act.application(transaction, &id)
    {
        return Ok(application.id);
    }
    let mut named = transaction.applications_named(id_or_name, act.owner())?;
    match (named.pop(), named.as_slice()) {
        (None, _) => Err(Error::Application(ApplicationError::NameNotFound(id_or_name.to_owned()))),
        (Some(only), []) => Ok(only.id),
        (Some(last), others) => {
            let ids = others.iter().chain([&last]).map(|application| application.id.clone()).collect();
            Err(Error::Application(ApplicationError::AmbiguousName { name: id_or_name.to_owned(), ids }))
        }
    }
}
