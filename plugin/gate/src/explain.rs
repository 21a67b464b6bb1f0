//! Decides a request that is given as JSON, and explains the decision as JSON. Every host decides the same.

mod case;
mod change;
mod facts;
mod read;
mod steps;
mod time_text;
mod token_text;

use std::net::IpAddr;

use postern_token::bundle::{At, Fields, Problems, Read};
use postern_token::{Node, UnixSeconds};
use serde_json::{Map, Value, json};

use crate::decision::{Grounds, Verdict};
use crate::gate::Gate;
use crate::reply;
use crate::request::Request;

/// A request in JSON: `{"method":"GET","path":"/…","headers":[["name","value"],…],"source":"192.0.2.1"}`.
///
/// The authority is the header `host` or `:authority`. Without `source` the client's address is unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestDocument {
    method: String,
    path: String,
    headers: Vec<Header>,
    source: Option<IpAddr>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Header(String, String);

/// Decides the request in `json` at the time `now`, and explains the decision.
///
/// The result has `outcome` (`allow` or `deny`), `code`, `status`, `step` (the step that refused, or `null`) and `detail`. If the code has
/// several causes, the result also has `cause`, one word (`missing_host`, `host`, `path`, `path_form`, `case`, `slash`, `look_alike` or
/// `method`), and `explanation`, a sentence. For a request that passes, it also has `set`, the header fields that are added for the
/// upstream, `remove`, the names of the fields that are removed, and `authority`, if the authority is rewritten.
pub fn explain(gate: &Gate, json: &[u8], now: UnixSeconds) -> Result<Value, Problems> {
    explained(gate, json, now, false)
}

/// The same with `steps`: each step of the decision in its order, as an object with `step`, `state` (`passed`, `failed` or `not_reached`),
/// `read` and, for the step that refused, `change`, a sentence that says what would have to change. `read` lists what the step read, as
/// objects with `name`, `value` and, for what a token says whose signature was not verified, `unverified`. The token itself is not
/// repeated.
pub fn explain_steps(gate: &Gate, json: &[u8], now: UnixSeconds) -> Result<Value, Problems> {
    explained(gate, json, now, true)
}

fn explained(gate: &Gate, json: &[u8], now: UnixSeconds, with_steps: bool) -> Result<Value, Problems> {
    let document: RequestDocument = Problems::read(json)?;
    let headers: Vec<(&[u8], &[u8])> =
        document.headers.iter().map(|Header(name, value)| (name.as_bytes(), value.as_bytes())).collect();
    let is_authority = |name: &[u8]| name.eq_ignore_ascii_case(b"host") || name == b":authority";
    let request = Request {
        method: document.method.as_bytes(),
        path: document.path.as_bytes(),
        authority: headers.iter().find(|(name, _)| is_authority(name)).map_or(b"", |(_, value)| *value),
        headers: &headers,
        client_address: &|| document.source,
    };
    let decision = gate.decide(&request, now);
    let mut answer = answer(gate, &request, &decision.verdict);
    if with_steps && let Value::Object(answer) = &mut answer {
        answer.insert("steps".into(), steps::steps(gate, &request, &decision, now));
    }
    Ok(answer)
}

fn answer(gate: &Gate, request: &Request<'_>, verdict: &Verdict<'_>) -> Value {
    match verdict {
        Verdict::Deny(reason) => {
            let reply = reply::deny(reason, request);
            let mut answer = json!({
                "outcome": "deny",
                "code": reason.code().as_str(),
                "status": reply.status,
                "step": reason.step().as_str(),
                "detail": reply.detail,
            });
            if let (Value::Object(answer), Some(cause)) = (&mut answer, gate.cause(reason, request)) {
                answer.insert("cause".into(), cause.name.into());
                answer.insert("explanation".into(), cause.text.into());
            }
            answer
        }
        Verdict::Allow(grounds) => {
            let settings = gate.settings();
            let changes = reply::allow(grounds, request, &settings);
            let set: Map<String, Value> =
                changes.set.into_iter().map(|(name, value)| (name.to_owned(), value.into_owned().into())).collect();
            let remove: Vec<_> = changes.remove.into_iter().map(String::from_utf8_lossy).collect();
            let mut answer = json!({
                "outcome": "allow",
                "code": grounds.code(),
                "status": 200,
                "step": null,
                "detail": detail(grounds),
                "set": set,
                "remove": remove,
            });
            if let (Value::Object(answer), Some(authority)) = (&mut answer, changes.authority) {
                answer.insert("authority".into(), authority.into());
            }
            answer
        }
    }
}

