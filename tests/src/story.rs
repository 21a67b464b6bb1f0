//! The story that the demo tells: each step a request, what was expected of it, and what came.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::Result;
use serde_json::Value;

use crate::client::{Request, Response};
use crate::demo::{DOMAIN, Demo, ORDERS};

/// A SOAP call, byte for byte as it must arrive.
const SOAP: &str = "<?xml version=\"1.0\"?>\r\n<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">\r\n  \
    <soap:Body><order size=\"large\">Ωμέγα &amp; co</order></soap:Body>\r\n</soap:Envelope>";

/// Names that a client may not speak under, in the spellings that servers take for the same.
const FORGED: [&str; 6] =
    ["x-postern-user", "X-Postern-Tier", "x_postern_application", "x-postern_key-type", "X_POSTERN_USER", "x-postern-anything"];

/// What is expected of a step.
#[derive(Debug, Clone)]
enum Expected {
    /// An answer of the named upstream.
    From(&'static str),
    /// A refusal with this status and code, and nothing at any upstream.
    Refused(u16, &'static str),
}

/// One step: a request and what is expected of it.
struct Step {
    name: &'static str,
    request: Request,
    expected: Expected,
    /// Says what is wrong with the answer, beyond where it came from.
    check: fn(&Response, &Demo) -> Result<(), String>,
}

/// What came of one step.
#[derive(Debug)]
pub struct Outcome {
    /// The step's name.
    pub name: &'static str,
    /// What was expected, in words.
    pub expected: String,
    /// What came, in words.
    pub came: String,
    /// Whether the two are the same.
    pub ok: bool,
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.ok { " ok " } else { "FAIL" };
        write!(formatter, "{verdict}  {}\n      expected: {}\n      came:     {}", self.name, self.expected, self.came)
    }
}

/// Tells the whole story; each outcome is heard as it comes.
pub fn tell(demo: &Demo, hear: &mut dyn FnMut(&Outcome)) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for step in steps(demo) {
        let outcome = take(demo, &step)?;
        hear(&outcome);
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

fn steps(demo: &Demo) -> Vec<Step> {
    let tokens = &demo.tokens;
    let order = |token: &str| demo.request("GET", ORDERS).bearer(token);
    let pass: fn(&Response, &Demo) -> Result<(), String> = |_, _| Ok(());
    let step = |name, request, expected, check| Step { name, request, expected, check };
    let refused = |name, request, status, code| step(name, request, Expected::Refused(status, code), pass);
    let forged = FORGED.iter().fold(order(&tokens.production), |request, name| request.header(*name, "forged"));
    let forged_public =
        FORGED.iter().fold(demo.request("GET", "/pizza/1.0.0/menu"), |request, name| request.header(*name, "forged"));
    vec![
        step("a right token passes", order(&tokens.production), Expected::From("production"), tells_who_calls),
        step("so does one from the token endpoint", order(&tokens.obtained), Expected::From("production"), tells_who_calls),
        step(
            "a public resource needs no token",
            demo.request("GET", "/pizza/1.0.0/menu"),
            Expected::From("production"),
            tells_nothing,
        ),
        refused("no token is refused", demo.request("GET", ORDERS), 401, "missing_token"),
        refused("a token with one changed byte is refused", order(&one_byte_changed(&tokens.production)), 401, "bad_signature"),
        refused("an expired token is refused", order(&tokens.expired), 401, "expired"),
        refused("another issuer's token is refused", order(&tokens.other_issuer), 401, "unknown_key"),
        refused("an application without a subscription is refused", order(&tokens.without_subscription), 403, "not_subscribed"),
        refused("a token without the scope is refused", order(&tokens.without_scope), 403, "insufficient_scope"),
        step(
            "a domain-bound token passes from its domain",
            order(&tokens.widget).header("domain", DOMAIN),
            Expected::From("production"),
            pass,
        ),
        step(
            "and from a browser on its domain, which sends Origin",
            order(&tokens.widget).header("origin", format!("https://{DOMAIN}")),
            Expected::From("production"),
            pass,
        ),
        refused(
            "a domain-bound token is refused from another domain",
            order(&tokens.widget).header("origin", format!("https://{DOMAIN}.evil.test")),
            403,
            "domain_not_allowed",
        ),
        refused("a domain-bound token is refused without a domain", order(&tokens.widget), 403, "domain_not_allowed"),
        step("a sandbox token reaches the sandbox", order(&tokens.sandbox), Expected::From("sandbox"), pass),
        step("what a client says in identity headers never arrives", forged, Expected::From("production"), nothing_forged),
        step("nor does it on a public resource", forged_public, Expected::From("production"), nothing_forged),
        step(
            "a SOAP call passes with its body untouched",
            demo.request("POST", "/pizza/1.0.0/soap").bearer(&tokens.production).body("text/xml; charset=utf-8", SOAP),
            Expected::From("production"),
            soap_arrived,
        ),
        refused(
            "a method that the resource does not take is refused",
            demo.request("DELETE", ORDERS).bearer(&tokens.production),
            404,
            "no_such_api",
        ),
        step("and a right token still passes", order(&tokens.production), Expected::From("production"), tells_who_calls),
    ]
}

fn take(demo: &Demo, step: &Step) -> Result<Outcome> {
    let before = demo.seen();
    let response = step.request.send(demo.envoy.address())?;
    let reached = demo.seen() - before;
    let code = response.code();
    let answered = response.json().get("upstream").and_then(Value::as_str).map(ToOwned::to_owned);
    let (expected, right) = match &step.expected {
        Expected::From(upstream) => {
            let right = response.status == 200 && answered.as_deref() == Some(*upstream) && reached == 1;
            (format!("200 from {upstream}"), right)
        }
        Expected::Refused(status, wanted) => {
            let right = response.status == *status && code.as_deref() == Some(*wanted) && reached == 0;
            (format!("{status} {wanted}, nothing at an upstream"), right)
        }
    };
    let mut came = match (&answered, &code) {
        (Some(upstream), _) => format!("{} from {upstream}", response.status),
        (None, Some(code)) if reached == 0 => format!("{} {code}, nothing at an upstream", response.status),
        (None, code) => format!("{} {}, {reached} at an upstream", response.status, code.as_deref().unwrap_or("without a code")),
    };
    let complaint = if right { (step.check)(&response, demo).err() } else { None };
    came.extend(complaint.iter().map(|complaint| format!(", but {complaint}")));
    Ok(Outcome { name: step.name, expected, came, ok: right && complaint.is_none() })
}

/// The header fields that the upstream saw.
fn arrived(response: &Response) -> BTreeMap<String, String> {
    let json = response.json();
    let fields = json.get("headers").and_then(Value::as_object).cloned().unwrap_or_default();
    fields.into_iter().map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned())).collect()
}

