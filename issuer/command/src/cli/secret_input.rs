//! Secrets from the terminal or from standard input. A secret is never an argument, because other users can read command lines.

use std::io::{self, IsTerminal as _, Read as _};

use anyhow::{Context as _, bail};
use postern_secrets::PlainSecret;
use zeroize::Zeroizing;

/// The longest input that is read, in bytes.
const MAX_LEN: u64 = 4096;

/// The prefix of personal access tokens.
const TOKEN_PREFIX: &str = "ppat_";

/// Reads a new password: twice from a terminal, without showing it, or once from standard input, where a line break at the end is removed.
pub(super) fn new_password(user: &str) -> anyhow::Result<Zeroizing<String>> {
    let password = if io::stdin().is_terminal() {
        let password = prompt(&format!("New password for {user}: "))?;
        if *prompt("Repeat the password: ")? != *password {
            bail!("the passwords do not match");
        }
        password
    } else {
        let text = read_stdin()?;
        let line = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
        if line.contains('\n') {
            bail!("standard input has more than one line: a password is one line");
        }
        Zeroizing::new(line.to_owned())
    };
    if password.is_empty() {
        bail!("the password is missing: write it to standard input");
    }
    Ok(password)
}

/// Reads a personal access token for a server.
pub(super) fn personal_access_token(server: &str) -> anyhow::Result<PlainSecret> {
    let text = if io::stdin().is_terminal() { prompt(&format!("Personal access token for {server}: "))? } else { read_stdin()? };
    let token = text.trim();
    let plain = token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if !token.starts_with(TOKEN_PREFIX) || !plain {
        bail!(
            "standard input must hold a personal access token, which begins with `{TOKEN_PREFIX}`: \
             `postern personal-token create` makes one"
        );
    }
    Ok(PlainSecret::presented(token.to_owned()))
}

fn prompt(question: &str) -> anyhow::Result<Zeroizing<String>> {
    rpassword::prompt_password(question).map(Zeroizing::new).context("cannot read from the terminal")
}

fn read_stdin() -> anyhow::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    io::stdin().lock().take(MAX_LEN).read_to_string(&mut text).context("cannot read standard input")?;
    Ok(text)
}
