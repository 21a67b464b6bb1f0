//! Paths and their operations as resources.

use postern_token::Node;
use postern_token::bundle::{At, Auth, ClientDomainRule, ResourceDocument};

use super::extensions::Extensions;
use super::references::References;
use super::report::Report;
use super::rule::{Rule, Said};
use super::security::{Asked, Schemes};
use super::tree::{Members, member, object, only_known, quoted};

/// How many paths one API may have. Every edge keeps every one of them.
const MAX_PATHS: usize = 2_000;

/// The members of a path item that are operations, and their methods.
const METHODS: [(&str, &str); 8] = [
    ("get", "GET"),
    ("put", "PUT"),
    ("post", "POST"),
    ("delete", "DELETE"),
    ("options", "OPTIONS"),
    ("head", "HEAD"),
    ("patch", "PATCH"),
    ("trace", "TRACE"),
];

/// The members of a path item.
const OF_PATH: [&str; 13] = [
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

/// The members of an operation.
const OF_OPERATION: [&str; 12] = [
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

/// A resource, and where the document says it.
pub(super) struct Resource {
    pub(super) place: Place,
    pub(super) document: ResourceDocument,
}

/// Where a resource stands in the document, as problems name it.
pub(super) struct Place {
    pub(super) path: String,
    /// The first of its operations.
    pub(super) operation: String,
}

/// What all operations share.
struct Context<'s, 'n> {
    extensions: &'s Extensions<'n>,
    security: Option<&'s Asked>,
    schemes: &'s Schemes<'n>,
}

/// Reads `paths`: for each path one resource for each rule that its operations have.
pub(super) fn read<'n>(
    root: Members<'n>,
    security: Option<&Asked>,
    extensions: &Extensions<'n>,
    schemes: &Schemes<'n>,
    references: &mut References<'n>,
    report: &mut Report,
) -> Vec<Resource> {
    let at = At::Root.field("paths");
    let mut resources = Vec::new();
    let Some(paths) = member(root, "paths") else {
        report.push(at, "is missing; without paths there is nothing to guard");
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
        let place = format!("paths{}", quoted(path));
        let of_path = report.take(At::Root.field(&place), check_path(path)).and_then(|()| {
            let members = references.follow(item, At::Root.field(&place), report)?;
            Some(read_path(path, &place, members, &context, references, report))
        });
        match of_path {
            Some(mut found) => resources.append(&mut found),
            None => readable = false,
        }
    }
    if !readable {
        // Every cause was said already; that nothing gets by without one must not hang on that.
        report.ensure(at, "cannot be read");
    } else if resources.is_empty() {
        report.push(at, "has no operation; without one there is nothing to guard");
    }
    resources
}

/// What would mean more in a resource's path than it does in the document's. What cannot stand in a path at all is for
/// the edge's own check.
fn check_path(path: &str) -> Result<(), &'static str> {
    if !path.starts_with('/') {
        return Err("must begin with `/`");
    }
    if path.contains('*') {
        return Err(
            "holds `*`, which is a character in OpenAPI and would be everything below in a resource; write out the paths",
        );
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
    place: &str,
    members: Members<'n>,
    context: &Context<'_, 'n>,
    references: &mut References<'n>,
    report: &mut Report,
) -> Vec<Resource> {
    let at = At::Root.field(place);
    let extensions = Extensions::of_path(members, at, report);
    let mut groups: Vec<(Rule, Vec<String>, &str)> = Vec::new();
    check_servers(members, at, report);
    only_known(members, &OF_PATH, at, report);
    for (name, node) in members {
        let Some((name, method)) = METHODS.iter().find(|(own, _)| own == name) else { continue };
        let rule = operation(node, &extensions, context, at.field(name), references, report).unwrap_or_else(|| {
            // So that the rest of it is checked as well.
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
        Resource { place: Place { path: place.to_owned(), operation: format!("{place}.{first}") }, document }
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
    let security = member(members, "security").map(|node| Asked::read(node, at.field("security"), context.schemes, report));
    check_servers(members, at, report);
    only_known(members, &OF_OPERATION, at, report);
    let said = Said {
        document: context.extensions,
        path: of_path,
        operation: &own,
        document_security: context.security,
        operation_security: security.as_ref(),
    };
    said.rule(at, report)
}

/// An API stands in one place: what has servers of its own would be let in where it is not, and not where it is.
fn check_servers(members: Members<'_>, at: At<'_>, report: &mut Report) {
    if member(members, "servers").is_some() {
        report.push(at.field("servers"), "says that this stands elsewhere than the rest; import it as an API of its own");
    }
}
