//! The file with the stored tokens: `~/.config/postern/credentials.json`.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use postern_secrets::PlainSecret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::cli::output;

/// A token for each server, and the server of the last login.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli) struct Credentials {
    /// The server of the last login.
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<String>,
    servers: BTreeMap<String, Credential>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Credential {
    token: Zeroizing<String>,
}

impl Credentials {
    /// Reads the file. Without a file, or a folder for it, nothing is stored.
    pub(in crate::cli) fn load() -> anyhow::Result<Self> {
        let Some(file) = file() else { return Ok(Self::default()) };
        let shown = file.display();
        let text = match fs::read(&file) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error).with_context(|| format!("cannot read `{shown}`")),
        };
        let mode = fs::metadata(&file).with_context(|| format!("cannot read `{shown}`"))?.permissions().mode();
        if mode & 0o077 != 0 {
            bail!(
                "other users can read the tokens in `{shown}`: run `chmod 600` on it, and replace the tokens if someone may have read them"
            );
        }
        // The error of the JSON reader could quote a token.
        serde_json::from_slice(&text)
            .map_err(|_| anyhow::anyhow!("`{shown}` is damaged: delete it and run `postern login` again"))
    }

    /// Writes the file, with mode 0600.
    pub(in crate::cli) fn save(&self) -> anyhow::Result<()> {
        let file = file().context("cannot store the token: set `HOME` or `XDG_CONFIG_HOME`")?;
        if let Some(folder) = file.parent() {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.with_context(|| format!("cannot create the folder `{}`", folder.display()))?;
        }
        let mut text = Zeroizing::new(serde_json::to_vec_pretty(self).context("cannot write the credentials as JSON")?);
        text.push(b'\n');
        output::write_private(Some(&file), &text)
    }

    /// The server of the last login.
    pub(in crate::cli) fn current(&self) -> Option<&str> {
        self.current.as_deref()
    }

    /// The token that is stored for a server.
    pub(in crate::cli) fn token(&self, server: &str) -> Option<PlainSecret> {
        self.servers.get(server).map(|credential| PlainSecret::presented(credential.token.to_string()))
    }

    /// Stores a token for a server, and remembers that server as the one of the last login.
    pub(in crate::cli) fn store(&mut self, server: &str, token: &PlainSecret) {
        let credential = Credential { token: Zeroizing::new(token.expose().to_owned()) };
        self.servers.insert(server.to_owned(), credential);
        self.current = Some(server.to_owned());
    }

    /// Deletes the token for a server; `false` if none is stored.
    pub(in crate::cli) fn delete(&mut self, server: &str) -> bool {
        if self.current() == Some(server) {
            self.current = None;
        }
        self.servers.remove(server).is_some()
    }
}

/// The path of the file (XDG Base Directory Specification).
fn file() -> Option<PathBuf> {
    let folder_in = |variable: &str| env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = folder_in("XDG_CONFIG_HOME").or_else(|| Some(folder_in("HOME")?.join(".config")))?;
    Some(folder.join("postern").join("credentials.json"))
}
