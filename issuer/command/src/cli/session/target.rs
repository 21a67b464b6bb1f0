//! The target of management commands: the database or a server.

use std::env;
use std::ffi::OsString;

use anyhow::{Context as _, bail};
use clap::Args;
use postern_secrets::PlainSecret;

use super::credentials::Credentials;
use crate::cli::management::{Remote, ServerAddress, ServerAddressError};

const SERVER_VARIABLE: &str = "POSTERN_SERVER";
const TOKEN_VARIABLE: &str = "POSTERN_TOKEN";

/// The flags that choose a server.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub(in crate::cli) struct ServerFlags {
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help = "Run management commands on this server, with the token in POSTERN_TOKEN or from `postern login` [env: POSTERN_SERVER]"
    )]
    pub(in crate::cli) server: Option<String>,
    /// Allow `http://` to another machine; anyone on the network can then read the token
    #[arg(long, global = true)]
    pub(in crate::cli) dangerous_plain_http: bool,
}

/// Which source sets the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum DatabaseSetting {
    /// The flag --database.
    Flag,
    /// The environment or the configuration file; the text names the variable, or the key in the file.
    Configured(String),
    /// No source: the default applies.
    Default,
}

impl DatabaseSetting {
    /// The source of the database setting, if that setting takes precedence over the login to a server.
    pub(in crate::cli) fn overrides_login(&self) -> anyhow::Result<Option<&str>> {
        match self {
            // Ignores the flag --server, because the next command may not have it.
            Self::Configured(source) if variable(SERVER_VARIABLE)?.is_none() => Ok(Some(source)),
            Self::Configured(_) | Self::Flag | Self::Default => Ok(None),
        }
    }
}

impl ServerFlags {
    /// The server that --server or else `POSTERN_SERVER` names.
    pub(in crate::cli) fn named(&self) -> anyhow::Result<Option<ServerAddress>> {
        let named = match &self.server {
            Some(server) => Some((server.clone(), "--server")),
            None => variable(SERVER_VARIABLE)?.map(|server| (server, "`POSTERN_SERVER`")),
        };
        let Some((text, source)) = named else { return Ok(None) };
        self.parse(&text).with_context(|| format!("{source} is not valid")).map(Some)
    }

    /// The server that management commands use; `None` if they use the database. The order is in `postern --help`.
    pub(in crate::cli) fn target(&self, database: &DatabaseSetting) -> anyhow::Result<Option<Remote>> {
        if *database == DatabaseSetting::Flag {
            if self.server.is_some() {
                bail!("--database and --server cannot be used together: give one of them");
            }
            return Ok(None);
        }
        if let Some(server) = self.named()? {
            let token = match variable(TOKEN_VARIABLE)? {
                Some(token) => Some(PlainSecret::presented(token)),
                None => Credentials::load()?.token(server.as_str()),
            };
            let token =
                token.with_context(|| format!("not logged in to `{server}`: run `postern login`, or set `POSTERN_TOKEN`"))?;
            return Remote::new(&server, &token).map(Some);
        }
        if *database != DatabaseSetting::Default {
            return Ok(None);
        }
        let credentials = Credentials::load()?;
        let Some(current) = credentials.current() else { return Ok(None) };
        let server = self.parse(current).with_context(|| format!("the address of the last login, `{current}`, is not valid"))?;
        let token = credentials.token(current);
        let token = token.with_context(|| format!("no token is stored for `{server}`: run `postern login` again"))?;
        Remote::new(&server, &token).map(Some)
    }

    /// Parses an address under the rules of --dangerous-plain-http.
    fn parse(&self, text: &str) -> Result<ServerAddress, ServerAddressError> {
        ServerAddress::parse(text, self.dangerous_plain_http)
    }
}

/// The value of an environment variable; `None` if it is not set or empty.
fn variable(name: &str) -> anyhow::Result<Option<String>> {
    let value = env::var_os(name).filter(|value| !value.is_empty());
    value.map(OsString::into_string).transpose().map_err(|_| anyhow::anyhow!("`{name}` is not valid UTF-8"))
}
