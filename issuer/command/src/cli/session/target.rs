//! Where management commands go: to the database, or to a server.

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

/// Who says which database is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum DatabaseSetting {
    Flag,
    /// In the environment or in the configuration file.
    Configuration,
    Default,
}

impl DatabaseSetting {
    /// Whether commands that name no server go to it, although somebody is logged in.
    pub(in crate::cli) fn goes_before_login(self) -> anyhow::Result<bool> {
        Ok(self == Self::Configuration && text_of(SERVER_VARIABLE)?.is_none())
    }
}

impl ServerFlags {
    /// The server that is named, by the flag or else by the variable.
    pub(in crate::cli) fn named(&self) -> anyhow::Result<Option<ServerAddress>> {
        let named = match &self.server {
            Some(server) => Some((server.clone(), "--server")),
            None => text_of(SERVER_VARIABLE)?.map(|server| (server, "`POSTERN_SERVER`")),
        };
        let Some((text, from)) = named else { return Ok(None) };
        self.parse(&text).with_context(|| format!("{from} is not valid")).map(Some)
    }

    /// The server that commands go to; `None` where they go to the database.
    pub(in crate::cli) fn place(&self, database: DatabaseSetting) -> anyhow::Result<Option<Remote>> {
        match database {
            DatabaseSetting::Flag if self.server.is_some() => {
                bail!("--database and --server cannot be used together: give one of them")
            }
            DatabaseSetting::Flag => return Ok(None),
            DatabaseSetting::Configuration | DatabaseSetting::Default => {}
        }
        if let Some(server) = self.named()? {
            let token = match text_of(TOKEN_VARIABLE)? {
                Some(token) => Some(PlainSecret::presented(token)),
                None => Credentials::load()?.token(server.as_str()),
            };
            let missing = || format!("not logged in to `{server}`: run `postern login`, or set `POSTERN_TOKEN`");
            return Remote::new(&server, &token.with_context(missing)?).map(Some);
        }
        if database == DatabaseSetting::Configuration {
            return Ok(None);
        }
        let credentials = Credentials::load()?;
        let Some(current) = credentials.current() else { return Ok(None) };
        let server = self.parse(current).with_context(|| format!("the address of the last login, `{current}`, is not valid"))?;
        let token = credentials
            .token(current)
            .with_context(|| format!("no token is stored for `{server}`: run `postern login` again"))?;
        Remote::new(&server, &token).map(Some)
    }

    fn parse(&self, text: &str) -> Result<ServerAddress, ServerAddressError> {
        ServerAddress::parse(text, self.dangerous_plain_http)
    }
}

/// What a variable says; an empty one says nothing.
fn text_of(variable: &str) -> anyhow::Result<Option<String>> {
    let value = env::var_os(variable).filter(|value| !value.is_empty());
    value.map(OsString::into_string).transpose().map_err(|_| anyhow::anyhow!("`{variable}` is not valid UTF-8"))
}
