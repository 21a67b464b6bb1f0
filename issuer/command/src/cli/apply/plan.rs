//! The plan: what to create, change and delete, so that the issuer has what the files ask for.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::current::{Current, Items};
use super::desired::{Desired, DesiredApplication, Item, OpenApi};
use super::files::Problem;
use crate::cli::management::text;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Tier,
    Scope,
    Api,
    Application,
    Subscription,
}

impl Kind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Tier => "tier",
            Self::Scope => "scope",
            Self::Api => "api",
            Self::Application => "application",
            Self::Subscription => "subscription",
        }
    }
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    /// Creates the resource with this body.
    Create(Value),
    /// Changes the resource that was seen to have these fields.
    Update { seen: Value, body: Value },
    /// Deletes the resource that was seen to have these fields.
    Delete { seen: Value },
    /// Nothing.
    Unchanged,
}

/// One resource, and what happens to it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    pub(super) kind: Kind,
    /// The name. Of a subscription: the API.
    pub(super) name: String,
    /// The name of the application of a subscription.
    pub(super) application: Option<String>,
    pub(super) change: Change,
    /// The `OpenAPI` document from which an API is imported.
    pub(super) openapi: Option<OpenApi>,
    details: String,
}

impl Step {
    fn new(kind: Kind, name: &str, change: Change) -> Self {
        Self { kind, name: name.to_owned(), application: None, change, openapi: None, details: String::new() }
    }

    pub(super) fn changes(&self) -> bool {
        self.change != Change::Unchanged
    }

