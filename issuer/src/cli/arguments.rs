//! Arguments that several commands take.

use clap::{Args, ValueEnum};
use postern_issuer::catalogue::{Validity, parse_client_domain};
use postern_token::{AddressBlock, Algorithm, ApiReference, DomainPattern, KeyType, Scopes};

/// The key type as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum KeyTypeArgument {
    /// The real thing
    Production,
    /// For trying
    Sandbox,
}

impl From<KeyTypeArgument> for KeyType {
    fn from(argument: KeyTypeArgument) -> Self {
        match argument {
            KeyTypeArgument::Production => Self::Production,
            KeyTypeArgument::Sandbox => Self::Sandbox,
        }
    }
}

/// What limits the use of tokens.
#[derive(Debug, Args)]
pub(super) struct Limits {
    /// A client domain that may use the tokens, such as `app.example.com` or `*.example.com`; give it again for more
    #[arg(long = "domain", value_name = "DOMAIN", value_parser = parse_client_domain)]
    pub(super) domains: Vec<DomainPattern<'static>>,
    /// A block of client addresses that may use the tokens, such as `192.0.2.0/24`; give it again for more
    #[arg(long = "ip", value_name = "CIDR", value_parser = str::parse::<AddressBlock>)]
    pub(super) ips: Vec<AddressBlock>,
    /// A scope that the tokens may hold; give it again for more
    #[arg(long = "scope", value_name = "SCOPE", value_parser = one_scope)]
    scopes: Vec<String>,
    /// How many seconds the tokens last, negative for ever
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(super) validity: Option<Validity>,
}

impl Limits {
    /// The scopes together; `None` when there are none.
    pub(super) fn scopes(&self) -> anyhow::Result<Option<Scopes<'static>>> {
        if self.scopes.is_empty() {
            return Ok(None);
        }
        Ok(Some(Scopes::parse(self.scopes.join(" "))?))
    }
}

fn one_scope(text: &str) -> Result<String, String> {
    match Scopes::parse(text) {
        Ok(scopes) if scopes.iter().count() == 1 => Ok(text.to_owned()),
        Ok(_) => Err("give one scope at a time, each with its own --scope".into()),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads `name/version`.
pub(super) fn api_reference(text: &str) -> Result<ApiReference<'static>, &'static str> {
    ApiReference::parse(text.to_owned())
}

/// Reads the name of an algorithm that can sign.
pub(super) fn signing_algorithm(text: &str) -> Result<Algorithm, String> {
    match Algorithm::ALL.into_iter().find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(text)) {
        Some(algorithm) => Ok(algorithm),
        None => Err("must be HS256, ES256, EdDSA or RS256".into()),
    }
}
