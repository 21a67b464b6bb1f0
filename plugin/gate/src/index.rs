//! Finds the API and the operation of a request, in time that does not grow with the number of APIs.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use postern_token::bundle::{Api, Match, Operation, Route, WHOLE_API};
use postern_token::{NormalPath, fold};

use crate::authority::host_of;

/// The APIs of a bundle by their context.
#[derive(Debug)]
pub(crate) struct ApiIndex {
    apis: Vec<Api>,
    /// Positions in `apis` by folded context: APIs with hosts first, the one for every host last.
    by_context: ByContext,
    /// The largest number of segments in a context. A longer prefix of a path is never looked up.
    deepest: usize,
}

type ByContext = HashMap<String, Vec<usize>, BuildHasherDefault<Fnv>>;

/// FNV-1a (Fowler, Noll, Vo), for tables whose entries the operator chooses. A client chooses only the looked-up keys and cannot make
/// entries collide, so the standard hasher's protection would only cost time on every request.
#[derive(Debug)]
pub struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The result of a search for an API.
pub(crate) enum Found<'a> {
    /// An API, and where its context ends in the path and in the folded path.
    Api(&'a Api, (usize, usize)),
    /// An upstream might see an API where the gate sees none: the path is a near miss of the context, or the authority is not a
    /// valid host.
    Almost,
    /// No API.
    Nothing,
}

impl ApiIndex {
    pub(crate) fn new(apis: Vec<Api>) -> Self {
        let mut by_context = ByContext::with_capacity_and_hasher(apis.len(), BuildHasherDefault::default());
        let mut deepest = 0;
        for (at, api) in apis.iter().enumerate() {
            let folded = fold(&api.context);
            deepest = deepest.max(folded.matches('/').count());
            let positions = by_context.entry(folded).or_default();
            if api.hosts.is_empty() { positions.push(at) } else { positions.insert(0, at) }
        }
        Self { apis, by_context, deepest }
    }

    /// The APIs, in the order of the bundle.
    pub(crate) fn apis(&self) -> &[Api] {
        &self.apis
    }

    /// The API with the longest context that `path` begins with, among those that answer for `authority`. `folded` is the folded path.
    pub(crate) fn find(&self, path: &str, folded: &str, authority: &[u8]) -> Found<'_> {
        let mut longest = folded.get(..longest_prefix(folded, self.deepest));
        let mut host = None;
        while let Some(prefix) = longest {
            let (end, positions) = (prefix.len(), self.by_context.get(prefix));
            for api in positions.into_iter().flatten().filter_map(|at| self.apis.get(*at)) {
                // An authority that equals a host of the bundle needs no parsing.
                let mut answers = api.hosts.iter().any(|own| own.as_bytes() == authority);
                if !answers {
                    let Some(host) = host.get_or_insert_with(|| host_of(authority)) else { return Found::Almost };
                    answers = api.hosts.is_empty() || api.hosts.iter().any(|own| own.as_bytes() == &**host);
                }
                if answers {
                    return if is_below(path, &api.context) { Found::Api(api, (api.context.len(), end)) } else { Found::Almost };
                }
            }
            longest = prefix.as_bytes().iter().rposition(|byte| *byte == b'/').and_then(|end| folded.get(..end));
        }
        if host.unwrap_or_else(|| host_of(authority)).is_some() { Found::Nothing } else { Found::Almost }
    }
}

/// What follows an API's context in a path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rest<'a> {
    /// What follows the context.
    pub(crate) path: &'a str,
    /// The same in the folded path, if that can contain more information.
    pub(crate) folded: Option<&'a str>,
}

impl<'a> Rest<'a> {
    /// What follows the two ends in `path` and in `folded`, its folded form.
    pub(crate) fn of(path: &'a NormalPath<'_>, folded: &'a str, (end, folded_end): (usize, usize)) -> Self {
        let folded = if path.is_unusual() { folded.get(folded_end..) } else { None };
        Self { path: path.as_str().get(end..).unwrap_or_default(), folded }
    }
}