fn tells_who_calls(response: &Response, demo: &Demo) -> Result<(), String> {
    let arrived = arrived(response);
    let expected = [
        ("x-postern-application", demo.application.as_str()),
        ("x-postern-client", demo.client.0.as_str()),
        ("x-postern-tier", "gold"),
        ("x-postern-key-type", "production"),
    ];
    for (name, value) in expected {
        if arrived.get(name).map(String::as_str) != Some(value) {
            return Err(format!("`{name}` did not arrive as `{value}`"));
        }
    }
    if arrived.contains_key("authorization") { Err("Authorization arrived".into()) } else { Ok(()) }
}

fn tells_nothing(response: &Response, _: &Demo) -> Result<(), String> {
    match arrived(response).keys().find(|name| name.contains("postern")) {
        Some(name) => Err(format!("`{name}` arrived")),
        None => Ok(()),
    }
}

fn nothing_forged(response: &Response, _: &Demo) -> Result<(), String> {
    match arrived(response).iter().find(|(_, value)| value.contains("forged")) {
        Some((name, _)) => Err(format!("`{name}` arrived as the client sent it")),
        None => Ok(()),
    }
}

fn soap_arrived(response: &Response, _: &Demo) -> Result<(), String> {
    let json = response.json();
    let same = json.get("body").and_then(Value::as_str) == Some(SOAP);
    let method = json.get("method").and_then(Value::as_str) == Some("POST");
    if same && method { Ok(()) } else { Err("the body did not arrive as it was sent".into()) }
}

/// The token with one byte of its signature changed.
fn one_byte_changed(token: &str) -> String {
    let signature = token.rfind('.').map_or(0, |dot| dot + 1);
    let change = |(at, character)| match character {
        'A' if at == signature => 'B',
        _ if at == signature => 'A',
        character => character,
    };
    token.chars().enumerate().map(change).collect()
}
