//! `postern login`, `postern logout` and `postern whoami`

use std::io::{self, IsTerminal as _, Read as _};

use anyhow::{Context as _, bail};
use postern_secrets::PlainSecret;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::credentials::Credentials;
use super::target::ServerFlags;
use crate::cli::management::{Call, Management, Remote, ServerAddress};
use crate::cli::output;

/// What personal access tokens begin with.
const PREFIX: &str = "ppat_";

/// The longest line that is read as a token.
const MAX_LEN: u64 = 4096;

/// Reads a personal access token, tries it, and remembers it for the server. `first` is where a database is named that commands go to all the same.
pub(in crate::cli) fn login(flags: &ServerFlags, first: Option<&str>) -> anyhow::Result<()> {
    let server = flags.named()?.context("no server given: name it with --server https://… or `POSTERN_SERVER`")?;
    // Before the token is asked for: who cannot keep it need not show it.
    let mut credentials = Credentials::load()?;
    let token = read_token(&server)?;
    let remote = Management::Remote(Remote::new(&server, &token)?);
    let me = remote.send(&Call::get(&["me"]))?.json()?;
    credentials.remember(server.as_str(), &token);
    credentials.save()?;
    if let Some(first) = first {
        output::warn(&format!(
            "commands still use the database set by {first}, not `{server}`: remove that setting, or give --server or set `POSTERN_SERVER`"
        ));
    }
    let field = |name: &str| me.get(name).cloned().unwrap_or(Value::Null);
    output::print(&json!({ "server": server.as_str(), "member": field("name"), "role": field("role") }))
}

/// Forgets the token for the server that is named, or for the one of the last login. The token itself lives on.
pub(in crate::cli) fn logout(flags: &ServerFlags) -> anyhow::Result<()> {
    let mut credentials = Credentials::load()?;
    let named = flags.named()?.map(|server| server.to_string());
    let server = named.or_else(|| credentials.current().map(str::to_owned)).context("not logged in to any server")?;
    if !credentials.forget(&server) {
        bail!("not logged in to `{server}`");
    }
    credentials.save()?;
    output::print(&json!({ "logged_out": server }))
}

/// Says as whom commands act, and where.
pub(in crate::cli) fn whoami(management: &Management) -> anyhow::Result<()> {
    let mut me = management.send(&Call::get(&["me"]))?.json()?;
    if let (Management::Remote(remote), Some(me)) = (management, me.as_object_mut()) {
        me.insert("server".into(), remote.server().into());
    }
    output::print(&me)
}

/// The token on standard input, which is not shown while it is typed. It is never taken from the command line, which others can read.
fn read_token(server: &ServerAddress) -> anyhow::Result<PlainSecret> {
    let text = if io::stdin().is_terminal() {
        let typed = rpassword::prompt_password(format!("Personal access token for {server}: "));
        Zeroizing::new(typed.context("cannot read the token from the terminal")?)
    } else {
        let mut text = Zeroizing::new(String::new());
        let read = io::stdin().lock().take(MAX_LEN).read_to_string(&mut text);
        read.context("cannot read the token from standard input")?;
        text
    };
    let token = text.trim();
    let plain = token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if !token.starts_with(PREFIX) || !plain {
        bail!(
            "standard input must hold a personal access token, which begins with `{PREFIX}`: `postern admin personal-token create` makes one"
        );
    }
    Ok(PlainSecret::presented(token.to_owned()))
}
