//! Imports an API from an `OpenAPI` 3.0 or 3.1 document, in JSON or YAML. `docs/openapi.md` describes the mapping.
//!
//! The document is untrusted input. Two rules hold for the parts of a document that have no direct counterpart in an API. The API
//! never requires less than the document does. If the meaning would have to be guessed, the import fails with a problem.

#![forbid(unsafe_code)]

mod description;
mod extensions;
mod references;
mod report;
mod resources;
mod rule;
mod security;
mod servers;
mod source;
mod tree;
mod yaml;

pub use yaml::{LocatedYaml, YamlError, read_located};

use postern_token::bundle::{Api, ApiDocument, At, Problems};

pub use description::{BodyField, Description, Info, Named, OperationDetails, OperationHead, Parameter, RequestBody, Response};
pub use source::is_json;

use extensions::Extensions;
use references::References;
use report::Report;
use resources::Resource;
use security::{Requirement, Schemes};
use tree::{Members, member, object, only_known, text};

/// The maximum length of a document in bytes.
pub const MAX_OPENAPI_LEN: usize = 4 * 1024 * 1024;

/// The known members of a document.
const DOCUMENT_MEMBERS: [&str; 10] =
    ["openapi", "info", "jsonSchemaDialect", "servers", "paths", "webhooks", "components", "security", "tags", "externalDocs"];

/// The maximum length of an API's name.
const MAX_NAME_LEN: usize = 100;

/// Values that override the document's, and choices that a document cannot express.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// The API's name; by default it is derived from `info.title`.
    pub name: Option<String>,
    /// The API's version; by default `info.version`.
    pub version: Option<String>,
    /// The API's context; by default the path of the first server, or `/NAME/VERSION` if the document has no server.
    pub context: Option<String>,
    /// Whether the API is limited to the hosts of the document's servers; by default it applies to every host.
    pub hosts_of_servers: bool,
    /// Whether a token replaces the security schemes that a token cannot fulfil: API keys, HTTP Basic and mutual TLS. By
    /// default an operation that accepts only such schemes is a problem.
    pub replace_other_schemes: bool,
}

/// Converts `document` to an API that [`Api::check`] accepts.
///
/// # Errors
/// Returns all problems, up to a hundred, each with its location in the document (`paths["/pets"].get.security[0]`). The problems
/// quote names of members, but never values.
pub fn import(document: &[u8], options: &ImportOptions) -> Result<ApiDocument, Problems> {
    let mut report = Report::default();
    let api = read(document, options, &mut report);
    report.or(api)
}

fn read(document: &[u8], options: &ImportOptions, report: &mut Report) -> Option<ApiDocument> {
    let tree = report.take(At::Root, source::read(document))?;
    let root = object(&tree, At::Root, report)?;
    check_dialect(root, report)?;
    let at = At::Root;
    only_known(root, &DOCUMENT_MEMBERS, at, report);
    let mut references = References::new(&tree);
    let extensions = Extensions::of_document(root, at, report);
    let (name, version) = name_and_version(root, &extensions, options, report);
    let servers = servers::read(member(root, "servers"), at.field("servers"), report);
    let schemes = Schemes::read(root, &mut references, options.replace_other_schemes, report);
    let security = member(root, "security").map(|node| Requirement::read(node, at.field("security"), &schemes, report));
    let resources = resources::read(root, security.as_ref(), &extensions, &schemes, &mut references, report);

    let by_name = || servers.context().unwrap_or_else(|| format!("/{name}/{version}"));
    let context = options.context.clone().or_else(|| extensions.context.map(str::to_owned)).unwrap_or_else(by_name);
    let hosts = options.hosts_of_servers.then(|| servers.hosts(at.field("servers"), report));
    let (locations, resources): (Vec<_>, Vec<_>) =
        resources.into_iter().map(|Resource { location, document }| (location, document)).unzip();
    let api = ApiDocument { name, version, context, hosts, resources: Some(resources) };
    check(&api, &locations, &extensions, options, report);
    Some(api)
}

