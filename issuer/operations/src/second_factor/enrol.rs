//! Sets up a second factor. The new secret is in the browser alone, sealed, until the user has entered a code of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use postern_token::UnixSeconds;

use super::RecoveryCodes;
use super::verify::{digits, seal};
use crate::error::UserError;
use crate::keyring::{has_sealing_key, keep_sealing_key, make_sealing_key};
use crate::users::{authenticate_user, check_standing, find_session};
use crate::{Act, Error, kept, settings};
use postern_model::{Action, SecondFactorPolicy, UserId};
use postern_secrets::{HashedSecret, PlainSecret, TotpSecret};
use postern_storage::{SealedSecondFactor, Transaction, UserTables};

/// The seconds in which the user enters the first code.
const LIFETIME: u64 = 900;

const SEALED_FOR: &str = "second factor";

/// A second factor that counts once the user has entered a code of it.
#[derive(Debug)]
pub struct Enrolment {
    /// The user.
    pub user: UserId,
    /// The secret in base32, for the user's authenticator app.
    pub secret: PlainSecret,
    /// What the browser sends back with the first code: letters, digits, `-` and `_`.
    pub kept: PlainSecret,
}

/// To whom an enrolment belongs: no other user can complete it.
#[derive(Debug)]
pub(crate) struct EnrolmentOf<'a> {
    /// The user.
    pub(crate) user: &'a UserId,
    /// The secret of the session, or of the sign-in.
    pub(crate) holder: &'a PlainSecret,
}

impl EnrolmentOf<'_> {
    fn text(&self) -> String {
        format!("{} {}", self.user, URL_SAFE_NO_PAD.encode(HashedSecret::of(self.holder).as_bytes()))
    }
}

/// Begins to set up a second factor for the user of a session, who has entered the password again.
pub fn begin_enrolment(act: &Act<'_>, session: &PlainSecret, password: &PlainSecret) -> Result<Enrolment, Error> {
    let user = find_session(act, session)?.user;
    let known = authenticate_user(act, &user.to_string(), password)?;
    known.store.check_local()?;
    act.storage().read(|transaction| {
        check_not_off(transaction)?;
        known.store.read(transaction, |tables| check_not_exists(tables, &user))
    })?;
    new_enrolment(act, &EnrolmentOf { user: &user, holder: session })
}

/// The same enrolment again, after a wrong code.
pub fn reopen_enrolment(act: &Act<'_>, session: &PlainSecret, enrolment: &PlainSecret) -> Result<Enrolment, Error> {
    let user = find_session(act, session)?.user;
    reopen(act, &EnrolmentOf { user: &user, holder: session }, enrolment)
}

/// What [`new_enrolment`] has returned.
pub(crate) fn reopen(act: &Act<'_>, of: &EnrolmentOf<'_>, enrolment: &PlainSecret) -> Result<Enrolment, Error> {
    let secret = open(act, of, enrolment)?.to_base32();
    Ok(Enrolment { user: of.user.clone(), secret, kept: enrolment.clone() })
}

/// A new secret, for a user who may set up a second factor.
pub(crate) fn new_enrolment(act: &Act<'_>, of: &EnrolmentOf<'_>) -> Result<Enrolment, Error> {
    ensure_sealing_key(act)?;
    let secret = TotpSecret::generate(act.entropy)?.to_base32();
    let kept = kept::seal(act, SEALED_FOR, &of.text(), &[&act.now.0.to_string(), secret.expose()])?;
    Ok(Enrolment { user: of.user.clone(), secret, kept })
}

/// Completes the set-up with a first code. Every other session of the user ends.
pub fn finish_enrolment(
    act: &Act<'_>,
    session: &PlainSecret,
    enrolment: &PlainSecret,
    code: &PlainSecret,
) -> Result<RecoveryCodes, Error> {
    let user = find_session(act, session)?.user;
    let kept = HashedSecret::of(session);
    enrol(act, &EnrolmentOf { user: &user, holder: session }, enrolment, code, Some(&kept), |_, tables| {
        check_standing(tables, &user)?;
        if tables.session(&kept)?.is_some() { Ok(()) } else { Err(UserError::NoSession.into()) }
    })
}

/// The same, with a `check` in the transaction. Sessions end, except `kept`.
pub(crate) fn enrol(
    act: &Act<'_>,
    of: &EnrolmentOf<'_>,
    enrolment: &PlainSecret,
    code: &PlainSecret,
    kept: Option<&HashedSecret>,
    check: impl FnOnce(&Transaction<'_>, &UserTables<'_, '_>) -> Result<(), Error>,
) -> Result<RecoveryCodes, Error> {
    let id = of.user;
    let secret = open(act, of, enrolment)?;
    let code = digits(code).ok_or(UserError::WrongCode)?;
    let step = secret.accepted_step(&code, act.now, None).ok_or(UserError::WrongCode)?;
    let store = act.stores().find(&id.store)?;
    let act = &act.of_user(id);
    act.storage().write(|transaction| {
        check_not_off(transaction)?;
        act.audit(transaction, Action::SecondFactorAdd, None, Some(&id.to_string()), None)?;
        let factor = SealedSecondFactor { sealed: seal(act, transaction, id, &secret)?, step };
        store.write(transaction, |tables| {
            check(transaction, tables)?;
            if !tables.set_second_factor(&id.name, &factor, act.now)? {
                return Err(UserError::SecondFactorExists.into());
            }
            tables.delete_sessions(&id.name, kept)?;
            RecoveryCodes::replace(act, tables, id)
        })
    })
}

fn open(act: &Act<'_>, of: &EnrolmentOf<'_>, enrolment: &PlainSecret) -> Result<TotpSecret, Error> {
    let stale = || Error::User(UserError::StaleSignIn);
    let [began_at, secret] = kept::open(act, SEALED_FOR, &of.text(), enrolment)?;
    let began_at = began_at.parse().map(UnixSeconds).map_err(|_| stale())?;
    if act.now < began_at || act.now >= began_at.plus(LIFETIME) {
        return Err(stale());
    }
    TotpSecret::from_base32(&secret).ok_or_else(stale)
}

/// Checks that the user has no second factor.
pub(crate) fn check_not_exists(tables: &UserTables<'_, '_>, id: &UserId) -> Result<(), Error> {
    if tables.second_factor(&id.name)?.is_none() { Ok(()) } else { Err(UserError::SecondFactorExists.into()) }
}

fn check_not_off(transaction: &Transaction<'_>) -> Result<(), Error> {
    match settings::current(transaction)?.policies.second_factor {
        SecondFactorPolicy::Off => Err(UserError::SecondFactorOff.into()),
        SecondFactorPolicy::Optional | SecondFactorPolicy::Required => Ok(()),
    }
}

/// Makes the key that seals second factors, unless there is one. It commits by itself: a store with its own database must not commit what a lost
/// key has sealed.
fn ensure_sealing_key(act: &Act<'_>) -> Result<(), Error> {
    if act.storage().read(has_sealing_key)? {
        return Ok(());
    }
    let sealed = make_sealing_key(act.keyring().master_key()?, act.entropy)?;
    act.storage().write(|transaction| {
        // A process with an old master key must not make a key that the new one does not open.
        act.keyring().check(transaction)?;
        keep_sealing_key(transaction, &sealed)
    })
}