const fn detail(grounds: &Grounds) -> &'static str {
    match grounds {
        Grounds::Unmatched { .. } => "No API matches, and the configuration lets such requests pass.",
        Grounds::Preflight => "The request is a CORS preflight, and the configuration lets preflights pass.",
        Grounds::Public => "The resource is public.",
        Grounds::Token(_) => "The token is valid for this resource.",
    }
}

impl Read for RequestDocument {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let Some(mut fields) = Fields::of(node, at, problems) else { return Self::default() };
        let method = fields.required("method", problems);
        let path = fields.required("path", problems);
        let headers = fields.optional("headers", problems).unwrap_or_default();
        let source: Option<String> = fields.optional("source", problems);
        fields.finish(problems);
        let address = |text: String| text.parse().map_err(|_| "must be an IP address");
        let source = source.and_then(|text| problems.take(at.field("source"), address(text)));
        Self { method, path, headers, source }
    }
}

impl Read for Header {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        if let Node::List(pair) = node
            && let [Node::Text(name), Node::Text(value)] = pair.as_slice()
        {
            return Self(name.clone().into_owned(), value.clone().into_owned());
        }
        problems.push(at, "must be a list of a name and a value");
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use postern_vectors::{Forge, TokenSpec};

    const NOW: u64 = 1_800_000_000;

