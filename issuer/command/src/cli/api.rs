//! `postern api`

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{ArgGroup, Args, Subcommand};
use postern_model::{ApiDescription, ApiTag, ApiTitle, TierName};
use postern_openapi_import::ImportOptions;
use postern_token::Node;
use serde_json::{Map, Value, json};

use super::context::CommandContext;
use super::management::{Call, ErrorResponse, Management, text};
use super::references::{NamedApi, api_path};

#[derive(Debug, Subcommand)]
pub(super) enum ApiCommand {
    /// Create an API from a JSON document
    #[command(alias = "add", after_help = "Example:\n  postern api create pizza.json", group(ArgGroup::new("changes").multiple(true)))]
    Create {
        /// File with the JSON document of the API, or `-` for standard input
        file: PathBuf,
        /// Require an administrator's approval for each subscription
        #[arg(long)]
        approval: bool,
        /// Tiers that the API offers, separated by commas [default: every tier]
        #[arg(long, value_name = "TIER", value_delimiter = ',')]
        tiers: Vec<TierName>,
        #[command(flatten)]
        text: TextArguments,
    },
    #[command(
        about = "Create an API from an OpenAPI 3 document",
        after_help = "Example:\n  postern api import openapi.yaml --context /pizza/1.0.0"
    )]
    Import(Import),
    /// Print the OpenAPI document that an API was imported from
    Openapi(ApiArgument),
    /// List all APIs
    List,
    /// Show an API
    Show(ApiArgument),
    /// Change an API; edges receive the change at once
    Change(ApiChange),
    /// Delete an API; edges then refuse requests to it
    #[command(alias = "remove")]
    Delete {
        #[command(flatten)]
        which: ApiArgument,
        /// Delete even if applications are subscribed: ends the subscriptions and revokes their tokens
        #[arg(long)]
        force: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct ApiArgument {
    /// API, as `NAME/VERSION`, or `NAME` if it has one version
    #[arg(value_name = "API")]
    api: NamedApi,
}

/// What people read about an API.
#[derive(Debug, Args)]
pub(super) struct TextArguments {
    /// Title for people
    #[arg(long, group = "changes")]
    title: Option<ApiTitle>,
    /// Description for people, in Markdown
    #[arg(long, value_name = "TEXT", group = "changes")]
    description: Option<ApiDescription>,
    /// Words by which the catalogue is searched, separated by commas
    #[arg(long, value_name = "TAG", value_delimiter = ',', group = "changes")]
    tags: Vec<ApiTag>,
}

impl TextArguments {
    /// The fields that are given.
    fn insert_into(&self, document: &mut Map<String, Value>) {
        let (title, description) =
            (self.title.as_ref().map(ApiTitle::as_str), self.description.as_ref().map(ApiDescription::as_str));
        for (name, value) in [("title", title), ("description", description)] {
            if let Some(value) = value {
                document.insert(name.into(), value.into());
            }
        }
        if !self.tags.is_empty() {
            document.insert("tags".into(), self.tags.iter().map(ApiTag::as_str).collect());
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Import {
    /// File with the document in JSON or YAML, or `-` for standard input
    file: PathBuf,
    /// Name of the API [default: made from `info.title`]
    #[arg(long)]
    name: Option<String>,
    /// Version of the API [default: `info.version`]
    #[arg(long)]
    version: Option<String>,
    /// Path prefix of the API [default: the path of the first server]
    #[arg(long, value_name = "PATH")]
    context: Option<String>,
    /// Serve the API only on the hosts in the document's `servers` [default: on every host]
    #[arg(long)]
    hosts_of_servers: bool,
    /// Require a token where the document requires an API key, HTTP Basic or mutual TLS
    #[arg(long)]
    replace_other_schemes: bool,
    #[command(flatten)]
    added: AddedAs,
}

/// How the imported API is added.
#[derive(Debug, Args)]
pub(in crate::cli) struct AddedAs {
    /// Require an administrator's approval for each subscription
    #[arg(long)]
    approval: bool,
    /// Replace the API with this name and version, if there is one; its tiers and subscriptions stay
    #[arg(long)]
    replace: bool,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("changes").required(true).multiple(true)))]
pub(super) struct ApiChange {
    #[command(flatten)]
    which: ApiArgument,
    /// File with the new JSON document of the API, or `-` for standard input
    #[arg(long, value_name = "FILE", group = "changes")]
    file: Option<PathBuf>,
    /// Whether new subscriptions require an administrator's approval; existing subscriptions do not change
    #[arg(long, value_name = "BOOL", group = "changes")]
    approval: Option<bool>,
    /// Tiers that the API offers to new subscriptions, separated by commas; existing subscriptions do not change
    #[arg(long, value_name = "TIER", value_delimiter = ',', group = "changes")]
    tiers: Vec<TierName>,
    /// Offer every tier
    #[arg(long, conflicts_with = "tiers", group = "changes")]
    any_tier: bool,
    #[command(flatten)]
    text: TextArguments,
}

impl ApiCommand {
    pub(super) fn run(self, context: &CommandContext) -> anyhow::Result<()> {
        let management = context.management()?;
        match self {
            Self::Create { file, approval, tiers, text } => add(&management, &file, approval, &tiers, &text),
            Self::Import(command) => command.run(&management),
            Self::Openapi(ApiArgument { api }) => {
                let api = api.resolve(&management)?;
                let path: Vec<&str> = api_path(&api).into_iter().chain(["openapi"]).collect();
                let found = management.send(&Call::get(&path))?;
                super::output::write_private(None, &found.body)
            }
            Self::List => management.print_list("apis", || Call::get(&["apis"])),
            Self::Show(ApiArgument { api }) => management.print(&Call::get(&api_path(&api.resolve(&management)?))),
            Self::Change(command) => command.run(&management),
            Self::Delete { which: ApiArgument { api }, force } => {
                let api = api.resolve(&management)?;
                context.confirmation.ask(|| {
                    let ends = if force { " This ends its subscriptions and revokes their tokens." } else { "" };
                    Ok(format!("Delete the API `{}`? Edges will refuse requests to it.{ends}", api.as_str()))
                })?;
                let call = Call::delete(&api_path(&api)).query("force", force.then_some("true"));
                let mut removed = management.send(&call)?.json()?;
                if let Some(removed) = removed.as_object_mut() {
                    removed.insert("removed".into(), api.as_str().into());
                }
                management.printer.print(&removed)
            }
        }
    }
}

fn add(
    management: &Management,
    file: &Path,
    approval: bool,
    tiers: &[TierName],
    text_arguments: &TextArguments,
) -> anyhow::Result<()> {
    let mut document = read_document(file)?;
    if let Some(document) = document.as_object_mut() {
        if approval {
            document.insert("approval".into(), true.into());
        }
        if !tiers.is_empty() {
            document.insert("tiers".into(), json!(tiers));
        }
        text_arguments.insert_into(document);
    }
    let added = send_document(management, Call::create(&["apis"]), &document, file)?;
    let reference = format!("{}/{}", text(&added, "name")?, text(&added, "version")?);
    management.printer.print(&json!({ "api": reference }))
}

impl Import {
    fn run(self, management: &Management) -> anyhow::Result<()> {
        let document = read(&self.file)?;
        let options = ImportOptions {
            name: self.name,
            version: self.version,
            context: self.context,
            hosts_of_servers: self.hosts_of_servers,
            replace_other_schemes: self.replace_other_schemes,
        };
        let call = import_call(document, &options)
            .query("approval", self.added.approval.then_some("true"))
            .query("replace", self.added.replace.then_some("true"));
        management.print(&call)
    }
}

/// The call that imports an API from an `OpenAPI` document.
pub(super) fn import_call(document: Vec<u8>, options: &ImportOptions) -> Call {
    // JSON is also YAML, but as JSON the document may be larger, and its errors are clearer.
    let json = serde_json::from_slice::<serde::de::IgnoredAny>(&document).is_ok();
    let media_type = if json { "application/json" } else { "application/yaml" };
    Call::create(&["apis", "import"])
        .query("name", options.name.as_ref())
        .query("version", options.version.as_ref())
        .query("context", options.context.as_ref())
        .query("hosts_of_servers", options.hosts_of_servers.then_some("true"))
        .query("replace_other_schemes", options.replace_other_schemes.then_some("true"))
        .content(media_type, document)
}

impl ApiChange {
    /// Reads the API first, to keep what is not given, and replaces it only if it has not changed since.
    fn run(self, management: &Management) -> anyhow::Result<()> {
        let api = self.which.api.resolve(management)?;
        let reference = api_path(&api);
        let now = management.send(&Call::get(&reference))?;
        let before = now.json()?;
        let mut after = match &self.file {
            Some(file) => read_document(file)?,
            None => before.clone(),
        };
        if let Some(after) = after.as_object_mut() {
            let kept = before.get("approval").cloned().unwrap_or(Value::Bool(false));
            match self.approval {
                Some(approval) => drop(after.insert("approval".into(), approval.into())),
                None => drop(after.entry("approval").or_insert(kept)),
            }
            match (self.tiers.is_empty(), before.get("tiers")) {
                (false, _) => drop(after.insert("tiers".into(), json!(self.tiers))),
                (true, _) if self.any_tier => drop(after.remove("tiers")),
                (true, Some(kept)) => drop(after.entry("tiers").or_insert(kept.clone())),
                (true, None) => {}
            }
            for name in ["title", "description", "tags", "scope_descriptions"] {
                if let Some(kept) = before.get(name) {
                    after.entry(name).or_insert(kept.clone());
                }
            }
            self.text.insert_into(after);
        }
        let call = Call::put(&reference).if_match(now.tag);
        let file = self.file.as_deref().unwrap_or(Path::new("-"));
        management.printer.print(&send_document(management, call, &after, file)?)
    }
}

fn send_document(management: &Management, call: Call, document: &Value, file: &Path) -> anyhow::Result<Value> {
    match management.send(&call.json(document)) {
        Err(error) if ErrorResponse::has_code(&error, "invalid_body") => Err(error).with_context(|| not_a_document(file)),
        answer => answer?.json(),
    }
}

fn not_a_document(file: &Path) -> String {
    format!("`{}` is not a valid API document", file.display())
}

/// Reads a JSON object. `Node` refuses a name that occurs twice; `serde_json` would keep the last one.
fn read_document(file: &Path) -> anyhow::Result<Value> {
    let document = read(file)?;
    Node::parse(&document).with_context(|| not_a_document(file))?;
    let document: Value = serde_json::from_slice(&document).with_context(|| not_a_document(file))?;
    if !document.is_object() {
        bail!("{}: it must be a JSON object", not_a_document(file));
    }
    Ok(document)
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let read = || {
        if file == Path::new("-") {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes)?;
            return Ok(bytes);
        }
        fs::read(file)
    };
    let read: io::Result<_> = read();
    read.with_context(|| format!("cannot read `{}`", file.display()))
}
