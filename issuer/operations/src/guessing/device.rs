//! Device cookies: browsers in which a user has signed in before (OWASP, "Slow Down Online Guessing Attacks with Device Cookies").
//!
//! A cookie holds an entry for each of the last users of the browser: a random name of the browser, and a code that only the issuer can
//! make for that name and the user. The cookie is not a credential: it only gives a browser a separate count of guesses.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

use crate::{Act, Error};
use postern_model::UserId;
use postern_secrets::{PlainSecret, random_name};

/// The entries of a cookie, the newest first.
const MAX_ENTRIES: usize = 5;

const NAME_LEN: usize = 16;

/// The length of a code: 32 bytes in base64url.
const CODE_LEN: usize = 43;

/// The separator of two entries. Neither the separator nor the characters of an entry need escaping in a cookie.
const SEPARATOR: char = '~';

/// The device cookie of a browser in which `user` has just signed in: the cookie that the browser sent, if any, with an entry for the user
/// in front.
pub fn remember_device(act: &Act<'_>, user: &UserId, sent: Option<&PlainSecret>) -> Result<PlainSecret, Error> {
    let user = user.to_string();
    let entries: Vec<&str> = sent.map(|sent| entries(sent).collect()).unwrap_or_default();
    let own = entries.iter().find(|entry| belongs_to(act, entry, &user));
    let first = if let Some(own) = own {
        (*own).to_owned()
    } else {
        let name = random_name(act.entropy, NAME_LEN)?;
        let code = code(act, &name, &user)?;
        format!("{name}.{code}")
    };
    let others = entries.iter().filter(|entry| !belongs_to(act, entry, &user)).map(|entry| (*entry).to_owned());
    let all: Vec<String> = std::iter::once(first).chain(others).take(MAX_ENTRIES).collect();
    Ok(PlainSecret::presented(all.join(&SEPARATOR.to_string())))
}

/// The name of the browser, if the cookie proves that `user` has signed in there before.
pub(super) fn find(act: &Act<'_>, user: &str, cookie: &PlainSecret) -> Option<String> {
    let own = entries(cookie).find(|entry| belongs_to(act, entry, user))?;
    own.split_once('.').map(|(name, _)| name.to_owned())
}

fn entries(cookie: &PlainSecret) -> impl Iterator<Item = &str> {
    let has_form = |entry: &&str| {
        let own = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        entry.len() == NAME_LEN + 1 + CODE_LEN && entry.bytes().all(own) && entry.find('.') == Some(NAME_LEN)
    };
    cookie.expose().split(SEPARATOR).take(MAX_ENTRIES).filter(has_form)
}

fn belongs_to(act: &Act<'_>, entry: &str, user: &str) -> bool {
    let Some((name, given)) = entry.split_once('.') else { return false };
    code(act, name, user).is_ok_and(|code| code.as_bytes().ct_eq(given.as_bytes()).into())
}

/// The code for a browser's name and a user.
fn code(act: &Act<'_>, name: &str, user: &str) -> Result<String, Error> {
    // The name has a fixed length and a fixed alphabet, so the two parts are unambiguous.
    let digest = act.keyring().master_key()?.digest("device cookie", format!("{name}{user}").as_bytes());
    Ok(URL_SAFE_NO_PAD.encode(digest))
}
