//! The operations of an API as edges guard them, with what its `OpenAPI` document calls them.

use std::collections::HashSet;

use postern_model::ApiRecord;
use postern_openapi_import::OperationHead;
use postern_token::bundle::{Api, At, Auth, ClientDomainRule, Match, Operation, Problems, WHOLE_API};

/// An operation, and what it requires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guarded {
    /// The method; `None` is any.
    pub(crate) method: Option<String>,
    /// The path below the API's context.
    pub(crate) path: String,
    /// What the document says about it.
    pub(crate) head: Option<OperationHead>,
    pub(crate) auth: Auth,
    pub(crate) scopes: Vec<String>,
    /// Whether a request must always name its client domain.
    pub(crate) needs_domain: bool,
}

/// What edges let through: the operations of the document in its order, then the resources that it does not describe. An operation of the document
/// that edges refuse is left out.
pub(crate) fn guarded_operations(api: &ApiRecord, heads: Vec<OperationHead>) -> Vec<Guarded> {
    // It was checked when it was added.
    let Some(guard) = Api::check(&api.document, At::Root, &mut Problems::default()) else { return Vec::new() };
    let mut described: HashSet<(String, String)> = HashSet::new();
    let mut found = Vec::new();
    for head in heads {
        let Some(operation) = requirement(&guard, head.method, &head.path) else { continue };
        described.insert((head.path.clone(), head.method.to_owned()));
        found.push(Guarded::new(Some(head.method.to_owned()), head.path.clone(), operation).with(head));
    }
    let Some(resources) = &api.document.resources else {
        if found.is_empty() {
            found.push(Guarded::new(None, "/*".to_owned(), &WHOLE_API));
        }
        return found;
    };
    for resource in resources {
        let guarded = |method: Option<&str>| Guarded {
            method: method.map(str::to_owned),
            path: resource.path.clone(),
            head: None,
            auth: resource.auth,
            scopes: resource.scopes.clone(),
            needs_domain: resource.client_domain == ClientDomainRule::Required,
        };
        match &resource.methods {
            None if described.iter().any(|(path, _)| *path == resource.path) => {}
            None => found.push(guarded(None)),
            Some(methods) => {
                let is_new = |method: &&String| !described.contains(&(resource.path.clone(), (*method).clone()));
                found.extend(methods.iter().filter(is_new).map(|method| guarded(Some(method))));
            }
        }
    }
    found
}

impl Guarded {
    fn new(method: Option<String>, path: String, operation: &Operation) -> Self {
        Self {
            method,
            path,
            head: None,
            auth: operation.auth,
            scopes: operation.scopes.iter().flat_map(postern_token::Scopes::iter).map(str::to_owned).collect(),
            needs_domain: operation.client_domain == ClientDomainRule::Required,
        }
    }

    fn with(self, head: OperationHead) -> Self {
        Self { head: Some(head), ..self }
    }
}

/// What edges require of a request: of the routes that cover its path, the most specific one decides.
fn requirement<'a>(guard: &'a Api, method: &str, path: &str) -> Option<&'a Operation> {
    if guard.routes.is_empty() {
        return Some(&WHOLE_API);
    }
    // A parameter may be any segment, so it is one that no route names.
    let path: Vec<&str> = path.split('/').map(|segment| if segment.starts_with('{') { "~" } else { segment }).collect();
    let path = path.join("/");
    let route = guard.routes.iter().find(|route| route.pattern.matches(&path) == Match::Exact)?;
    route.operations.iter().find(|operation| operation.takes(method.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use postern_model::ApiText;

    fn guarded(resources: &str, heads: &[(&'static str, &str)]) -> Vec<(String, String, Auth, bool)> {
        let document = format!(r#"{{"name":"pizza","version":"1","context":"/pizza"{resources}}}"#);
        let document = Problems::read(document.as_bytes()).unwrap();
        let api = ApiRecord { document, approval: false, tiers: None, text: ApiText::default() };
        let head = |(method, path): &(&'static str, &str)| OperationHead {
            method,
            path: (*path).to_owned(),
            summary: None,
            tag: None,
            deprecated: false,
        };
        let found = guarded_operations(&api, heads.iter().map(head).collect());
        found.into_iter().map(|each| (each.method.unwrap_or_default(), each.path, each.auth, each.head.is_some())).collect()
    }

    fn expect(found: &[(String, String, Auth, bool)], expected: &[(&str, &str, Auth, bool)]) {
        let found: Vec<_> =
            found.iter().map(|(method, path, auth, head)| (method.as_str(), path.as_str(), *auth, *head)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_edges_say_what_an_operation_requires() {
        let resources = r#","resources":[{"path":"/orders/{id}","methods":["GET"],"auth":"user"},{"path":"/orders/new","auth":"none"},
            {"path":"/stock/*","methods":["GET","PUT"],"scopes":["stock"]}]"#;
        let heads = [
            ("GET", "/orders/{order}"),
            ("GET", "/orders/new"),
            ("POST", "/orders/{order}"),
            ("PUT", "/stock/{id}/{at}"),
            ("GET", "/secret"),
        ];
        expect(
            &guarded(resources, &heads),
            &[
                ("GET", "/orders/{order}", Auth::User, true),
                ("GET", "/orders/new", Auth::None, true),
                ("PUT", "/stock/{id}/{at}", Auth::Any, true),
                // Not in the document under this path.
                ("GET", "/orders/{id}", Auth::User, false),
                ("GET", "/stock/*", Auth::Any, false),
                ("PUT", "/stock/*", Auth::Any, false),
            ],
        );
    }

    #[test]
    fn an_api_without_a_document_has_its_resources() {
        expect(&guarded("", &[]), &[("", "/*", Auth::Any, false)]);
        expect(&guarded("", &[("GET", "/menu")]), &[("GET", "/menu", Auth::Any, true)]);
        expect(&guarded(r#","resources":[{"path":"/menu","auth":"none"}]"#, &[]), &[("", "/menu", Auth::None, false)]);
    }
}
