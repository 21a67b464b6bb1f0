//! What a user still does after the right password: enters a code, chooses another password, or sets up a second factor.
//!
//! Between the steps, the sign-in is kept in the browser alone: in a cookie that only the issuer can make and read. It is no session: it gives
//! nothing but the next step.

use postern_token::UnixSeconds;
use serde_json::json;

use crate::error::UserError;
use crate::second_factor::{
    Accepted, Enrolment, EnrolmentOf, RecoveryCodes, accept, check_not_exists, enrol, new_enrolment, reopen,
};
use crate::user_stores::UserStore;
use crate::users::{Authenticated, Kept as KeptByPassword, NewSession, begin_session, prepare, set};
use crate::{Act, Error, kept, settings};
use postern_model::{Policies, SecondFactorPolicy, User, UserId};
use postern_secrets::{HashedSecret, PlainSecret};
use postern_storage::Transaction;

/// The seconds in which a user enters a code.
const CODE_LIFETIME: u64 = 300;

/// The seconds for a step that takes longer, and for the cookie.
pub const UNFINISHED_SIGN_IN_LIFETIME: u64 = 900;

const SEALED_FOR: &str = "unfinished sign-in";

/// A step of a sign-in, after the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The user enters a code or a recovery code.
    Code,
    /// The user chooses another password, because an administrator knows the present one.
    NewPassword,
    /// The user sets up a second factor, because everyone must have one.
    SecondFactor,
}

impl Step {
    /// The next step of a user, who has or has not passed the second factor.
    pub(crate) fn next(policies: &Policies, store: &UserStore, user: &User, passed: bool) -> Option<Self> {
        let policy = policies.second_factor;
        if user.second_factor_at.is_some() && !passed && policy != SecondFactorPolicy::Off {
            Some(Self::Code)
        } else if user.must_change_password {
            Some(Self::NewPassword)
        } else if user.second_factor_at.is_none() && policy == SecondFactorPolicy::Required && store.keeps_passwords() {
            Some(Self::SecondFactor)
        } else {
            None
        }
    }

    const fn lifetime(self) -> u64 {
        match self {
            Self::Code => CODE_LIFETIME,
            Self::NewPassword | Self::SecondFactor => UNFINISHED_SIGN_IN_LIFETIME,
        }
    }
}

/// The result of a step.
#[derive(Debug)]
pub enum SignInProgress {
    /// The user is signed in.
    Done(NewSession),
    /// There are more steps.
    Unfinished(UnfinishedSignIn),
}

/// A sign-in with more steps.
#[derive(Debug)]
pub struct UnfinishedSignIn {
    /// The next step.
    pub step: Step,
    /// What the browser keeps: letters, digits, `-` and `_`.
    pub kept: PlainSecret,
}

/// The next step of a sign-in, and whose it is.
#[derive(Debug, Clone)]
pub struct NextStep {
    /// The user.
    pub user: UserId,
    /// The step.
    pub step: Step,
}

/// Goes on after a step: begins the session, unless there are more steps. `before` is the browser's previous session, which ends.
pub(super) fn go_on(
    act: &Act<'_>,
    known: &Authenticated<'_>,
    passed: Option<Accepted>,
    before: Option<&PlainSecret>,
) -> Result<SignInProgress, Error> {
    let next = |transaction: &Transaction<'_>, user: &User| {
        let policies = settings::current(transaction)?.policies;
        Ok::<_, Error>(Step::next(&policies, known.store, user, passed.is_some()))
    };
    let step = act.storage().read(|transaction| {
        let user = known.store.read(transaction, |tables| known.check_unchanged(tables))?;
        next(transaction, &user)
    })?;
    if let Some(step) = step {
        let kept = Kept::new(act, known, passed)?.seal(act)?;
        return Ok(SignInProgress::Unfinished(UnfinishedSignIn { step, kept }));
    }
    let details = passed.map(|accepted| json!({ "second_factor": accepted.as_str() }));
    // The user may have set up a second factor since.
    let check = |transaction: &Transaction<'_>, user: &User| match next(transaction, user)? {
        None => Ok(()),
        Some(_) => Err(UserError::StaleSignIn.into()),
    };
    begin_session(act, known, before, details.as_ref(), check).map(SignInProgress::Done)
}

/// The next step of an unfinished sign-in.
pub fn find_next_step(act: &Act<'_>, kept: &PlainSecret) -> Result<NextStep, Error> {
    Kept::open(act, kept)?.next_step(act)
}

/// Enters a code of the user's authenticator app, or a recovery code.
pub fn enter_code(
    act: &Act<'_>,
    kept: &PlainSecret,
    entered: &PlainSecret,
    before: Option<&PlainSecret>,
) -> Result<SignInProgress, Error> {
    let kept = Kept::open_for(act, kept, Step::Code)?;
    let known = kept.known(act)?;
    let accepted = act.storage().write_concurrent(|transaction| {
        kept.use_up(transaction)?;
        known.store.write(transaction, |tables| {
            known.check_unchanged(tables)?;
            accept(act, transaction, tables, &known.id, entered)
        })
    })?;
    go_on(act, &known, Some(accepted), before)
}

/// Chooses another password. Every session, grant and token of the user ends. It is slow, because it hashes the password.
pub fn choose_password(
    act: &Act<'_>,
    kept: &PlainSecret,
    new: &PlainSecret,
    before: Option<&PlainSecret>,
) -> Result<SignInProgress, Error> {
    let kept = Kept::open_for(act, kept, Step::NewPassword)?;
    let known = kept.known(act)?;
    if crate::users::is_present_password(act, &known.id, new)? {
        return Err(UserError::SamePassword.into());
    }
    let prepared = prepare(act, &known.id, new)?;
    set(&act.of_user(&known.id), &prepared, KeptByPassword::default(), |transaction, tables| {
        kept.use_up(transaction)?;
        known.check_unchanged(tables).map(drop)
    })?;
    let known = Authenticated::resumed(known.store, known.id, Some(act.now));
    go_on(act, &known, kept.passed, before)
}

