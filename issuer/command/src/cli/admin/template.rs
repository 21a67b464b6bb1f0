//! Templates: text with placeholders, `${NAME}`, and their values.

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

/// Why a template cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum TemplateError {
    /// Placeholders have no value.
    #[error("no value for {}: give it with --set{}", quoted(.missing), and_unused(.unused))]
    NoValue {
        /// The placeholders.
        missing: BTreeSet<String>,
        /// Values without a placeholder; a misspelled name may be the reason.
        unused: BTreeSet<String>,
    },
    /// Values have no placeholder.
    #[error("the template has no placeholder {}", quoted(.0))]
    NoPlaceholder(BTreeSet<String>),
}

fn and_unused(names: &BTreeSet<String>) -> String {
    if names.is_empty() { String::new() } else { format!("; and the template has no placeholder {}", quoted(names)) }
}

fn quoted(names: &BTreeSet<String>) -> String {
    names.iter().map(|name| format!("`${{{name}}}`")).collect::<Vec<_>>().join(", ")
}

/// Whether a placeholder can have this name.
pub(super) fn is_name(text: &str) -> bool {
    let word = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    word && !text.starts_with(|first: char| first.is_ascii_digit()) && !text.is_empty()
}

/// The names of all placeholders.
pub(super) fn placeholders(template: &str) -> BTreeSet<String> {
    match render(template, &BTreeMap::new()) {
        Err(TemplateError::NoValue { missing, .. }) => missing,
        Err(TemplateError::NoPlaceholder(_)) | Ok(_) => BTreeSet::new(),
    }
}

/// Replaces every placeholder with its value. Placeholders in values are not replaced. `${` without a name and `}` after it is
/// plain text.
pub(super) fn render(template: &str, values: &BTreeMap<String, String>) -> Result<String, TemplateError> {
    let mut rendered = String::with_capacity(template.len());
    let mut missing = BTreeSet::new();
    let mut unused: BTreeSet<String> = values.keys().cloned().collect();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${") {
        rendered.push_str(before);
        if let Some((name, after)) = after.split_once('}').filter(|(name, _)| is_name(name)) {
            match values.get(name) {
                Some(value) => rendered.push_str(value),
                None => drop(missing.insert(name.to_owned())),
            }
            unused.remove(name);
            rest = after;
        } else {
            rendered.push_str("${");
            rest = after;
        }
    }
    rendered.push_str(rest);
    if !missing.is_empty() {
        return Err(TemplateError::NoValue { missing, unused });
    }
    if unused.is_empty() { Ok(rendered) } else { Err(TemplateError::NoPlaceholder(unused)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(template: &str, values: &[(&str, &str)]) -> Result<String, TemplateError> {
        render(template, &values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn placeholders_are_replaced() {
        assert_eq!(rendered("a ${X} b ${X}${Y_1}", &[("X", "1"), ("Y_1", "${X}")]), Ok("a 1 b 1${X}".into()));
        assert_eq!(rendered("", &[]), Ok(String::new()));
        for plain in ["$X", "$", "${", "${}", "${a b}", "%REQ(:path)%", "${1}", "$${", "}"] {
            assert_eq!(rendered(plain, &[]), Ok(plain.into()));
        }
        assert_eq!(rendered("${${X}", &[("X", "1")]), Ok("${1".into()));
    }

    #[test]
    fn placeholders_are_listed_once() {
        assert_eq!(placeholders("${B} ${A}${B} ${} $C ${1}"), names(&["A", "B"]));
        assert_eq!(placeholders("a"), names(&[]));
    }

    #[test]
    fn missing_and_unused_names_are_reported() {
        let error = rendered("${A} ${B} ${C}", &[("B", ""), ("X", "")]).unwrap_err();
        assert_eq!(error, TemplateError::NoValue { missing: names(&["A", "C"]), unused: names(&["X"]) });
        assert!(error.to_string().contains("${A}`, `${C}`") && error.to_string().contains("no placeholder `${X}`"), "{error}");
        assert_eq!(rendered("${A}", &[("A", ""), ("B", "")]), Err(TemplateError::NoPlaceholder(names(&["B"]))));
    }
}
