//! Signing in: with a password, or with an identity provider.

mod provider;

pub use provider::{
    AuthorizationResponse, BegunSignIn, FinishedSignIn, SIGN_IN_LIFETIME, begin_provider_sign_in, finish_provider_sign_in,
    prune_used_sign_ins,
};

use crate::members::follow_groups;
use crate::users::{NewSession, authenticate_user, begin_session};
use crate::{Act, Error};
use postern_secrets::PlainSecret;

/// Signs a user in. The login is a name, with or without its store's name. The browser's previous session ends, because its secret may
/// have been planted. Unknown users, locked users and wrong passwords get the same error in the same time.
pub fn sign_in(act: &Act<'_>, login: &str, password: &PlainSecret, before: Option<&PlainSecret>) -> Result<NewSession, Error> {
    let known = authenticate_user(act, login, password)?;
    if let Some(groups) = &known.groups {
        follow_groups(act, known.store, &known.id, groups)?;
    }
    begin_session(act, &known, before)
}
