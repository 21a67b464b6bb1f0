//! Converts paths and their operations to resources.

use postern_token::Node;
use postern_token::bundle::{At, Auth, ClientDomainRule, ResourceDocument};

use super::extensions::Extensions;
use super::references::References;
use super::report::Report;
use super::rule::{Rule, RuleSources};
use super::security::{Requirement, Schemes};
use super::tree::{Members, member, object, only_known, quoted};

/// The maximum number of paths of one API, because every edge keeps all of them in memory.
const MAX_PATHS: usize = 2_000;

/// The members of a path item that are operations, with their methods.
pub(crate) const METHODS: [(&str, &str); 8] = [
    ("get", "GET"),
    ("put", "PUT"),
    ("post", "POST"),
    ("delete", "DELETE"),
    ("options", "OPTIONS"),
    ("head", "HEAD"),
    ("patch", "PATCH"),
    ("trace", "TRACE"),
];

/// The known members of a path item.
const PATH_ITEM_MEMBERS: [&str; 13] = [
    "$ref",
    "summary",
    "description",
    "servers",
    "parameters",
    "get",
    "put",
    "post",
    "delete",
    "options",
    "head",
    "patch",
    "trace",
];

/// The known members of an operation.
const OPERATION_MEMBERS: [&str; 12] = [
    "tags",
    "summary",
    "description",
    "externalDocs",
    "operationId",
    "parameters",
    "requestBody",
    "responses",
    "callbacks",
    "deprecated",
    "security",
    "servers",
];

/// A resource, and its location in the document.
pub(super) struct Resource {
    pub(super) location: Location,
    pub(super) document: ResourceDocument,
}

/// The location of a resource in the document, as problems name it.
pub(super) struct Location {
    pub(super) path: String,
    /// The location of the first operation of the resource.
    pub(super) operation: String,
}

/// The settings of the document, which apply to all operations.
struct Context<'s, 'n> {
    extensions: &'s Extensions<'n>,
    security: Option<&'s Requirement>,
    schemes: &'s Schemes<'n>,
}

/// Reads `paths`. Operations of a path that have the same rule become one resource.
pub(super) fn read<'n>(
    root: Members<'n>,
    security: Option<&Requirement>,
    extensions: &Extensions<'n>,
    schemes: &Schemes<'n>,
    references: &mut References<'n>,
    report: &mut Report,
) -> Vec<Resource> {
    let at = At::Root.field("paths");
    let mut resources = Vec::new();
    let Some(paths) = member(root, "paths") else {
        report.push(at, "is missing: without paths there are no resources to protect");
        return resources;
    };
    let Some(paths) = object(paths, at, report) else { return resources };
    if paths.len() > MAX_PATHS {
        report.push(at, format!("has more than {MAX_PATHS} members"));
        return resources;
    }
    let context = Context { extensions, security, schemes };
    let mut readable = true;
    for (path, item) in paths {
        if path.starts_with("x-") {
            continue;
        }
        let location = format!("paths{}", quoted(path));
        let of_path = report.take(At::Root.field(&location), check_path(path)).and_then(|()| {
            let members = references.follow(item, At::Root.field(&location), report)?;
            Some(read_path(path, &location, members, &context, references, report))
        });
        match of_path {
            Some(mut found) => resources.append(&mut found),
            None => readable = false,
        }
    }
    if !readable {
        // The causes have been reported. This ensures that an unreadable path never passes without a problem.
        report.ensure(at, "cannot be read");
    } else if resources.is_empty() {
        report.push(at, "has no operation, so there is no resource to protect");
    }
    resources
}

/// Refuses a path that would match more as a resource's path than it does in the document. Other invalid paths are refused
/// later, by the edge's own check.
fn check_path(path: &str) -> Result<(), &'static str> {
    if !path.starts_with('/') {
        return Err("must begin with `/`");
    }
    if path.contains('*') {
        return Err("contains `*`, a plain character in OpenAPI but a wildcard in a resource: write out the paths");
    }
    let whole = |segment: &str| segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(segment).to_owned();
    if path.split('/').map(whole).any(|segment| segment.contains(['{', '}'])) {
        return Err(
            "has a parameter that is only a part of a segment; a resource can have `{name}` for a whole one, and that would cover \
            more than this path",
        );
    }
    Ok(())
}

fn read_path<'n>(
    path: &str,
    location: &str,
    members: Members<'n>,
    context: &Context<'_, 'n>,
    references: &mut References<'n>,
    report: &mut Report,
) -> Vec<Resource> {
    let at = At::Root.field(location);
    let extensions = Extensions::of_path(members, at, report);
    let mut groups: Vec<(Rule, Vec<String>, &str)> = Vec::new();
    check_servers(members, at, report);
    only_known(members, &PATH_ITEM_MEMBERS, at, report);
    for (name, node) in members {
        let Some((name, method)) = METHODS.iter().find(|(own, _)| own == name) else { continue };
        let rule = operation(node, &extensions, context, at.field(name), references, report).unwrap_or_else(|| {
            // With a placeholder rule, the rest of the path is still checked.
            report.ensure(at.field(name), "cannot be read");
            Rule { auth: Auth::Any, scopes: Vec::new(), client_domain: ClientDomainRule::Bound }
        });
        match groups.iter_mut().find(|(other, ..)| *other == rule) {
            Some((_, methods, _)) => methods.push((*method).to_owned()),
            None => groups.push((rule, vec![(*method).to_owned()], name)),
        }
    }
    let resources = groups.into_iter().map(|(rule, methods, first)| {
        let Rule { auth, scopes, client_domain } = rule;
        let document = ResourceDocument { path: path.to_owned(), methods: Some(methods), auth, scopes, client_domain };
        Resource { location: Location { path: location.to_owned(), operation: format!("{location}.{first}") }, document }
    });
    resources.collect()
}

fn operation<'n>(
    node: &'n Node<'n>,
    of_path: &Extensions<'n>,
    context: &Context<'_, 'n>,
    at: At<'_>,
    references: &mut References<'n>,
    report: &mut Report,
) -> Option<Rule> {
    let members = object(node, at, report)?;
    references.spend(members.len(), at, report)?;
    let own = Extensions::of_operation(members, at, report);
    let security = member(members, "security").map(|node| Requirement::read(node, at.field("security"), context.schemes, report));
    check_servers(members, at, report);
    only_known(members, &OPERATION_MEMBERS, at, report);
    let sources = RuleSources {
        document: context.extensions,
        path: of_path,
        operation: &own,
        document_security: context.security,
        operation_security: security.as_ref(),
    };
    sources.rule(at, report)
}

/// Refuses servers of a single path or operation. An API has one context, so the rule would apply at the wrong URL.
fn check_servers(members: Members<'_>, at: At<'_>, report: &mut Report) {
    if member(members, "servers").is_some() {
        report.push(
            at.field("servers"),
            "gives this path other servers than the rest of the document: import it as a separate API",
        );
    }
}
