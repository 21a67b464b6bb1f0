//! Creating an application.

use postern_token::UnixSeconds;

use super::{Error, settings};
use crate::catalogue::{Application, ApplicationId, ApplicationName};
use crate::entropy::Entropy;
use crate::storage::Storage;

/// Creates an application with the validities that are the defaults now; later changes of them do not touch it.
pub fn create_application(
    storage: &Storage,
    name: ApplicationName,
    now: UnixSeconds,
    entropy: &dyn Entropy,
) -> Result<Application, Error> {
    storage.write(|transaction| {
        let validities = settings(transaction)?.default_validities;
        let application = Application { id: ApplicationId::generate(entropy)?, name, validities, created_at: now };
        transaction.insert_application(&application)?;
        Ok(application)
    })
}
