//! How long a token may last: the maximum of its kind, and whether it may never expire.

use postern_token::Kind;

use super::current::current;
use crate::Error;
use crate::error::TokenError;
use postern_model::{Policies, Validity};
use postern_storage::Transaction;

/// Checks that the policies allow `validity` for tokens of this kind.
pub(crate) fn check_validity(transaction: &Transaction<'_>, kind: Kind, validity: Validity) -> Result<(), Error> {
    check(&current(transaction)?.policies, kind, validity)
}

fn check(policies: &Policies, kind: Kind, validity: Validity) -> Result<(), Error> {
    if policies.allows(kind, validity) {
        return Ok(());
    }
    match policies.max_validity(kind) {
        Some(maximum) if validity != Validity::Forever || policies.forever_allowed => {
            Err(TokenError::ValidityTooLong { kind, maximum }.into())
        }
        _ => Err(TokenError::UnlimitedValidityForbidden.into()),
    }
}

/// The validity of a token to mint.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TokenValidity {
    /// The validity that was requested for this token; if it is too long, that is an error.
    pub(crate) asked: Option<Validity>,
    /// The client's own validity. It may be older than a lower maximum, so it is cut to the maximum: the client's next token is shorter,
    /// instead of refused.
    pub(crate) usual: Validity,
}

impl TokenValidity {
    /// The validity of the token.
    pub(crate) fn resolve(self, policies: &Policies, kind: Kind) -> Result<Validity, Error> {
        if let Some(asked) = self.asked {
            return check(policies, kind, asked).map(|()| asked);
        }
        if policies.allows(kind, self.usual) {
            return Ok(self.usual);
        }
        policies.max_validity(kind).map(Validity::Seconds).ok_or(Error::Token(TokenError::UnlimitedValidityForbidden))
    }
}