    fn gate() -> Gate {
        Gate::from_json(format!(r#"{{"bundle":{}}}"#, postern_vectors::bundle()).as_bytes()).unwrap()
    }

    #[test]
    fn an_allowed_request_lists_its_changes() {
        let token = Forge::new(NOW).token(&TokenSpec::default());
        let request = json!({"method": "GET", "path": "/pizza/1.0.0/orders/1", "headers": [
            ["Host", "api.example"], ["Authorization", format!("Bearer {token}")], ["X_Postern_User", "me"], ["accept", "*/*"]]});
        let answer = explain(&gate(), request.to_string().as_bytes(), UnixSeconds(NOW)).unwrap();
        assert_eq!(answer["outcome"], "allow");
        assert_eq!(answer["code"], "token");
        assert_eq!(answer["set"]["x-postern-tier"], "gold");
        assert_eq!(answer["remove"], json!(["Authorization", "X_Postern_User"]));
        assert_eq!((&answer["status"], &answer["step"]), (&json!(200), &json!(null)));
        assert_eq!(answer["detail"], "The token is valid for this resource.");
    }

    #[test]
    fn every_ground_is_explained() {
        let settings = r#""unmatched":"allow","preflight":"allow""#;
        let gate = Gate::from_json(format!(r#"{{"bundle":{},{settings}}}"#, postern_vectors::bundle()).as_bytes()).unwrap();
        let preflight =
            json!([[":authority", "api.example"], ["origin", "https://a.example"], ["access-control-request-method", "GET"]]);
        for (method, path, headers, code, detail) in [
            (
                "GET",
                "/pasta",
                json!([["host", "api.example"]]),
                "unmatched",
                "No API matches, and the configuration lets such requests pass.",
            ),
            ("GET", "/pizza/1.0.0/menu", json!([[":authority", "api.example"]]), "public", "The resource is public."),
            (
                "OPTIONS",
                "/pizza/1.0.0/menu",
                preflight,
                "preflight",
                "The request is a CORS preflight, and the configuration lets preflights pass.",
            ),
        ] {
            let request = json!({"method": method, "path": path, "headers": headers});
            let answer = explain(&gate, request.to_string().as_bytes(), UnixSeconds(NOW)).unwrap();
            assert_eq!((&answer["outcome"], &answer["code"]), (&json!("allow"), &json!(code)));
            assert_eq!(answer["detail"], detail);
        }
    }

    #[test]
    fn the_authority_is_the_header_host_or_authority_and_no_other() {
        for (name, code) in
            [("host", "missing_token"), ("HOST", "missing_token"), (":authority", "missing_token"), ("x-host", "no_such_api")]
        {
            let request =
                json!({"method": "GET", "path": "/pizza/1.0.0/orders/1", "headers": [["accept", "*/*"], [name, "api.example"]]});
            let answer = explain(&gate(), request.to_string().as_bytes(), UnixSeconds(NOW)).unwrap();
            assert_eq!(answer["code"], code, "{name}");
        }
    }

    #[test]
    fn a_request_that_no_rule_covers_says_what_differs() {
        let host = json!([["host", "api.example"]]);
        for (method, path, headers, cause, words) in [
            ("GET", "/pizza/1.0.0/menu", json!([]), "missing_host", "add the header `host`"),
            ("GET", "/pizza/1.0.0/menu", json!([["host", "a b"]]), "host", "`a b` is not a host"),
            (
                "GET",
                "/pizza/1.0.0/menu",
                json!([["host", "other.example"]]),
                "host",
                "the API pizza/1.0.0 serves this path on `api.example`, `127.0.0.1`, not on `other.example`",
            ),
            ("GET", "/burger/1", host.clone(), "path", "the contexts are `/pizza/1.0.0`, `/pizza/2.0.0`, `/pizza/1.0.0/admin`"),
            ("PUT", "/pizza/1.0.0/%2e%2e", host.clone(), "path_form", "only dots, spaces"),
            (
                "GET",
                "/Pizza/1.0.0/menu",
                host.clone(),
                "case",
                "differs from `/pizza/1.0.0` of the API pizza/1.0.0 only in the case",
            ),
            ("GET", "/pizza/1.0.0./menu", host.clone(), "look_alike", "differs from `/pizza/1.0.0` of"),
            ("GET", "/pizza/1.0.0/Menu", host.clone(), "case", "differs from `/menu` of the API pizza/1.0.0 only in the case"),
            ("GET", "/pizza/1.0.0/menu/", host.clone(), "slash", "differs from `/menu` of the API pizza/1.0.0 only in a slash"),
            ("GET", "/pizza/1.0.0/menu.", host.clone(), "look_alike", "differs from `/menu` of"),
            ("POST", "/pizza/1.0.0/orders/1/Refund", host.clone(), "case", "`/orders/{}/refund`"),
            ("DELETE", "/pizza/1.0.0/menu", host, "method", "accepts GET, PUT, not `DELETE`"),
        ] {
            let request = json!({"method": method, "path": path, "headers": headers});
            let answer = explain(&gate(), request.to_string().as_bytes(), UnixSeconds(NOW)).unwrap();
            assert_eq!(answer["cause"], cause, "{answer}");
            assert!(answer["explanation"].as_str().unwrap().contains(words), "{answer}");
        }
        let small = r#"{"bundle":{"issuer":"https://i.example","audience":"a","keys":{"keys":[]},"apis":[{"name":"a","version":"1","context":"/a","resources":[{"path":"/x"}]}]}}"#;
        let gate = Gate::from_json(small.as_bytes()).unwrap();
        let request = br#"{"method":"GET","path":"/a/y","headers":[["host","API.example."]]}"#;
        let answer = explain(&gate, request, UnixSeconds(NOW)).unwrap();
        assert_eq!((&answer["cause"], &answer["code"]), (&json!("path"), &json!("no_such_api")));
        assert_eq!(answer["explanation"], "the API a/1 has no resource at `/y`; it has `/x`");
    }

    #[test]
    fn an_authority_that_is_rewritten_is_shown() {
        let request = br#"{"method":"GET","path":"/pizza/1.0.0/menu","headers":[["host","API.example.:80"]]}"#;
        let answer = explain(&gate(), request, UnixSeconds(NOW)).unwrap();
        assert_eq!((&answer["code"], &answer["authority"]), (&json!("public"), &json!("api.example:80")));
    }

    #[test]
    fn a_refused_request_names_the_step_and_the_reason() {
        let request =
            br#"{"method":"GET","path":"/pizza/1.0.0/orders/1","headers":[["host","api.example"]],"source":"192.0.2.1"}"#;
        let answer = explain(&gate(), request, UnixSeconds(NOW)).unwrap();
        let expected =
            json!({"outcome": "deny", "code": "missing_token", "status": 401, "step": "credential", "detail": answer["detail"]});
        assert_eq!(answer, expected);
        assert!(answer["detail"].as_str().unwrap().contains("no access token"));
    }

    #[test]
    fn an_invalid_request_is_refused_with_its_fields() {
        for (bad, field) in [
            ("", "."),
            ("[]", "."),
            (r#"{"path":"/"}"#, "method"),
            (r#"{"method":"GET","path":"/","headers":[["a"]]}"#, "headers[0]"),
            (r#"{"method":"GET","path":"/","source":"here"}"#, "source"),
            (r#"{"method":"GET","path":"/","body":""}"#, "body"),
        ] {
            let problems = explain(&gate(), bad.as_bytes(), UnixSeconds(NOW)).unwrap_err();
            assert_eq!(problems.iter().next().map(|problem| problem.field.as_str()), Some(field), "{bad}");
        }
    }
}
