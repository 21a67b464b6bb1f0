//! Signing in: with a password and further steps, or with an identity provider.

mod provider;
mod steps;

pub use provider::{
    AuthorizationResponse, BegunSignIn, FinishedSignIn, SIGN_IN_LIFETIME, begin_provider_sign_in, finish_provider_sign_in,
    prune_used_sign_ins,
};
pub use steps::{
    NextStep, SignInProgress, Step, UNFINISHED_SIGN_IN_LIFETIME, UnfinishedSignIn, begin_required_enrolment, choose_password,
    enter_code, find_next_step, finish_required_enrolment,
};

use crate::members::follow_groups;
use crate::users::authenticate_user;
use crate::{Act, Error};
use postern_secrets::PlainSecret;

/// Signs a user in with a password. The login is a name, with or without its store's name. The browser's previous session ends, because its
/// secret may have been planted. Unknown users, locked users and wrong passwords get the same error in the same time, whatever further steps
/// there are.
pub fn sign_in(
    act: &Act<'_>,
    login: &str,
    password: &PlainSecret,
    before: Option<&PlainSecret>,
) -> Result<SignInProgress, Error> {
    let known = authenticate_user(act, login, password)?;
    if let Some(groups) = &known.groups {
        follow_groups(act, known.store, &known.id, groups)?;
    }
    steps::go_on(act, &known, None, before)
}
