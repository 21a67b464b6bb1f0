//! When a new credential for the management API or for registration expires.

use postern_token::UnixSeconds;

use crate::Error;

/// The lifetime of a personal access token and of an initial access token for which none is given, in seconds: 90 days.
pub const DEFAULT_CREDENTIAL_LIFETIME: u64 = 90 * 86400;

/// When a new credential is to expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expiry {
    /// After [`DEFAULT_CREDENTIAL_LIFETIME`].
    #[default]
    Default,
    /// Never.
    Never,
    /// At this time, which must be in the future.
    At(UnixSeconds),
}

impl Expiry {
    /// The time; `None` means never.
    pub(crate) fn resolve(self, now: UnixSeconds) -> Result<Option<UnixSeconds>, Error> {
        match self {
            Self::Default => Ok(Some(now.plus(DEFAULT_CREDENTIAL_LIFETIME))),
            Self::Never => Ok(None),
            Self::At(time) if time <= now => Err(Error::ExpiryInThePast),
            Self::At(time) => Ok(Some(time)),
        }
    }
}
