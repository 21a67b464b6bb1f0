//! The first call of an API.

use std::collections::BTreeSet;

use postern_model::ApiRecord;
use postern_secrets::PlainSecret;
use postern_token::bundle::Auth;

use super::{Guarded, guarded_operations};

/// Stands in the programs for a token that the page does not have. It cannot be taken for one.
const NO_TOKEN: &str = "PASTE-YOUR-TOKEN-HERE";

/// A call that a page shows as programs.
#[derive(Debug)]
pub(crate) struct FirstCall {
    /// The path, of characters that need no escape in any of the programs.
    pub(crate) path: String,
    /// Whether the operation requires a token.
    pub(crate) needs_token: bool,
    /// The scopes that the token must hold.
    scopes: Vec<String>,
    /// A page from which the token may be used, if not from everywhere.
    pub(crate) origin: Option<String>,
    token: Option<PlainSecret>,
}

impl FirstCall {
    /// Stands for the address of a gateway that is not known. No host has a name of this domain (RFC 2606), so no token goes to a stranger.
    pub(crate) const NO_GATEWAY: &str = "https://your-gateway.example";

    /// The simplest of the operations that an application may call with GET, each with its API's context: if possible one that requires a token,
    /// so that the call tests it, and otherwise as little as possible.
    pub(crate) fn of<'a>(operations: impl IntoIterator<Item = (&'a str, &'a Guarded)>) -> Option<Self> {
        let is_fit = |(_, operation): &(&str, &Guarded)| {
            operation.auth != Auth::User && operation.method.as_deref().is_none_or(|method| method == "GET")
        };
        let costs = |(_, operation): &(&str, &Guarded)| {
            let has_parameter = operation.path.contains(['{', '*']);
            (operation.auth == Auth::None, operation.needs_domain, has_parameter, operation.scopes.len())
        };
        let calls = operations.into_iter().filter(is_fit).filter(|(context, operation)| is_plain(&path_of(context, operation)));
        calls.min_by_key(costs).map(|(context, operation)| Self {
            path: path_of(context, operation),
            needs_token: operation.auth != Auth::None,
            scopes: operation.scopes.clone(),
            origin: None,
            token: None,
        })
    }

    /// The simplest call of these APIs that a token with these scopes may make.
    pub(crate) fn allowed<'a>(apis: impl IntoIterator<Item = &'a ApiRecord>, scope: Option<&str>) -> Option<Self> {
        let held: BTreeSet<&str> = scope.unwrap_or_default().split(' ').collect();
        let guarded = |api: &'a ApiRecord| (api.document.context.as_str(), guarded_operations(api, Vec::new()));
        let guarded: Vec<(&str, Vec<Guarded>)> = apis.into_iter().map(guarded).collect();
        let operations =
            guarded.iter().flat_map(|(context, operations)| operations.iter().map(|operation| (*context, operation)));
        Self::of(operations.filter(|(_, operation)| operation.scopes.iter().all(|scope| held.contains(scope.as_str()))))
    }

    /// The same with the token, and with a page from which it may be used.
    pub(crate) fn with(self, token: PlainSecret, origin: Option<String>) -> Self {
        Self { token: Some(token), origin, ..self }
    }

    pub(crate) const fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// The token, or what stands for it.
    pub(crate) fn token(&self) -> &str {
        self.token.as_ref().map_or(NO_TOKEN, PlainSecret::expose)
    }

    /// The scopes that the token must hold, with commas; empty if it need not hold any, or if the token of the call holds them.
    pub(crate) fn missing_scopes(&self) -> String {
        if self.has_token() { String::new() } else { self.scopes.join(", ") }
    }
}

/// The path with the API's context. Parameters have the value 1.
fn path_of(context: &str, operation: &Guarded) -> String {
    let segment = |segment| if matches!(segment, "*" | "**") || is_parameter(segment) { "1" } else { segment };
    let below = if operation.path == "/*" { "/" } else { &operation.path };
    let path: Vec<&str> = below.split('/').map(segment).collect();
    format!("{}{}", context.trim_end_matches('/'), path.join("/"))
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}')
}

/// Whether a path can stand in programs that people copy.
fn is_plain(path: &str) -> bool {
    path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._~%-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(method: Option<&str>, path: &str, auth: Auth, scopes: &[&str]) -> Guarded {
        let scopes = scopes.iter().map(ToString::to_string).collect();
        Guarded { method: method.map(str::to_owned), path: path.to_owned(), head: None, auth, scopes, needs_domain: false }
    }

    fn path(operations: &[Guarded]) -> Option<String> {
        FirstCall::of(operations.iter().map(|operation| ("/pizza", operation))).map(|call| call.path)
    }

    #[test]
    fn the_simplest_call_that_tests_the_token_is_shown() {
        let menu = operation(None, "/menu", Auth::None, &[]);
        let orders = operation(Some("GET"), "/orders/{id}/items/*", Auth::Any, &["orders"]);
        let stock = operation(Some("GET"), "/stock", Auth::Application, &["stock", "read"]);
        let bound = Guarded { needs_domain: true, ..operation(Some("GET"), "/widget", Auth::Any, &[]) };
        let others = [
            operation(Some("GET"), "/me", Auth::User, &[]),
            operation(Some("POST"), "/open", Auth::Any, &[]),
            operation(Some("GET"), "/a$(b)", Auth::Any, &[]),
            operation(Some("GET"), "/a{b", Auth::Any, &[]),
        ];
        assert_eq!(path(&others), None);
        let mut all = others.to_vec();
        for (operation, shown) in [
            (menu, "/pizza/menu"),
            (bound, "/pizza/widget"),
            (orders, "/pizza/orders/1/items/1"),
            (stock, "/pizza/stock"),
            (operation(None, "/*", Auth::Any, &[]), "/pizza/stock"),
            (operation(Some("GET"), "/stats", Auth::Any, &[]), "/pizza/stats"),
        ] {
            all.push(operation);
            assert_eq!(path(&all).as_deref(), Some(shown));
        }
        assert_eq!(path(&[operation(None, "/*", Auth::Any, &[])]).as_deref(), Some("/pizza/"));
    }

    #[test]
    fn the_token_is_in_the_call_of_its_page_only() {
        let stock = operation(Some("GET"), "/stock", Auth::Any, &["stock", "read"]);
        let call = || FirstCall::of([("/pizza", &stock)]).unwrap();
        assert_eq!((call().has_token(), call().token(), call().missing_scopes().as_str()), (false, NO_TOKEN, "stock, read"));
        let with = call().with(PlainSecret::presented("a.b.c".to_owned()), None);
        assert_eq!((with.has_token(), with.token(), with.missing_scopes().as_str()), (true, "a.b.c", ""));
        assert!(!format!("{with:?}").contains("a.b.c"));
    }
}
