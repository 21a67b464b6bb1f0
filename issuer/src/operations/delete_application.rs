//! Deleting an application.

use postern_token::UnixSeconds;

use super::Error;
use super::revocation::{RevokedTokens, end};
use crate::catalogue::{Application, TokenState};
use crate::storage::{Ending, Storage, Transaction};

/// Deletes the application of that id or name: its tokens are revoked, its keys and its subscriptions go. The records of its
/// tokens stay, because who was let in when is asked most often about those who are not let in any more.
pub fn delete_application(storage: &Storage, id_or_name: &str, now: UnixSeconds) -> Result<(Application, RevokedTokens), Error> {
    storage.write(|transaction| {
        let application = find(transaction, id_or_name)?;
        let revoked = end(transaction, Ending::Application(&application.id), TokenState::Revoked, now)?;
        transaction.delete_application(&application.id, now)?;
        Ok((application, revoked))
    })
}

/// An id goes before a name that looks like one.
fn find(transaction: &Transaction<'_>, id_or_name: &str) -> Result<Application, Error> {
    if let Ok(id) = id_or_name.parse()
        && let Some(application) = transaction.application(&id)?
    {
        return Ok(application);
    }
    let mut named = transaction.applications()?;
    named.retain(|application| application.name.as_str() == id_or_name);
    match (named.pop(), named.as_slice()) {
        (None, _) => Err(Error::NoApplicationCalled(id_or_name.to_owned())),
        (Some(only), []) => Ok(only),
        (Some(last), others) => {
            let ids = others.iter().chain([&last]).map(|application| application.id.clone()).collect();
            Err(Error::SeveralApplications { name: id_or_name.to_owned(), ids })
        }
    }
}