    /// The name for people.
    pub(super) fn title(&self) -> String {
        match &self.application {
            Some(application) => format!("{application}: {}", self.name),
            None => self.name.clone(),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let change = match self.change {
            Change::Create(_) => "created",
            Change::Update { .. } => "changed",
            Change::Delete { .. } => "deleted",
            Change::Unchanged => "unchanged",
        };
        let mut shown = json!({ "change": change, "kind": self.kind.as_str(), "name": self.name });
        if let Some(fields) = shown.as_object_mut() {
            if let Some(application) = &self.application {
                fields.insert("application".into(), application.as_str().into());
            }
            if !self.details.is_empty() {
                fields.insert("details".into(), self.details.as_str().into());
            }
        }
        shown
    }
}

/// Makes the plan, in the order in which its steps are carried out.
pub(super) fn make(desired: &Desired, current: &Current, prune: bool, problems: &mut Vec<Problem>) -> Vec<Step> {
    let mut steps = Vec::new();
    let documents = &current.documents;
    for (kind, desired, current) in [
        (Kind::Tier, &desired.tiers, &current.tiers),
        (Kind::Api, &desired.apis, &current.apis),
        (Kind::Scope, &desired.scopes, &current.scopes),
    ] {
        steps.extend(desired.iter().flatten().map(|(name, item)| step(kind, name, item, current.get(name), documents.get(name))));
    }
    let mut ends = Vec::new();
    for (name, application) in desired.applications.iter().flatten() {
        let found = current.applications.get(name).map(Vec::as_slice).unwrap_or_default();
        if found.len() > 1 {
            let ids: Vec<&str> = found.iter().filter_map(|each| text(each, "id").ok()).collect();
            let text = format!("several applications have the name `{name}`: `{}`; rename all but one", ids.join("`, `"));
            problems.push(application.source.problem(text));
            continue;
        }
        check_references(application, desired, current, prune, problems);
        plan_application(name, application, found.first(), prune, &mut steps, &mut ends);
    }
    if prune {
        for (kind, desired, current) in [
            (Kind::Scope, &desired.scopes, &current.scopes),
            (Kind::Api, &desired.apis, &current.apis),
            (Kind::Tier, &desired.tiers, &current.tiers),
        ] {
            let Some(desired) = desired else { continue };
            let unknown = current.iter().filter(|(name, _)| !desired.contains_key(*name));
            ends.extend(unknown.map(|(name, seen)| Step::new(kind, name, Change::Delete { seen: seen.clone() })));
        }
    }
    steps.extend(ends);
    steps
}

fn step(kind: Kind, name: &str, item: &Item, current: Option<&Value>, document: Option<&Vec<u8>>) -> Step {
    let Some(current) = current else {
        return Step { openapi: item.openapi.clone(), ..Step::new(kind, name, Change::Create(item.value.clone())) };
    };
    let mut differing = differing(current, &item.value);
    if item.openapi.as_ref().is_some_and(|openapi| Some(&openapi.content) != document) {
        differing.push("openapi".to_owned());
    }
    if differing.is_empty() {
        return Step::new(kind, name, Change::Unchanged);
    }
    let mut body = item.value.clone();
    if kind == Kind::Tier
        && let Some(body) = body.as_object_mut()
    {
        // A tier is changed field by field, and an absent field stays as it is.
        body.remove("name");
        for field in ["description", "limit"] {
            body.entry(field).or_insert(Value::Null);
        }
    }
    let change = Change::Update { seen: current.clone(), body };
    Step { details: differing.join(", "), openapi: item.openapi.clone(), ..Step::new(kind, name, change) }
}

/// The names of the fields in which two objects differ.
fn differing(one: &Value, other: &Value) -> Vec<String> {
    let empty = Map::new();
    let (one, other) = (one.as_object().unwrap_or(&empty), other.as_object().unwrap_or(&empty));
    let mut names: Vec<&String> = one.keys().chain(other.keys()).filter(|name| one.get(*name) != other.get(*name)).collect();
    names.sort();
    names.dedup();
    names.into_iter().cloned().collect()
}

/// Reports subscriptions to APIs or at tiers that will not exist.
fn check_references(
    application: &DesiredApplication,
    desired: &Desired,
    current: &Current,
    prune: bool,
    problems: &mut Vec<Problem>,
) {
    let exists = |name: &str, desired: &Option<BTreeMap<String, Item>>, current: &Items| {
        let listed = desired.as_ref().is_some_and(|items| items.contains_key(name));
        listed || (current.contains_key(name) && !(prune && desired.is_some()))
    };
    for (api, subscription) in &application.subscriptions {
        if !exists(api, &desired.apis, &current.apis) {
            problems
                .push(subscription.source.problem(format!("there is no API `{api}`, neither in the files nor in the issuer")));
        }
        let tier = subscription.tier.as_str();
        if !exists(tier, &desired.tiers, &current.tiers) {
            problems
                .push(subscription.source.problem(format!("there is no tier `{tier}`, neither in the files nor in the issuer")));
        }
    }
}

fn plan_application(
    name: &str,
    desired: &DesiredApplication,
    current: Option<&Value>,
    prune: bool,
    steps: &mut Vec<Step>,
    ends: &mut Vec<Step>,
) {
    let owner = desired.owner.as_ref().map(ToString::to_string);
    let unchanged =
        current.is_some_and(|current| owner.is_none() || current.get("owner").and_then(Value::as_str) == owner.as_deref());
    steps.push(match current {
        None => Step::new(Kind::Application, name, Change::Create(json!({ "name": name, "owner": owner }))),
        Some(_) if unchanged => Step::new(Kind::Application, name, Change::Unchanged),
        Some(current) => {
            let seen = json!({ "owner": current.get("owner") });
            let change = Change::Update { seen, body: json!({ "owner": owner }) };
            Step { details: "owner".to_owned(), ..Step::new(Kind::Application, name, change) }
        }
    });
    let listed = current.and_then(|current| current.get("subscriptions")).and_then(Value::as_array);
    let held: BTreeMap<&str, &Value> =
        listed.into_iter().flatten().filter_map(|held| Some((text(held, "api").ok()?, held))).collect();
    let of = |api: &str, change, details: String| Step {
        application: Some(name.to_owned()),
        details,
        ..Step::new(Kind::Subscription, api, change)
    };
    for (api, subscription) in &desired.subscriptions {
        let tier = subscription.tier.as_str();
        let has = held.get(api.as_str()).map(|held| (held, text(held, "tier").unwrap_or_default()));
        steps.push(match has {
            None => of(api, Change::Create(json!({ "api": api, "tier": tier })), tier.to_owned()),
            Some((_, at)) if at == tier => of(api, Change::Unchanged, String::new()),
            Some((held, at)) => {
                let details = format!("{at} to {tier}; revokes the tokens that contain it");
                of(api, Change::Update { seen: (**held).clone(), body: json!({ "tier": tier }) }, details)
            }
        });
    }
    if prune {
        let unknown = held.iter().filter(|(api, _)| !desired.subscriptions.contains_key(**api));
        let details = "revokes the tokens that contain it";
        ends.extend(unknown.map(|(api, seen)| of(api, Change::Delete { seen: (*seen).clone() }, details.to_owned())));
    }
}
