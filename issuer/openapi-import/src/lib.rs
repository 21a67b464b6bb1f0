//! Makes an API out of an `OpenAPI` 3.0 or 3.1 document, in JSON or YAML. What each part becomes stands in `docs/openapi.md`.
//!
//! The document comes from a person and may be hostile. Two rules decide what happens to a part that has no counterpart here: no
//! rule of the API that is made asks for less than the document does, and what would have to be guessed is a problem.

#![forbid(unsafe_code)]

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

use postern_token::bundle::{Api, ApiDocument, At, Problems};

use extensions::Extensions;
use references::References;
use report::Report;
use resources::Resource;
use security::{Asked, Schemes};
use tree::{Members, member, object, only_known, text};

/// The longest document in bytes.
pub const MAX_OPENAPI_LEN: usize = 4 * 1024 * 1024;

/// The members of a document.
const OF_DOCUMENT: [&str; 10] =
    ["openapi", "info", "jsonSchemaDialect", "servers", "paths", "webhooks", "components", "security", "tags", "externalDocs"];

/// The longest name that an API has.
const MAX_NAME_LEN: usize = 100;

/// What goes before what the document says, and what it cannot say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// The API's name, instead of one made from `info.title`.
    pub name: Option<String>,
    /// Its version, instead of `info.version`.
    pub version: Option<String>,
    /// Its context, instead of the path of the first server.
    pub context: Option<String>,
    /// Whether the API answers only for the hosts that the document's servers name; otherwise for every host.
    pub hosts_of_servers: bool,
    /// Whether a token takes the place of what is no token: API keys, HTTP Basic and mutual TLS. Otherwise an operation that
    /// asks for nothing else is a problem.
    pub replace_other_schemes: bool,
}

/// Reads `document` and makes an API of it that [`Api::check`] accepts.
///
/// # Errors
/// All that is in the way, at most a hundred problems, each under its place in the document (`paths["/pets"].get.security[0]`).
/// Values of the document are never quoted; names of its members are.
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
    only_known(root, &OF_DOCUMENT, at, report);
    let mut references = References::new(&tree);
    let extensions = Extensions::of_document(root, at, report);
    let (name, version) = name_and_version(root, &extensions, options, report);
    let servers = servers::read(member(root, "servers"), at.field("servers"), report);
    let schemes = Schemes::read(root, &mut references, options.replace_other_schemes, report);
    let asked = member(root, "security").map(|node| Asked::read(node, at.field("security"), &schemes, report));
    let resources = resources::read(root, asked.as_ref(), &extensions, &schemes, &mut references, report);

    let by_name = || servers.context().unwrap_or_else(|| format!("/{name}/{version}"));
    let context = options.context.clone().or_else(|| extensions.context.map(str::to_owned)).unwrap_or_else(by_name);
    let hosts = options.hosts_of_servers.then(|| servers.hosts(at.field("servers"), report));
    let (places, resources): (Vec<_>, Vec<_>) =
        resources.into_iter().map(|Resource { place, document }| (place, document)).unzip();
    let api = ApiDocument { name, version, context, hosts, resources: Some(resources) };
    check(&api, &places, &extensions, options, report);
    Some(api)
}

/// Only what was understood may be imported: another version may say things about security that this one does not know.
fn check_dialect(root: Members<'_>, report: &mut Report) -> Option<()> {
    if member(root, "swagger").is_some() {
        let message = "is Swagger 2.0, which says where an API stands and what it asks for in another way; convert the document to \
            OpenAPI 3 first, for example with `swagger2openapi`";
        report.push(At::Root.field("swagger"), message);
        return None;
    }
    let at = At::Root.field("openapi");
    let Some(node) = member(root, "openapi") else {
        report.push(at, "is missing; an OpenAPI document begins with its version, such as `openapi: 3.1.0`");
        return None;
    };
    let version = text(node, at, report)?;
    let supported = ["3.0", "3.1"].iter().any(|minor| {
        let rest = version.strip_prefix(minor);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    if !supported {
        report.push(at, "must be 3.0.x or 3.1.x; no other version is known here");
        return None;
    }
    Some(())
}

/// Empty where there is none, which is a problem then.
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
            report.push(info_at.field(field), format!("is missing; {hint}"));
        }
        found.and_then(|node| text(node, info_at.field(field), report)).map(str::to_owned)
    };
    let given = options.name.clone().or_else(|| extensions.name.map(str::to_owned));
    let name = given
        .or_else(|| of_info("title", "the API's name is made from it, unless another is given").map(|title| identifier(&title)));
    let version = options.version.clone().or_else(|| of_info("version", "give the API's version"));
    (name.unwrap_or_default(), version.unwrap_or_default())
}

/// A title as a name: `Swagger Petstore` becomes `swagger-petstore`. Empty when nothing of it can stand in a name.
fn identifier(title: &str) -> String {
    let mut name = String::new();
    for character in title.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '~' => name.push(character.to_ascii_lowercase()),
            _ if name.is_empty() || name.ends_with('-') => {}
            _ => name.push('-'),
        }
        if name.len() > MAX_NAME_LEN {
            // Too long is a problem; a name that was cut would be nobody's choice.
            break;
        }
    }
    name.truncate(name.trim_end_matches('-').len());
    name
}

/// Judges the API with the edge's own code, and says what is wrong where the document says it.
fn check(
    api: &ApiDocument,
    places: &[resources::Place],
    extensions: &Extensions<'_>,
    options: &ImportOptions,
    report: &mut Report,
) {
    let mut problems = Problems::default();
    Api::check(api, At::Root, &mut problems);
    for problem in problems.iter() {
        if problem.field == "resources" && !report.is_empty() {
            // There are none because those that there are could not be read.
            continue;
        }
        let place = place_of(&problem.field, places, extensions, options);
        report.push(At::Root.field(&place), problem.message.clone());
    }
}

fn place_of(field: &str, places: &[resources::Place], extensions: &Extensions<'_>, options: &ImportOptions) -> String {
    if let Some((index, field)) = field.strip_prefix("resources[").and_then(|rest| rest.split_once(']'))
        && let Some(place) = index.parse().ok().and_then(|index: usize| places.get(index))
    {
        let of_path = field.starts_with(".path") || field.starts_with(".methods");
        return if of_path { place.path.clone() } else { place.operation.clone() };
    }
    let place = match field {
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
    place.to_owned()
}

#[cfg(test)]
mod tests;
