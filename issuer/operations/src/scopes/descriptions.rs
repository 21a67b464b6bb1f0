//! What people read about scopes.

use std::collections::BTreeMap;

use postern_model::{ApiRecord, ScopeDescription};
use postern_storage::Transaction;

use crate::{Act, Error};

/// What each scope allows that these APIs describe, or an administrator: what the administrator says takes precedence, then the first API.
pub fn scope_descriptions(act: &Act<'_>, apis: &[ApiRecord]) -> Result<BTreeMap<String, ScopeDescription>, Error> {
    act.storage().read(|transaction| described(transaction, apis))
}

pub(crate) fn described(transaction: &Transaction<'_>, apis: &[ApiRecord]) -> Result<BTreeMap<String, ScopeDescription>, Error> {
    let mut found = transaction.scope_descriptions()?;
    for (scope, description) in apis.iter().flat_map(|api| &api.text.scopes) {
        found.entry(scope.clone()).or_insert_with(|| description.clone());
    }
    Ok(found)
}