/// The result of a search for an operation.
pub(crate) enum Matched<'a> {
    /// The operation.
    Operation(&'a Operation),
    /// A route has the path, but no operation for the method.
    WrongMethod(&'a Route),
    /// An upstream might see a route where the gate sees none: the path is a near miss of the most specific one.
    Almost(&'a Route),
    /// No route covers the path.
    Nothing,
}

/// The operation of `api` for `method` at `rest`. The most specific pattern decides alone: a request that it refuses does not fall
/// through to a more general pattern. Where the folded path has another route, that route's operation must require the same: an upstream
/// that folds paths would serve the request there.
pub(crate) fn operation<'a>(api: &'a Api, rest: Rest<'_>, method: &[u8]) -> Matched<'a> {
    if api.routes.is_empty() {
        return Matched::Operation(&WHOLE_API);
    }
    for (at, route) in api.routes.iter().enumerate() {
        match route.pattern.matches(rest.path) {
            Match::No if rest.folded.is_none_or(|folded| route.pattern.matches(folded) == Match::No) => {}
            Match::No | Match::Almost => return Matched::Almost(route),
            Match::Exact => {
                let Some(operation) = operation_of(route, method) else { return Matched::WrongMethod(route) };
                let Some(folded) = rest.folded else { return Matched::Operation(operation) };
                // The routes before this one do not have the folded path either.
                let other = api.routes.iter().skip(at).find(|other| other.pattern.matches(folded) != Match::No);
                let Some(other) = other else { return Matched::Nothing };
                let requires_the_same = operation_of(other, method).is_some_and(|other| operation.requires_the_same(other));
                return if requires_the_same { Matched::Operation(operation) } else { Matched::Almost(other) };
            }
        }
    }
    Matched::Nothing
}

fn operation_of<'a>(route: &'a Route, method: &[u8]) -> Option<&'a Operation> {
    route.operations.iter().find(|operation| operation.takes(method))
}

/// Whether `path` is `context` or begins with it and a slash.
pub(crate) fn is_below(path: &str, context: &str) -> bool {
    path.strip_prefix(context).is_some_and(|rest| matches!(rest.as_bytes().first(), None | Some(b'/')))
}

/// The end of the longest prefix of `path` that stops before a slash or at its end and is at most `deepest` segments long.
fn longest_prefix(path: &str, deepest: usize) -> usize {
    let mut slashes = 0;
    for (at, byte) in path.bytes().enumerate() {
        if byte == b'/' {
            if slashes == deepest {
                return at;
            }
            slashes += 1;
        }
    }
    path.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_bounded_by_the_deepest_context() {
        assert_eq!(longest_prefix("/a/b/c", 2), 4);
        assert_eq!(longest_prefix("/a/b/c", 0), 0);
        assert_eq!(longest_prefix("/a", 5), 2);
        assert_eq!(longest_prefix("/", 1), 1);
        assert_eq!(longest_prefix(&"/a".repeat(100_000), 3), 6);
    }

    /// The pieces of paths: what contexts are made of, and what a lenient server could read as a slash, a dot or nothing.
    const PIECES: [&str; 14] = [
        "a",
        "b",
        "A",
        "a.",
        "a%20",
        "..",
        "%EF%BC%8E%EF%BC%8E",
        ".%E2%80%8B.",
        "a%EF%BC%8Fb",
        "%E2%80%8B",
        "a%3Fb",
        "b%23",
        "a;b",
        "a::$DATA",
    ];

    /// An API that would be found without folding must be the one that decides, or none does.
    #[test]
    fn folding_never_leads_to_another_api() {
        let contexts = ["/a", "/a/b", "/a/b/a", "/b/a"];
        let apis =
            contexts.map(|context| serde_json::json!({"name": "n", "version": context.replace('/', "-"), "context": context}));
        let bundle = serde_json::json!({"issuer": "https://i.example", "audience": "a", "keys": {"keys": []}, "apis": apis});
        let index = ApiIndex::new(postern_token::bundle::Bundle::from_json(bundle.to_string().as_bytes()).unwrap().apis);
        let mut found = 0;
        for number in 0..PIECES.len().pow(4) {
            let segments = (0..4).map(|digit| PIECES[number / PIECES.len().pow(digit) % PIECES.len()]);
            let path = segments.fold(String::new(), |path, segment| path + "/" + segment);
            let Ok(path) = NormalPath::parse(path.as_bytes()) else { continue };
            let literal = contexts.iter().filter(|context| is_below(path.as_str(), context)).max_by_key(|context| context.len());
            match index.find(path.as_str(), &path.folded(), b"api.example") {
                Found::Api(api, _) => {
                    found += 1;
                    assert_eq!(Some(&api.context.as_str()), literal, "{path:?}");
                }
                Found::Almost => {}
                Found::Nothing => assert_eq!(literal, None, "{path:?}"),
            }
        }
        assert!(found > 400, "{found}");
    }
}
