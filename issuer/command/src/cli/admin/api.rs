//! `postern admin api`

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{ArgGroup, Args, Subcommand};
use postern_token::{ApiReference, Node};
use serde_json::{Value, json};

use crate::cli::arguments::api_reference;
use crate::cli::management::{Call, Management, Refusal, text};
use crate::cli::{Common, output};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ApiCommand {
    /// Add an API
    Add {
        /// The file with the API's JSON document, or `-` for standard input
        file: PathBuf,
        /// Let subscriptions to it count only once an administrator has approved of them
        #[arg(long)]
        approval: bool,
    },
    /// Add an API that is made out of an `OpenAPI` 3 document
    Import(Import),
    /// List every API
    List,
    /// Show an API
    Show(Which),
    /// Change an API; edges hear of it at once
    Change(Change),
    /// Remove an API: no edge serves it any more
    Remove {
        #[command(flatten)]
        which: Which,
        /// Also while applications are subscribed to it, which ends these subscriptions and revokes the tokens that hold them
        #[arg(long)]
        force: bool,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Which {
    /// The API, as `name/version`
    #[arg(value_name = "API", value_parser = api_reference)]
    api: ApiReference<'static>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Import {
    /// The file with the document in JSON or YAML, or `-` for standard input
    file: PathBuf,
    /// The API's name, instead of one made from `info.title`
    #[arg(long)]
    name: Option<String>,
    /// Its version, instead of `info.version`
    #[arg(long)]
    version: Option<String>,
    /// Its context, instead of the path of the first server
    #[arg(long, value_name = "PATH")]
    context: Option<String>,
    /// Answer only for the hosts that the document's servers name; otherwise for every host
    #[arg(long)]
    hosts_of_servers: bool,
    /// Let a token take the place of API keys, HTTP Basic and mutual TLS
    #[arg(long)]
    replace_other_schemes: bool,
    /// Let subscriptions to it count only once an administrator has approved of them
    #[arg(long)]
    approval: bool,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("changes").required(true).multiple(true)))]
pub(in crate::cli) struct Change {
    #[command(flatten)]
    which: Which,
    /// The file with the API's JSON document from now on, or `-` for standard input
    #[arg(long, value_name = "FILE", group = "changes")]
    file: Option<PathBuf>,
    /// Whether subscriptions to it count only once an administrator has approved of them. Those that are there stay as they are
    #[arg(long, value_name = "BOOL", group = "changes")]
    approval: Option<bool>,
}

impl ApiCommand {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let management = common.management()?;
        match self {
            Self::Add { file, approval } => add(&management, &file, approval),
            Self::Import(command) => command.run(&management),
            Self::List => output::print(&json!({ "apis": management.all(|| Call::get(&["apis"]))? })),
            Self::Show(Which { api }) => management.print(&Call::get(&path(&api))),
            Self::Change(command) => command.run(&management),
            Self::Remove { which: Which { api }, force } => {
                let call = Call::delete(&path(&api)).query("force", force.then_some("true"));
                let mut removed = management.send(&call)?.json()?;
                if let Some(removed) = removed.as_object_mut() {
                    removed.insert("removed".into(), api.as_str().into());
                }
                output::print(&removed)
            }
        }
    }
}

fn add(management: &Management, file: &Path, approval: bool) -> anyhow::Result<()> {
    let mut document = read_document(file)?;
    if let (true, Some(document)) = (approval, document.as_object_mut()) {
        document.insert("approval".into(), true.into());
    }
    let added = send_document(management, Call::create(&["apis"]), &document, file)?;
    let reference = format!("{}/{}", text(&added, "name")?, text(&added, "version")?);
    output::print(&json!({ "api": reference }))
}

impl Import {
    fn run(self, management: &Management) -> anyhow::Result<()> {
        let document = read(&self.file)?;
        // YAML is what holds JSON as well, but the larger limits and the plainer errors are the JSON reader's.
        let json = serde_json::from_slice::<serde::de::IgnoredAny>(&document).is_ok();
        let media_type = if json { "application/json" } else { "application/yaml" };
        let call = Call::create(&["apis", "import"])
            .query("name", self.name)
            .query("version", self.version)
            .query("context", self.context)
            .query("hosts_of_servers", self.hosts_of_servers.then_some("true"))
            .query("replace_other_schemes", self.replace_other_schemes.then_some("true"))
            .query("approval", self.approval.then_some("true"));
        management.print(&call.content(media_type, document))
    }
}

impl Change {
    /// What is not given stays: it is read first, and changed only if it is still that.
    fn run(self, management: &Management) -> anyhow::Result<()> {
        let reference = path(&self.which.api);
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
        }
        let call = Call::put(&reference).if_match(now.tag);
        let file = self.file.as_deref().unwrap_or(Path::new("-"));
        output::print(&send_document(management, call, &after, file)?)
    }
}

fn send_document(management: &Management, call: Call, document: &Value, file: &Path) -> anyhow::Result<Value> {
    match management.send(&call.json(document)) {
        Err(error) if Refusal::is(&error, "invalid_body") => Err(error).with_context(|| not_a_document(file)),
        answer => answer?.json(),
    }
}

fn not_a_document(file: &Path) -> String {
    format!("`{}` is not an API's document", file.display())
}

/// The segments of an API's path.
fn path<'a>(api: &'a ApiReference<'_>) -> [&'a str; 3] {
    let (name, version) = api.as_str().split_once('/').unwrap_or((api.as_str(), ""));
    ["apis", name, version]
}

/// A file that holds a JSON object. The contract's own reader refuses a name that is there twice.
fn read_document(file: &Path) -> anyhow::Result<Value> {
    let document = read(file)?;
    Node::parse(&document).with_context(|| not_a_document(file))?;
    let document: Value = serde_json::from_slice(&document).with_context(|| not_a_document(file))?;
    if !document.is_object() {
        bail!("{}: it must be an object", not_a_document(file));
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
