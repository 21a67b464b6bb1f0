//! Merges the values of the file, of the environment and of flags: a later source overrides an earlier one.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::key::{CLIENT_VARIABLES, CONFIG_VARIABLE, KEYS, Key, MASTER_KEY_VARIABLE, PREFIX, nearest};
use super::problem::{Source, Warning};
use super::reader::{Given, Value, Values};

/// Adds the variables of the environment that set a key. Returns the master key, if a variable holds it.
pub(super) fn add_environment(
    values: &mut Values,
    environment: impl Iterator<Item = (OsString, OsString)>,
    warnings: &mut Vec<Warning>,
) -> Option<OsString> {
    let keys: BTreeMap<String, &'static Key> = KEYS.into_iter().map(|key| (key.variable(), key)).collect();
    let mut master_key = None;
    for (name, value) in environment {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
        match keys.get(name) {
            // Many containers cannot unset a variable, only empty it.
            Some(_) if value.is_empty() => {}
            Some(key) => {
                let given = Given { source: Source::Variable(name.to_owned()), value: Value::Untyped(value) };
                values.insert(key.name.to_owned(), given);
            }
            None if name == MASTER_KEY_VARIABLE => master_key = Some(value),
            None if name == CONFIG_VARIABLE || CLIENT_VARIABLES.contains(&name) => {}
            // Only a warning: Kubernetes sets variables such as `POSTERN_SERVICE_HOST` for a service called `postern`.
            None => {
                let near = nearest(name, keys.keys().map(String::as_str));
                let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                let source = Some(Source::Variable(name.chars().take(100).collect()));
                warnings.push(Warning { key: None, source, message: format!("is unknown and has no effect{near}") });
            }
        }
    }
    master_key
}

/// Adds the values of flags.
pub(super) fn add_flags(values: &mut Values, flags: impl Iterator<Item = (&'static Key, OsString)>) {
    for (key, value) in flags {
        let source = key.flag.map_or(Source::Default, Source::Flag);
        values.insert(key.name.to_owned(), Given { source, value: Value::Untyped(value) });
    }
}
