//! Verifies what a user enters as second factor.

use super::recovery_codes;
use crate::error::{SigningKeyError, UserError};
use crate::keyring::open_sealing_key;
use crate::{Act, Error};
use postern_model::UserId;
use postern_secrets::{PlainSecret, Sealed, TOTP_DIGITS, TotpSecret};
use postern_storage::{SealedSecondFactor, Transaction, UserTables};

/// What was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Accepted {
    /// A code of the authenticator app.
    Code,
    /// A recovery code.
    RecoveryCode,
}

impl Accepted {
    /// The stable name, for the audit log.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::RecoveryCode => "recovery_code",
        }
    }
}

/// Accepts a code of the user's authenticator app or a recovery code, and uses it up in this transaction. Codes of earlier time steps are no
/// longer accepted then (RFC 6238 section 5.2).
pub(crate) fn accept(
    act: &Act<'_>,
    transaction: &Transaction<'_>,
    tables: &UserTables<'_, '_>,
    id: &UserId,
    entered: &PlainSecret,
) -> Result<Accepted, Error> {
    let Some(code) = digits(entered) else {
        let hash = recovery_codes::entered(id, entered.expose()).ok_or(UserError::WrongCode)?;
        let right = tables.use_recovery_code(&id.name, &hash)?;
        return if right { Ok(Accepted::RecoveryCode) } else { Err(UserError::WrongCode.into()) };
    };
    let SealedSecondFactor { sealed, step } = tables.second_factor(&id.name)?.ok_or(UserError::WrongCode)?;
    let secret = open(act, transaction, id, &sealed)?;
    let step = secret.accepted_step(&code, act.now, Some(step)).ok_or(UserError::WrongCode)?;
    // Of two requests with the same code, one is right.
    if tables.use_second_factor_step(&id.name, step)? { Ok(Accepted::Code) } else { Err(UserError::WrongCode.into()) }
}

/// The digits of a code, if the text is one; apps show a space in the middle.
pub(super) fn digits(entered: &PlainSecret) -> Option<PlainSecret> {
    let text: String = entered.expose().chars().filter(|character| *character != ' ').collect();
    let is_code = text.len() == TOTP_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    is_code.then(|| PlainSecret::presented(text))
}

/// Seals the secret of a user.
pub(super) fn seal(act: &Act<'_>, transaction: &Transaction<'_>, id: &UserId, secret: &TotpSecret) -> Result<Sealed, Error> {
    let key = open_sealing_key(transaction, act.keyring().master_key()?)?;
    Ok(Sealed::seal(secret.as_bytes(), SealedSecondFactor::TABLE, &id.to_string(), &key, act.entropy)?)
}

fn open(act: &Act<'_>, transaction: &Transaction<'_>, id: &UserId, sealed: &Sealed) -> Result<TotpSecret, Error> {
    let key = open_sealing_key(transaction, act.keyring().master_key()?)?;
    let secret = sealed.open(SealedSecondFactor::TABLE, &id.to_string(), &key).ok();
    let secret = secret.and_then(|secret| TotpSecret::from_bytes(&secret));
    secret.ok_or_else(|| SigningKeyError::WrongMasterKeyForUsers.into())
}