/// Begins to set up the second factor that everyone must have; or shows an enrolment again, after a wrong code.
pub fn begin_required_enrolment(act: &Act<'_>, kept: &PlainSecret, begun: Option<&PlainSecret>) -> Result<Enrolment, Error> {
    let kept = Kept::open_for(act, kept, Step::SecondFactor)?;
    let known = kept.known(act)?;
    act.storage().read(|transaction| known.store.read(transaction, |tables| check_not_exists(tables, &known.id)))?;
    let of = EnrolmentOf { user: &known.id, holder: &kept.state };
    begun.map_or_else(|| new_enrolment(act, &of), |begun| reopen(act, &of, begun))
}

/// Completes it with a first code.
pub fn finish_required_enrolment(
    act: &Act<'_>,
    kept: &PlainSecret,
    enrolment: &PlainSecret,
    code: &PlainSecret,
    before: Option<&PlainSecret>,
) -> Result<(SignInProgress, RecoveryCodes), Error> {
    let kept = Kept::open_for(act, kept, Step::SecondFactor)?;
    let known = kept.known(act)?;
    let of = EnrolmentOf { user: &known.id, holder: &kept.state };
    let codes = enrol(act, &of, enrolment, code, None, |transaction, tables| {
        kept.use_up(transaction)?;
        known.check_unchanged(tables).map(drop)
    })?;
    Ok((go_on(act, &known, Some(Accepted::Code), before)?, codes))
}

/// What a browser keeps of an unfinished sign-in.
struct Kept {
    /// Identifies the sign-in, so that each of its steps is done once.
    state: PlainSecret,
    began_at: UnixSeconds,
    user: UserId,
    /// When the password that was entered was set.
    password_set_at: Option<UnixSeconds>,
    passed: Option<Accepted>,
}

impl Kept {
    fn new(act: &Act<'_>, known: &Authenticated<'_>, passed: Option<Accepted>) -> Result<Self, Error> {
        let state = PlainSecret::generate("", act.entropy)?;
        let (user, password_set_at) = (known.id.clone(), known.password_set_at);
        Ok(Self { state, began_at: act.now, user, password_set_at, passed })
    }

    fn seal(&self, act: &Act<'_>) -> Result<PlainSecret, Error> {
        let Self { state, began_at, user, password_set_at, passed } = self;
        let password_set_at = password_set_at.map(|at| at.0.to_string()).unwrap_or_default();
        let passed = passed.map_or("", Accepted::as_str);
        let lines = [state.expose(), &began_at.0.to_string(), &user.to_string(), &password_set_at, passed];
        kept::seal(act, SEALED_FOR, "", &lines)
    }

    fn open(act: &Act<'_>, kept: &PlainSecret) -> Result<Self, Error> {
        let [state, began_at, user, password_set_at, passed] = kept::open(act, SEALED_FOR, "", kept)?;
        let time = |text: &str| text.parse().map(UnixSeconds).map_err(|_| UserError::StaleSignIn);
        Ok(Self {
            state: PlainSecret::presented((*state).clone()),
            began_at: time(&began_at)?,
            user: user.parse().map_err(|_| UserError::StaleSignIn)?,
            password_set_at: Some(password_set_at).filter(|text| !text.is_empty()).map(|text| time(&text)).transpose()?,
            passed: [Accepted::Code, Accepted::RecoveryCode].into_iter().find(|accepted| accepted.as_str() == *passed),
        })
    }

    /// Opens it for a step, which must be the next one.
    fn open_for(act: &Act<'_>, kept: &PlainSecret, step: Step) -> Result<Self, Error> {
        let kept = Self::open(act, kept)?;
        if kept.next_step(act)?.step == step { Ok(kept) } else { Err(UserError::StaleSignIn.into()) }
    }

    fn known<'a>(&self, act: &Act<'a>) -> Result<Authenticated<'a>, Error> {
        Ok(Authenticated::resumed(act.stores().find(&self.user.store)?, self.user.clone(), self.password_set_at))
    }

    fn next_step(&self, act: &Act<'_>) -> Result<NextStep, Error> {
        let known = self.known(act)?;
        let step = act.storage().read(|transaction| {
            if transaction.is_sign_in_used(&HashedSecret::of(&self.state))? {
                return Ok(None);
            }
            let user = known.store.read(transaction, |tables| known.check_unchanged(tables))?;
            Ok::<_, Error>(Step::next(&settings::current(transaction)?.policies, known.store, &user, self.passed.is_some()))
        });
        // The user was locked, or the password changed.
        let step = step.map_err(|error| match error {
            Error::User(UserError::WrongCredentials) => UserError::StaleSignIn.into(),
            other => other,
        })?;
        let in_time = |step: &Step| act.now >= self.began_at && act.now < self.began_at.plus(step.lifetime());
        let step = step.filter(in_time).ok_or(UserError::StaleSignIn)?;
        Ok(NextStep { user: self.user.clone(), step })
    }

    /// Uses the sign-in up, in the transaction of a step.
    fn use_up(&self, transaction: &Transaction<'_>) -> Result<(), Error> {
        let expires_at = self.began_at.plus(UNFINISHED_SIGN_IN_LIFETIME);
        let is_new = transaction.use_sign_in(&HashedSecret::of(&self.state), expires_at)?;
        if is_new { Ok(()) } else { Err(UserError::StaleSignIn.into()) }
    }
}
