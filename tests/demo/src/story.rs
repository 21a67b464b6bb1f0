//! The story: steps, each with a request, the expected result and the actual one. The first part has single requests, the second follows
//! a user, the third holds streams open.

mod checks;
mod steps;
mod streams;
mod users;

use std::fmt;
use std::net::SocketAddr;

use anyhow::Result;
use serde_json::Value;

use crate::demo::Demo;
use postern_test_harness::client::{Request, Response};

/// The expected result of a step.
#[derive(Debug, Clone)]
enum Expected {
    /// A response of the named upstream.
    From(&'static str),
    /// A refusal with this status and code, which reaches no upstream.
    Refused(u16, &'static str),
    /// A refusal of Envoy itself with this status, which reaches neither the plugin nor an upstream.
    RefusedByEnvoy(u16),
}

/// A request and its expected result.
struct Step {
    name: &'static str,
    request: Request,
    /// The address of a gateway or of the issuer.
    address: SocketAddr,
    expected: Expected,
    /// A further check of the response. Its error says what is wrong.
    check: fn(&Response, &Demo) -> Result<(), String>,
}

/// The result of a step.
#[derive(Debug)]
pub struct Outcome {
    /// The step's name.
    pub name: &'static str,
    /// The expected result, in words.
    pub expected: String,
    /// The actual result, in words.
    pub actual: String,
    /// Whether the step passed.
    pub ok: bool,
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.ok { " ok " } else { "FAIL" };
        write!(formatter, "{verdict}  {}\n      expected: {}\n      actual:   {}", self.name, self.expected, self.actual)
    }
}

/// Runs the whole story, and reports each outcome at once.
pub fn run(demo: &Demo, report: &mut dyn FnMut(&Outcome)) -> Result<Vec<Outcome>> {
    let mut outcomes = run_requests(demo, report)?;
    outcomes.extend(run_users(demo, report)?);
    outcomes.extend(run_streams(demo, report)?);
    Ok(outcomes)
}

/// Runs the part with streams that stay open.
pub fn run_streams(demo: &Demo, report: &mut dyn FnMut(&Outcome)) -> Result<Vec<Outcome>> {
    let outcomes = streams::run(demo)?;
    outcomes.iter().for_each(report);
    Ok(outcomes)
}

/// Runs the part with single requests.
pub fn run_requests(demo: &Demo, report: &mut dyn FnMut(&Outcome)) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for step in steps::all(demo)? {
        let outcome = run_step(demo, &step)?;
        report(&outcome);
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// Runs the part that follows a user.
pub fn run_users(demo: &Demo, report: &mut dyn FnMut(&Outcome)) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    users::run(demo, &mut |outcome| {
        report(&outcome);
        outcomes.push(outcome);
    })?;
    Ok(outcomes)
}

fn run_step(demo: &Demo, step: &Step) -> Result<Outcome> {
    let before = demo.seen();
    let response = step.request.send(step.address)?;
    let reached = demo.seen() - before;
    let code = response.code().or_else(|| response.error());
    let answered = response.json().get("upstream").and_then(Value::as_str).map(ToOwned::to_owned);
    let (expected, right) = match &step.expected {
        Expected::From(upstream) => {
            let right = response.status == 200 && answered.as_deref() == Some(*upstream) && reached == 1;
            (format!("200 from {upstream}"), right)
        }
        Expected::Refused(status, wanted) => {
            let right = response.status == *status && code.as_deref() == Some(*wanted) && reached == 0;
            (format!("{status} {wanted}, no upstream reached"), right)
        }
        Expected::RefusedByEnvoy(status) => {
            let right = response.status == *status && code.is_none() && reached == 0;
            (format!("{status} without a code, 0 requests at an upstream"), right)
        }
    };
    let mut actual = match (&answered, &code) {
        (Some(upstream), _) => format!("{} from {upstream}", response.status),
        (None, Some(code)) if reached == 0 => format!("{} {code}, no upstream reached", response.status),
        (None, code) => {
            format!("{} {}, {reached} requests at an upstream", response.status, code.as_deref().unwrap_or("without a code"))
        }
    };
    let complaint = if right { (step.check)(&response, demo).err() } else { None };
    actual.extend(complaint.iter().map(|complaint| format!(", but {complaint}")));
    Ok(Outcome { name: step.name, expected, actual, ok: right && complaint.is_none() })
}
