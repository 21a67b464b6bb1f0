//! The steps of a decision that was made, in their order. The decision says where it stopped; nothing is judged here.

use postern_token::UnixSeconds;
use serde_json::{Map, Value};

use super::case::Case;
use super::change::change;
use super::facts::Facts;
use super::read::read;
use super::token_text;
use crate::decision::{Decision, Reason, Step};
use crate::gate::Gate;
use crate::request::Request;

/// Every step of `decision`, each with its `state` and what it `read`; the failed one with what would have to `change`.
pub(super) fn steps(gate: &Gate, request: &Request<'_>, decision: &Decision<'_>, now: UnixSeconds) -> Value {
    let case = Case::new(gate, request, decision, now);
    Step::ALL.iter().map(|step| described(&case, *step)).collect()
}

fn described(case: &Case<'_>, step: Step) -> Value {
    let failed = case.reason().filter(|reason| reason.step() == step);
    let is_reached = step <= case.last_step();
    let state = match (is_reached, failed) {
        (false, _) => "not_reached",
        (true, Some(_)) => "failed",
        (true, None) => "passed",
    };
    let facts = if is_reached { read(case, step) } else { ahead(case, step) };
    let mut described = Map::new();
    described.insert("step".into(), step.as_str().into());
    described.insert("state".into(), state.into());
    described.insert("read".into(), facts.into_json());
    if let Some(reason) = failed {
        described.insert("change".into(), change(case, reason).into());
    }
    Value::Object(described)
}

/// What a step would have read that was not reached: the claims of a token that was refused before its claims were read.
fn ahead(case: &Case<'_>, step: Step) -> Facts {
    let mut facts = Facts::default();
    if step == Step::Claims && case.reason().map(Reason::step) == Some(Step::Token) {
        token_text::claims(case, &mut facts);
    }
    facts
}

#[cfg(test)]
mod tests;
