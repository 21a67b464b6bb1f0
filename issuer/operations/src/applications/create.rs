//! Creating an application.

use crate::{Act, Error, settings};
use postern_model::{Action, Actor, Application, ApplicationId, ApplicationName, ApplicationState, Owner};

/// Creates an application with the current default validities; later changes of the defaults do not affect it. The member who creates it
/// becomes its owner.
pub fn create_application(act: &Act<'_>, name: ApplicationName) -> Result<Application, Error> {
    act.require_writer()?;
    let owner = match &act.actor {
        Actor::Member(name, _) => Some(Owner::Member(name.clone())),
        _ => None,
    };
    act.storage().write(|transaction| {
        let validities = settings::current(transaction)?.default_validities;
        let id = ApplicationId::generate(act.entropy)?;
        let state = ApplicationState::Active;
        let application = Application { id, name, validities, created_at: act.now, state, owner, passwords: false };
        transaction.insert_application(&application)?;
        act.audit(transaction, Action::ApplicationCreate, Some(&application.id), Some(application.name.as_str()), None)?;
        Ok(application)
    })
}
