//! The servers of a document, which give the API's context and hosts.

use std::collections::BTreeMap;

use postern_token::Node;
use postern_token::bundle::At;
use url::Url;

use super::report::Report;
use super::tree::{list, member, object, text};

const MAX_SERVERS: usize = 100;

/// The maximum length of a URL in bytes, after its variables are substituted.
const MAX_URL_LEN: usize = 2048;

/// The servers of a document.
#[derive(Debug, Default)]
pub(super) struct Servers(Vec<Server>);

#[derive(Debug)]
struct Server {
    index: usize,
    /// `None` if the URL is relative.
    host: Option<String>,
    /// Without a trailing slash, except for the path `/`.
    path: String,
}

/// Reads `servers`. A document without servers gives none; the default server `/` of `OpenAPI` is not assumed.
pub(super) fn read(node: Option<&Node<'_>>, at: At<'_>, report: &mut Report) -> Servers {
    let items = node.and_then(|node| list(node, MAX_SERVERS, at, report)).unwrap_or_default();
    let servers = items.iter().enumerate().filter_map(|(index, item)| server(index, item, at.item(index), report));
    Servers(servers.collect())
}

impl Servers {
    /// The path of the first server.
    pub(super) fn context(&self) -> Option<String> {
        self.0.first().map(|server| server.path.clone())
    }

    /// The hosts, without duplicates. An API has one context, so a server whose path differs from the first server's is a
    /// problem.
    pub(super) fn hosts(&self, at: At<'_>, report: &mut Report) -> Vec<String> {
        let mut hosts: Vec<String> = Vec::new();
        let first = self.0.first().map(|server| server.path.as_str());
        for server in &self.0 {
            let Some(host) = &server.host else { continue };
            if Some(server.path.as_str()) != first {
                let message = "has another path than the first server, but an API has one context: remove one of them";
                report.push(at.item(server.index).field("url"), message);
            } else if !hosts.contains(host) {
                hosts.push(host.clone());
            }
        }
        if hosts.is_empty() {
            report.push(at, "contain no host: without absolute URLs the API can only be imported for every host");
        }
        hosts
    }
}

fn server(index: usize, node: &Node<'_>, at: At<'_>, report: &mut Report) -> Option<Server> {
    let members = object(node, at, report)?;
    let url_at = at.field("url");
    let Some(url) = member(members, "url") else {
        report.push(url_at, "is missing");
        return None;
    };
    let template = text(url, url_at, report)?;
    let variables = match member(members, "variables") {
        Some(node) => variables(node, at.field("variables"), report)?,
        None => BTreeMap::new(),
    };
    let url = report.take(url_at, substitute(template, &variables))?;
    let (host, path) = report.take(url_at, split(&url))?;
    Some(Server { index, host, path })
}

/// The default of each variable.
fn variables<'n>(node: &'n Node<'n>, at: At<'_>, report: &mut Report) -> Option<BTreeMap<&'n str, &'n str>> {
    let mut defaults = BTreeMap::new();
    for (name, node) in object(node, at, report)? {
        let default_at = at.field(name);
        let default_at = default_at.field("default");
        match object(node, at.field(name), report).map(|members| member(members, "default")) {
            Some(Some(default)) => defaults.extend(text(default, default_at, report).map(|default| (&**name, default))),
            Some(None) => report.push(default_at, "is missing"),
            None => {}
        }
    }
    Some(defaults)
}

/// Substitutes the defaults of the variables in a URL template.
fn substitute(template: &str, variables: &BTreeMap<&str, &str>) -> Result<String, &'static str> {
    let mut url = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or("has an opening brace without a closing one")?;
        let default = variables.get(name).ok_or("uses a variable that has no default in `variables`")?;
        if url.len() + before.len() + default.len() > MAX_URL_LEN {
            return Err("is too long");
        }
        url.push_str(before);
        url.push_str(default);
        rest = after;
    }
    url.push_str(rest);
    if url.len() > MAX_URL_LEN { Err("is too long") } else { Ok(url) }
}

/// The host and the path of a URL.
fn split(url: &str) -> Result<(Option<String>, String), &'static str> {
    if url.contains(['?', '#']) {
        return Err("has a query or a fragment, which a context cannot have");
    }
    let (host, path) = if url.starts_with('/') && !url.starts_with("//") {
        (None, url.to_owned())
    } else if url.is_empty() {
        (None, String::new())
    } else {
        let parsed = Url::parse(url).map_err(|_| "must be an `https://` URL, or a path that begins with one `/`")?;
        if !matches!(parsed.scheme(), "http" | "https" | "ws" | "wss") {
            return Err("must be an `https://` URL, or a path that begins with one `/`");
        }
        (parsed.host_str().map(str::to_owned), parsed.path().to_owned())
    };
    // The paths of the resources, which begin with a slash, are appended to the context.
    let path = path.strip_suffix('/').unwrap_or(&path);
    Ok((host, if path.is_empty() { "/".to_owned() } else { path.to_owned() }))
}
