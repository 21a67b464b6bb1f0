//! The story that the demo tells: each step a request, what was expected of it, and what came. It has two parts: what one request can ask, and what a user
//! goes through.

mod checks;
mod steps;
mod users;

use std::fmt;
use std::net::SocketAddr;

use anyhow::Result;
use serde_json::Value;

use crate::demo::Demo;
use postern_test_harness::client::{Request, Response};

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
    /// Whom to ask: a gateway, or the issuer.
    place: SocketAddr,
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
    let mut outcomes = tell_of_requests(demo, hear)?;
    outcomes.extend(tell_of_users(demo, hear)?);
    Ok(outcomes)
}

/// Tells what one request can ask.
pub fn tell_of_requests(demo: &Demo, hear: &mut dyn FnMut(&Outcome)) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for step in steps::all(demo)? {
        let outcome = take(demo, &step)?;
        hear(&outcome);
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

/// Tells what a user goes through.
pub fn tell_of_users(demo: &Demo, hear: &mut dyn FnMut(&Outcome)) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    users::tell(demo, &mut |outcome| {
        hear(&outcome);
        outcomes.push(outcome);
    })?;
    Ok(outcomes)
}

fn take(demo: &Demo, step: &Step) -> Result<Outcome> {
    let before = demo.seen();
    let response = step.request.send(step.place)?;
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
