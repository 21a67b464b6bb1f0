//! Why no rule covers a request, for an operator who runs `explain`. The gate tells clients less, and does not search for the cause.

use postern_token::bundle::{Api, Match, PathPattern};
use postern_token::{NormalPath, fold};

use crate::authority::host_of;
use crate::decision::Reason;
use crate::index::{Matched, Rest, is_below, operation};
use crate::request::Request;

/// How many contexts or paths an explanation lists.
const MAX_LISTED: usize = 10;

/// Why a request was refused with a reason that has several causes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The cause in one word, which is stable.
    pub name: &'static str,
    /// The cause in a sentence that names what the request and the bundle hold.
    pub text: String,
}

impl Cause {
    /// The cause of `reason`; `None` when the reason has only one cause.
    pub(crate) fn of(reason: &Reason<'_>, request: &Request<'_>, apis: &[Api]) -> Option<Self> {
        match reason {
            Reason::BadPath(problem) => Some(Self::new("path_form", format!("{problem}"))),
            Reason::NoSuchApi => Some(Self::of_no_api(request, apis)),
            Reason::MethodNotAllowed(methods) => {
                let method = String::from_utf8_lossy(request.method);
                Some(Self::new("method", format!("the resource accepts {methods}, not `{method}`")))
            }
            _ => None,
        }
    }

    fn of_no_api(request: &Request<'_>, apis: &[Api]) -> Self {
        let shown = String::from_utf8_lossy(request.authority);
        if request.authority.is_empty() {
            return Self::new("missing_host", "the request names no host: add the header `host` or `:authority`");
        }
        let Some(host) = host_of(request.authority) else {
            return Self::new("host", format!("`{shown}` is not a host, with or without a port"));
        };
        let Ok(path) = NormalPath::of_target(request.path) else { return Self::new("path_form", "the path has no normal form") };
        let folded = path.folded();
        let mut here: Vec<(&Api, usize)> = apis
            .iter()
            .map(|api| (api, fold(&api.context)))
            .filter(|(_, context)| is_below(&folded, context))
            .map(|(api, context)| (api, context.len()))
            .collect();
        here.sort_by_key(|(_, length)| std::cmp::Reverse(*length));
        let Some((nearest, _)) = here.first() else {
            let contexts = listed(apis.iter().map(|api| api.context.clone()));
            return Self::new("path", format!("the path begins with no API's context; the contexts are {contexts}"));
        };
        let answers = |api: &Api| api.hosts.is_empty() || api.hosts.iter().any(|own| own.as_bytes() == &*host);
        let Some((api, end)) = here.iter().find(|(api, _)| answers(api)) else {
            let hosts = listed(nearest.hosts.iter().cloned());
            return Self::new("host", format!("the API {} serves this path on {hosts}, not on `{shown}`", nearest.reference));
        };
        if !is_below(path.as_str(), &api.context) {
            let only_case = is_below(&path.as_str().to_ascii_lowercase(), &api.context.to_ascii_lowercase());
            return Self::of_near_miss(if only_case { "case" } else { "look_alike" }, &api.context, api);
        }
        let rest = Rest::of(&path, &folded, (api.context.len(), *end));
        if let Matched::Almost(route) = operation(api, rest, request.method) {
            return Self::of_near_miss(difference(&route.pattern, rest.path), &route.pattern.to_string(), api);
        }
        let paths = listed(api.routes.iter().map(|route| route.pattern.to_string()));
        let read_as = rest.folded.map_or_else(String::new, |folded| format!(", or at `{folded}`, as which some servers read it"));
        Self::new("path", format!("the API {} has no resource at `{}`{read_as}; it has {paths}", api.reference, rest.path))
    }

    fn of_near_miss(name: &'static str, other: &str, api: &Api) -> Self {
        let what = match name {
            "case" => "the case of a letter",
            "slash" => "a slash at its end",
            _ => {
                "what some servers ignore: a dot or a space at the end of a segment, another letter that looks alike, `::$DATA`, \
                 or what follows an encoded `?` or `#`"
            }
        };
        Self::new(name, format!("the path differs from `{other}` of the API {} only in {what}", api.reference))
    }

    fn new(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, text: text.into() }
    }
}

/// The kind of difference between `path` and the pattern that it is a near miss of.
fn difference(pattern: &PathPattern, path: &str) -> &'static str {
    let other = path.strip_suffix('/').map_or_else(|| format!("{path}/"), ToOwned::to_owned);
    match (pattern.matches(&other), pattern.matches(path)) {
        (Match::Exact, _) => "slash",
        (_, Match::Almost) => "case",
        _ => "look_alike",
    }
}

fn listed(names: impl Iterator<Item = String>) -> String {
    let mut names = names.map(|name| format!("`{}`", if name.is_empty() { "/" } else { &name }));
    let first: Vec<String> = names.by_ref().take(MAX_LISTED).collect();
    match (first.is_empty(), names.count()) {
        (true, _) => "none".into(),
        (false, 0) => first.join(", "),
        (false, more) => format!("{} and {more} more", first.join(", ")),
    }
}
