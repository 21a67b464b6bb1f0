//! Arguments that name an application or an API: by id, or by a name if only one has that name.

use std::convert::Infallible;
use std::str::FromStr;

use anyhow::bail;
use axum::http::StatusCode;
use clap::Args;
use postern_model::ApplicationId;
use postern_token::{ApiReference, KeyType};
use serde_json::Value;

use super::arguments::Environment;
use super::management::{Call, ErrorResponse, Management, text};

/// An application, by id or by name.
#[derive(Debug, Clone)]
pub(super) struct ApplicationReference(String);

impl FromStr for ApplicationReference {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl ApplicationReference {
    /// The id. A text in the form of an id is one, even if an application has it as its name.
    pub(super) fn resolve(&self, management: &Management) -> anyhow::Result<ApplicationId> {
        if let Ok(id) = self.0.parse() {
            return Ok(id);
        }
        Ok(text(&self.find_by_name(management)?, "id")?.parse()?)
    }

    /// The application. A text in the form of an id may also be a name.
    pub(super) fn find(&self, management: &Management) -> anyhow::Result<Value> {
        if let Ok(id) = self.0.parse::<ApplicationId>() {
            match management.send(&Call::get(&["applications", id.as_str()])) {
                Err(error) if ErrorResponse::has_code(&error, "no_such_application") => {}
                found => return found?.json(),
            }
        }
        let named = self.find_by_name(management)?;
        management.send(&Call::get(&["applications", text(&named, "id")?]))?.json()
    }

    fn find_by_name(&self, management: &Management) -> anyhow::Result<Value> {
        let mut named = management.all(|| Call::get(&["applications"]))?;
        named.retain(|application| application.get("name").and_then(Value::as_str) == Some(&self.0));
        match (named.pop(), named.as_slice()) {
            (None, _) => {
                let message = format!("there is no application with the id or name `{}`", self.0);
                Err(ErrorResponse::new(StatusCode::NOT_FOUND, "no_such_application", message).into())
            }
            (Some(only), []) => Ok(only),
            (Some(last), others) => {
                let ids: Vec<_> = others.iter().chain([&last]).filter_map(|each| text(each, "id").ok()).collect();
                let ids = ids.join("`, `");
                bail!("several applications have the name `{}`: give the id instead, one of `{ids}`", self.0)
            }
        }
    }
}

/// An API: `NAME/VERSION`, or `NAME` if it has one version.
#[derive(Debug, Clone)]
pub(super) enum NamedApi {
    Exact(ApiReference<'static>),
    Name(String),
}

impl FromStr for NamedApi {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains('/') {
            return ApiReference::parse(text.to_owned()).map(Self::Exact);
        }
        // The same characters are allowed in names and versions.
        ApiReference::parse(format!("{text}/{text}")).map(|_| Self::Name(text.to_owned()))
    }
}

impl NamedApi {
    /// The API's name and version.
    pub(super) fn resolve(&self, management: &Management) -> anyhow::Result<ApiReference<'static>> {
        let name = match self {
            Self::Exact(api) => return Ok(api.clone()),
            Self::Name(name) => name,
        };
        let apis = management.all(|| Call::get(&["apis"]))?;
        let versions = apis.iter().filter(|api| text(api, "name").is_ok_and(|own| own == name));
        let versions: Vec<&str> = versions.map(|api| text(api, "version")).collect::<anyhow::Result<_>>()?;
        match versions.as_slice() {
            [] => {
                let message = format!("there is no API with the name `{name}`");
                Err(ErrorResponse::new(StatusCode::NOT_FOUND, "no_such_api", message).into())
            }
            [version] => ApiReference::parse(format!("{name}/{version}")).map_err(anyhow::Error::msg),
            several => {
                let several: Vec<String> = several.iter().map(|version| format!("`{name}/{version}`")).collect();
                bail!("the API `{name}` has several versions: give one of {}", several.join(", "))
            }
        }
    }
}

/// The path of an API.
pub(super) fn api_path<'a>(api: &'a ApiReference<'_>) -> [&'a str; 3] {
    let (name, version) = api.as_str().split_once('/').unwrap_or((api.as_str(), ""));
    ["apis", name, version]
}

/// The arguments for the key set of an application in one environment.
#[derive(Debug, Args)]
pub(super) struct ClientKeysArguments {
    /// Application, by id or name
    #[arg(long, value_name = "ID|NAME")]
    application: ApplicationReference,
    /// Environment of the key set
    #[arg(long, value_name = "ENVIRONMENT")]
    key_type: Environment,
}

/// The key set of an application in one environment.
#[derive(Debug)]
pub(super) struct ClientKeys {
    pub(super) application: ApplicationId,
    pub(super) key_type: KeyType,
}

impl ClientKeysArguments {
    /// The key set.
    pub(super) fn resolve(&self, management: &Management) -> anyhow::Result<ClientKeys> {
        Ok(ClientKeys { application: self.application.resolve(management)?, key_type: self.key_type.into() })
    }
}

impl ClientKeys {
    /// The path of the key set.
    pub(super) fn path(&self) -> [&str; 4] {
        ["applications", self.application.as_str(), "keys", self.key_type.as_str()]
    }
}
