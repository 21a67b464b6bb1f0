//! `postern login`, `postern logout` and `postern whoami`

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::credentials::Credentials;
use super::target::{DatabaseSetting, ServerFlags};
use crate::cli::management::{Call, Management, Remote};
use crate::cli::output::{self, Printer};
use crate::cli::secret_input;

/// Reads a personal access token, checks it with the server, and stores it for that server.
pub(in crate::cli) fn login(flags: &ServerFlags, database: &DatabaseSetting, printer: Printer) -> anyhow::Result<()> {
    let server = flags.named()?.context("no server given: name it with --server https://… or `POSTERN_SERVER`")?;
    // First, so that nobody types a token that cannot be stored.
    let mut credentials = Credentials::load()?;
    let token = secret_input::personal_access_token(server.as_str())?;
    let remote = Management::remote(Remote::new(&server, &token)?, printer);
    let me = remote.send(&Call::get(&["me"]))?.json()?;
    credentials.store(server.as_str(), &token);
    credentials.save()?;
    if let Some(source) = database.overrides_login()? {
        output::warn(&format!(
            "commands still use the database set by {source}, not `{server}`: remove that setting, or give --server or set `POSTERN_SERVER`"
        ));
    }
    let field = |name: &str| me.get(name).cloned().unwrap_or(Value::Null);
    printer.print(&json!({ "server": server.as_str(), "member": field("name"), "role": field("role") }))
}

/// Deletes the stored token for the named server, or for the server of the last login. The token itself stays valid.
pub(in crate::cli) fn logout(flags: &ServerFlags, printer: Printer) -> anyhow::Result<()> {
    let mut credentials = Credentials::load()?;
    let named = flags.named()?.map(|server| server.to_string());
    let server = named.or_else(|| credentials.current().map(str::to_owned)).context("not logged in to any server")?;
    if !credentials.delete(&server) {
        bail!("not logged in to `{server}`");
    }
    credentials.save()?;
    printer.print(&json!({ "logged_out": server }))
}

/// Prints the member that runs commands, its role, and the server or the database. `database` holds no password.
pub(in crate::cli) fn whoami(management: &Management, database: &str) -> anyhow::Result<()> {
    let mut me = management.send(&Call::get(&["me"]))?.json()?;
    if let Some(me) = me.as_object_mut() {
        let (name, value) = management.server().map_or(("database", database), |server| ("server", server));
        me.insert(name.into(), value.into());
    }
    management.printer.print(&me)
}
