//! Carries out a plan, step by step, over the management API.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::desired::OpenApi;
use super::plan::{Change, Kind, Step};
use crate::cli::api::import_call;
use crate::cli::management::{ApiResponse, Call, Management, text};

/// Carries out all steps. `ids` has the ids of the applications that exist, by name.
pub(super) fn run(management: &Management, steps: &[Step], mut ids: BTreeMap<String, String>) -> anyhow::Result<()> {
    for (done, step) in steps.iter().filter(|step| step.changes()).enumerate() {
        let cannot = || {
            let before = if done == 0 { "nothing was changed".to_owned() } else { format!("changes made before: {done}") };
            format!("the {} `{}` failed ({before})", step.kind.as_str(), step.title())
        };
        if let Some(created) = carry_out(management, step, &ids).with_context(cannot)? {
            ids.insert(step.name.clone(), created);
        }
    }
    Ok(())
}

/// Carries out a step. Returns the id of an application that was created.
fn carry_out(management: &Management, step: &Step, ids: &BTreeMap<String, String>) -> anyhow::Result<Option<String>> {
    let path = path(step, ids)?;
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match &step.change {
        Change::Unchanged => {}
        Change::Create(body) => return create(management, step, &path, body),
        Change::Update { seen, body } => {
            let now = still(management, step, &path, seen)?;
            let now = match &step.openapi {
                None => now,
                // The import leaves approval and tiers as they are, so the rest follows.
                Some(openapi) => {
                    import(management, openapi, true)?;
                    management.send(&Call::get(&path))?
                }
            };
            let call = match step.kind {
                Kind::Api | Kind::Scope => Call::put(&path).json(&scope_body(step, body)),
                Kind::Tier | Kind::Application | Kind::Subscription => Call::patch(&path).json(body),
            };
            management.send(&call.if_match(now.tag))?;
        }
        Change::Delete { seen } => {
            let now = still(management, step, &path, seen)?;
            management.send(&Call::delete(&path).if_match(now.tag))?;
        }
    }
    Ok(None)
}

fn create(management: &Management, step: &Step, path: &[&str], body: &Value) -> anyhow::Result<Option<String>> {
    let list = match step.kind {
        Kind::Scope => return management.send(&Call::put(path).json(&scope_body(step, body))).map(|_| None),
        Kind::Tier => vec!["tiers"],
        Kind::Api => vec!["apis"],
        Kind::Application => vec!["applications"],
        Kind::Subscription => path.iter().take(3).copied().collect(),
    };
    if step.kind != Kind::Application {
        match &step.openapi {
            None => drop(management.send(&Call::create(&list).json(body))?),
            Some(openapi) => {
                let tag = import(management, openapi, false)?;
                management.send(&Call::put(path).json(body).if_match(tag))?;
            }
        }
        return Ok(None);
    }
    let created = management.send(&Call::create(&list).json(&json!({ "name": step.name })))?.json()?;
    let id = text(&created, "id")?.to_owned();
    // The member who creates an application owns it, so another owner is a change.
    if let Some(owner) = body.get("owner").filter(|owner| !owner.is_null() && created.get("owner") != Some(owner)) {
        management.send(&Call::patch(&["applications", &id]).json(&json!({ "owner": owner })))?;
    }
    Ok(Some(id))
}

/// Imports an API from its document. Returns its entity tag.
fn import(management: &Management, openapi: &OpenApi, replace: bool) -> anyhow::Result<Option<String>> {
    Ok(management.send(&import_call(openapi.content.clone(), &openapi.options).query("replace", replace.then_some("true")))?.tag)
}

/// The rules of a scope without its name; other bodies as they are.
fn scope_body(step: &Step, body: &Value) -> Value {
    let mut body = body.clone();
    if let (Kind::Scope, Some(fields)) = (step.kind, body.as_object_mut()) {
        fields.remove("scope");
    }
    body
}

/// The resource, if it is as it was when the plan was made.
fn still(management: &Management, step: &Step, path: &[&str], seen: &Value) -> anyhow::Result<ApiResponse> {
    let now = management.send(&Call::get(path))?;
    let shown = now.json()?;
    let whole = matches!(step.kind, Kind::Tier | Kind::Scope | Kind::Api);
    let of = |value: &Value, name: &str| value.get(name).filter(|value| !value.is_null()).cloned();
    let same = seen.as_object().is_some_and(|fields| fields.keys().all(|name| of(&shown, name) == of(seen, name)));
    if if whole { shown != *seen } else { !same } {
        bail!("it was changed after the plan was made: run the command again");
    }
    Ok(now)
}

/// The path of the step's resource. An application that will be created has none.
fn path(step: &Step, ids: &BTreeMap<String, String>) -> anyhow::Result<Vec<String>> {
    let id = |name: &str| ids.get(name).cloned();
    let (api, version) = step.name.split_once('/').unwrap_or((&step.name, ""));
    Ok(match (step.kind, &step.application) {
        (Kind::Tier, _) => vec!["tiers".into(), step.name.clone()],
        (Kind::Scope, _) => vec!["scopes".into(), step.name.clone()],
        (Kind::Api, _) => vec!["apis".into(), api.into(), version.into()],
        (Kind::Application, _) => vec!["applications".into(), id(&step.name).unwrap_or_default()],
        (Kind::Subscription, application) => {
            let application = application.as_deref().and_then(id).context("its application does not exist")?;
            vec!["applications".into(), application, "subscriptions".into(), api.into(), version.into()]
        }
    })
}
