//! What a browser keeps for the issuer: texts that only the issuer can make and read, so that it stores nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::error::UserError;
use crate::{Act, Error};
use postern_secrets::{PlainSecret, Sealed};

/// Seals lines of text: letters, digits, `-` and `_`. `purpose` and `of` are what it is sealed for. No line but the last may hold a line break.
pub(crate) fn seal(act: &Act<'_>, purpose: &str, of: &str, lines: &[&str]) -> Result<PlainSecret, Error> {
    let text = Zeroizing::new(lines.join("\n"));
    let sealed = Sealed::seal(text.as_bytes(), purpose, of, act.keyring().master_key()?, act.entropy)?;
    Ok(PlainSecret::presented(URL_SAFE_NO_PAD.encode(sealed.as_bytes())))
}

/// The `N` lines of what was sealed for the same; the last one may have line breaks.
pub(crate) fn open<const N: usize>(
    act: &Act<'_>,
    purpose: &str,
    of: &str,
    kept: &PlainSecret,
) -> Result<[Zeroizing<String>; N], Error> {
    let key = act.keyring().master_key()?;
    let stale = || Error::User(UserError::StaleSignIn);
    let sealed = URL_SAFE_NO_PAD.decode(kept.expose()).map_err(|_| stale())?;
    let text = Sealed::from_bytes(sealed).open(purpose, of, key).map_err(|_| stale())?;
    let text = std::str::from_utf8(&text).map_err(|_| stale())?;
    let lines: Vec<_> = text.splitn(N, '\n').map(|line| Zeroizing::new(line.to_owned())).collect();
    lines.try_into().map_err(|_| stale())
}
