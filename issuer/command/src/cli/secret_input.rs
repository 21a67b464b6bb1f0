//! Secrets that are typed, or piped in. They are never taken from the command line, which others can read.

use std::io::{self, IsTerminal as _, Read as _};

use anyhow::{Context as _, bail};
use zeroize::Zeroizing;

/// The longest that is read.
const MAX_LEN: u64 = 4096;

/// A new password: asked for twice at a terminal, where it is not shown, or else what stands on standard input but for a line break at its end.
pub(super) fn new_password(whose: &str) -> anyhow::Result<Zeroizing<String>> {
    let password = if io::stdin().is_terminal() {
        let ask = |words: String| {
            rpassword::prompt_password(words).map(Zeroizing::new).context("cannot read the password from the terminal")
        };
        let password = ask(format!("New password for {whose}: "))?;
        if *ask("Repeat the password: ".to_owned())? != *password {
            bail!("the passwords do not match");
        }
        password
    } else {
        piped()?
    };
    if password.is_empty() {
        bail!("the password is missing: write it to standard input");
    }
    Ok(password)
}

fn piped() -> anyhow::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    let read = io::stdin().lock().take(MAX_LEN).read_to_string(&mut text);
    read.context("cannot read the password from standard input")?;
    let line = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if line.contains('\n') {
        bail!("standard input has more than one line: a password is one line");
    }
    Ok(Zeroizing::new(line.to_owned()))
}
