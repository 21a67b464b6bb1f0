//! The first call of an API.

use postern_token::bundle::Auth;

use super::Guarded;

/// A call that a page shows as programs.
pub(crate) struct FirstCall {
    /// The path, of characters that need no escape in any of the programs.
    pub(crate) path: String,
    /// Whether the operation requires a token.
    pub(crate) needs_token: bool,
    /// A page from which the token may be used, if not from everywhere.
    pub(crate) origin: Option<String>,
}

impl FirstCall {
    /// A call of the operation at `path` below the API's context, from everywhere.
    pub(crate) fn new(context: &str, path: &str, auth: Auth) -> Self {
        let path = format!("{}{}", context.trim_end_matches('/'), path.replace("/*", "/1"));
        Self { path, needs_token: auth != Auth::None, origin: None }
    }
}

/// A path with the API's context that a token of an application may call with GET, with as few scopes as possible. It stands in a command that
/// people copy, so it has plain characters only.
pub(crate) fn first_call(context: &str, operations: &[Guarded]) -> Option<FirstCall> {
    let is_fit = |operation: &&Guarded| {
        let mut bytes = context.bytes().chain(operation.path.bytes());
        let is_plain = bytes.all(|byte| byte.is_ascii_alphanumeric() || b"/._~%-{}*".contains(&byte));
        operation.auth != Auth::User && operation.method.as_deref().is_none_or(|method| method == "GET") && is_plain
    };
    let has_parameter = |operation: &&Guarded| operation.path.contains(['{', '*']);
    let fewest = operations
        .iter()
        .filter(is_fit)
        .min_by_key(|operation| (has_parameter(operation), operation.auth == Auth::None, operation.scopes.len()))?;
    Some(FirstCall::new(context, &fewest.path, fewest.auth))
}