/// Checks that the document's version is supported: another version may express security in a way that would be missed.
fn check_dialect(root: Members<'_>, report: &mut Report) -> Option<()> {
    if member(root, "swagger").is_some() {
        let message = "is Swagger 2.0, which says where an API stands and what it asks for in another way; convert the document to \
            OpenAPI 3 first, for example with `swagger2openapi`";
        report.push(At::Root.field("swagger"), message);
        return None;
    }
    let at = At::Root.field("openapi");
    let Some(node) = member(root, "openapi") else {
        report.push(at, "is missing: an OpenAPI document starts with its version, such as `openapi: 3.1.0`");
        return None;
    };
    let version = text(node, at, report)?;
    let supported = ["3.0", "3.1"].iter().any(|minor| {
        let rest = version.strip_prefix(minor);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    if !supported {
        report.push(at, "must be 3.0.x or 3.1.x: other versions are not supported");
        return None;
    }
    Some(())
}

/// The API's name and version. A missing one is reported as a problem, and is empty in the result.
fn name_and_version(
    root: Members<'_>,
    extensions: &Extensions<'_>,
    options: &ImportOptions,
    report: &mut Report,
) -> (String, String) {
    let info_at = At::Root.field("info");
    let info = member(root, "info").and_then(|info| object(info, info_at, report));
    let mut of_info = |field: &str, hint: &str| {
        let found = info.and_then(|info| member(info, field));
        if found.is_none() {
            report.push(info_at.field(field), format!("is missing: {hint}"));
        }
        found.and_then(|node| text(node, info_at.field(field), report)).map(str::to_owned)
    };
    let given = options.name.clone().or_else(|| extensions.name.map(str::to_owned));
    let name = given.or_else(|| {
        of_info("title", "the API's name is derived from it unless you give another name").map(|title| name_from_title(&title))
    });
    let version = options.version.clone().or_else(|| of_info("version", "give the API's version"));
    (name.unwrap_or_default(), version.unwrap_or_default())
}

/// Derives a name from a title: `Swagger Petstore` becomes `swagger-petstore`. Empty if the title holds no character that a
/// name may hold.
fn name_from_title(title: &str) -> String {
    let mut name = String::new();
    for character in title.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '~' => name.push(character.to_ascii_lowercase()),
            _ if name.is_empty() || name.ends_with('-') => {}
            _ => name.push('-'),
        }
        if name.len() > MAX_NAME_LEN {
            // A name that is too long is reported as a problem later, not truncated.
            break;
        }
    }
    name.truncate(name.trim_end_matches('-').len());
    name
}

/// Validates the API with the edge's own code, and reports each problem at its location in the document.
fn check(
    api: &ApiDocument,
    locations: &[resources::Location],
    extensions: &Extensions<'_>,
    options: &ImportOptions,
    report: &mut Report,
) {
    let mut problems = Problems::default();
    Api::check(api, At::Root, &mut problems);
    for problem in problems.iter() {
        if problem.field == "resources" && !report.is_empty() {
            // The list is empty because the document's operations could not be read, which has been reported.
            continue;
        }
        let location = location_of(&problem.field, locations, extensions, options);
        report.push(At::Root.field(&location), problem.message.clone());
    }
}

/// The location in the document from which the API's field `field` was made.
fn location_of(field: &str, locations: &[resources::Location], extensions: &Extensions<'_>, options: &ImportOptions) -> String {
    if let Some((index, field)) = field.strip_prefix("resources[").and_then(|rest| rest.split_once(']'))
        && let Some(location) = index.parse().ok().and_then(|index: usize| locations.get(index))
    {
        let of_path = field.starts_with(".path") || field.starts_with(".methods");
        return if of_path { location.path.clone() } else { location.operation.clone() };
    }
    let location = match field {
        "name" if options.name.is_some() => "the name that was given",
        "name" if extensions.name.is_some() => "x-postern-name",
        "name" => "info.title",
        "version" if options.version.is_some() => "the version that was given",
        "version" => "info.version",
        "context" if options.context.is_some() => "the context that was given",
        "context" if extensions.context.is_some() => "x-postern-context",
        "context" => "servers[0].url",
        other if other.starts_with("hosts") => "servers",
        other if other.starts_with("resources") => "paths",
        other => other,
    };
    location.to_owned()
}

#[cfg(test)]
mod tests;
