//! Reading applications.

use crate::error::ApplicationError;
use crate::{Act, Error};
use postern_model::{Application, ApplicationId, KeySet, Subscription};
use postern_storage::Transaction;

/// An application and what belongs to it.
#[derive(Debug, Clone)]
pub struct ApplicationDetails {
    /// The application.
    pub application: Application,
    /// Its keys.
    pub key_sets: Vec<KeySet>,
    /// Its subscriptions.
    pub subscriptions: Vec<Subscription>,
}

/// At most `limit` of the applications that the actor may see, oldest first, starting after `after`.
pub fn list_applications(act: &Act<'_>, after: Option<&ApplicationId>, limit: u32) -> Result<Vec<ApplicationDetails>, Error> {
    act.storage().read(|transaction| {
        // If an unknown `after` restarted the list, paging would never end. A deleted application keeps its position.
        if let Some(after) = after
            && !transaction.knows_application(after, act.owner())?
        {
            return Err(ApplicationError::NotFound(after.clone()).into());
        }
        let applications = transaction.applications(act.owner(), after, limit)?;
        applications.into_iter().map(|application| details(transaction, application)).collect()
    })
}

/// One application.
pub fn show_application(act: &Act<'_>, id: &ApplicationId) -> Result<ApplicationDetails, Error> {
    act.storage().read(|transaction| details(transaction, act.application(transaction, id)?))
}

fn details(transaction: &Transaction<'_>, application: Application) -> Result<ApplicationDetails, Error> {
    let key_sets = transaction.key_sets(&application.id)?;
    let subscriptions = transaction.subscriptions(&application.id)?;
    Ok(ApplicationDetails { application, key_sets, subscriptions })
}
