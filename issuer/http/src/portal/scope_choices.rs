//! The scopes that a form offers for new tokens.

use std::collections::{BTreeMap, BTreeSet};

use super::choices::SCOPE;
use postern_model::{ApiRecord, ScopeDescription};
use postern_operations::{self as operations, Act, Error};
use postern_token::bundle::ResourceDocument;

/// How many scopes are boxes to check. A form has too few fields for many more: those are entered as a text instead.
const MAX_BOXES: usize = 80;

/// How many of the operations that require a scope are named beside it.
const MAX_OPERATIONS: usize = 2;

/// The scopes of a form.
#[derive(Default)]
pub(super) struct ScopeChoices {
    pub(super) boxes: Vec<ScopeChoice>,
    /// Whether there are too many to check boxes.
    pub(super) has_many: bool,
    /// Whether the first call of the page with the new token succeeds without any.
    pub(super) first_call_needs_none: bool,
}

pub(super) struct ScopeChoice {
    /// The name of the field.
    pub(super) field: String,
    pub(super) scope: String,
    /// Some of the operations that require it, with commas; empty if there is none.
    pub(super) operations: String,
    /// How many more there are.
    pub(super) more: usize,
    /// What it allows; empty if no description was given.
    pub(super) description: String,
    pub(super) is_chosen: bool,
}

impl ScopeChoices {
    /// The scopes of these APIs, and those that are chosen already.
    pub(super) fn read(act: &Act<'_>, apis: &[ApiRecord], chosen: &[String]) -> Result<Self, Error> {
        let scopes = scopes_of(apis, chosen);
        if scopes.len() > MAX_BOXES {
            return Ok(Self { has_many: true, ..Self::default() });
        }
        let descriptions = operations::scope_descriptions(act, apis)?;
        Ok(Self { boxes: boxes(scopes, chosen, &descriptions), ..Self::default() })
    }

    pub(super) const fn is_empty(&self) -> bool {
        !self.has_many && self.boxes.is_empty()
    }
}

/// Each scope with the operations that require it.
fn scopes_of(apis: &[ApiRecord], chosen: &[String]) -> BTreeMap<String, Vec<String>> {
    let mut scopes: BTreeMap<String, Vec<String>> = chosen.iter().map(|scope| (scope.clone(), Vec::new())).collect();
    for api in apis {
        for resource in api.document.resources.iter().flatten() {
            for scope in &resource.scopes {
                scopes.entry(scope.clone()).or_default().extend(operations_of(&api.document.context, resource));
            }
        }
    }
    scopes
}

/// The operations of a resource: methods, if it has any, each with the path.
fn operations_of(context: &str, resource: &ResourceDocument) -> Vec<String> {
    let path = format!("{}{}", context.trim_end_matches('/'), resource.path);
    match &resource.methods {
        None => vec![path],
        Some(methods) => methods.iter().map(|method| format!("{method} {path}")).collect(),
    }
}

fn boxes(
    scopes: BTreeMap<String, Vec<String>>,
    chosen: &[String],
    descriptions: &BTreeMap<String, ScopeDescription>,
) -> Vec<ScopeChoice> {
    let is_chosen: BTreeSet<&String> = chosen.iter().collect();
    let choice = |(scope, mut operations): (String, Vec<String>)| {
        let more = operations.len().saturating_sub(MAX_OPERATIONS);
        operations.truncate(MAX_OPERATIONS);
        ScopeChoice {
            field: format!("{SCOPE}{scope}"),
            is_chosen: is_chosen.contains(&scope),
            operations: operations.join(", "),
            more,
            description: descriptions.get(&scope).map(ToString::to_string).unwrap_or_default(),
            scope,
        }
    };
    scopes.into_iter().map(choice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use postern_model::ApiText;
    use postern_token::bundle::Problems;

    #[test]
    fn a_scope_names_the_operations_that_require_it() {
        let document = r#"{"name":"pasta","version":"2","context":"/pasta","resources":[
            {"path":"/menu","auth":"none"},{"path":"/orders/*","scopes":["orders"],"methods":["GET","PUT"]},
            {"path":"/stock","scopes":["orders","stock"]}]}"#;
        let document = Problems::read(document.as_bytes()).unwrap();
        let api = ApiRecord { document, approval: false, tiers: None, text: ApiText::default() };
        let chosen = ["far".to_owned(), "stock".to_owned()];
        let boxes = boxes(scopes_of(&[api], &chosen), &chosen, &BTreeMap::new());
        let shown: Vec<_> =
            boxes.iter().map(|each| (each.scope.as_str(), each.operations.as_str(), each.more, each.is_chosen)).collect();
        assert_eq!(
            shown,
            [
                ("far", "", 0, true),
                ("orders", "GET /pasta/orders/*, PUT /pasta/orders/*", 1, false),
                ("stock", "/pasta/stock", 0, true)
            ]
        );
    }
}
