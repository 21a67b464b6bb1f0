//! Checks the values for a template of Envoy's configuration, before anything is written.
//!
//! When Envoy refuses a configuration because of a wrong type or form, it prints the whole configuration, secrets included, to its log.
//! So values that would cause this are refused here.

mod field;
mod files;
#[cfg(test)]
mod tests;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use thiserror::Error;

use self::field::Place;
use self::yaml::{Node, Piece};
use super::template::{self, TemplateError};

/// What is wrong with a template or the values for it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum ValueError {
    /// A placeholder without a value, or a value without a placeholder.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The template is not valid YAML, or a value makes it invalid.
    #[error("not valid YAML: line {0}")]
    NotYaml(usize),
    /// The template has lists and objects inside each other at too many levels.
    #[error("the template has more than 100 levels of lists and objects")]
    TooDeep,
    /// The placeholder for a JSON string is inside a YAML string.
    #[error("the placeholder `${{{0}}}` must be a whole value in the template, without quotation marks")]
    Quoted(String),
    /// A value is empty, would change the template's structure, or does not fit its field.
    #[error("the value of `{name}` {problem}")]
    Value {
        /// The placeholder.
        name: String,
        /// What is wrong, as the rest of a sentence.
        problem: String,
    },
    /// Two listeners have the same port.
    #[error("the value of `{name}` is {port}, the port of {other}: each listener needs a port of its own")]
    SamePort {
        /// The placeholder.
        name: String,
        /// The port.
        port: String,
        /// The other listener.
        other: String,
    },
    /// The plugin's settings name a cluster that is not in the template.
    #[error("`{setting}` is `{cluster}`, which is not a cluster of the template: it has {}", quoted(.known))]
    NoCluster {
        /// The setting.
        setting: String,
        /// Its value.
        cluster: String,
        /// The clusters of the template.
        known: Vec<String>,
    },
}

/// All problems of a template and the values for it; never empty.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) struct ValueErrors(pub(super) Vec<ValueError>);

impl fmt::Display for ValueErrors {
    /// One problem on each line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        formatter.write_str(&lines.join("\n"))
    }
}

fn quoted(names: &[String]) -> String {
    if names.is_empty() {
        return "none".into();
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The values for a template.
#[derive(Debug)]
pub(super) struct Values<'v> {
    /// The values, by the name of their placeholder.
    pub(super) given: &'v BTreeMap<String, String>,
    /// One more placeholder, whose value is a JSON string.
    pub(super) json: &'v str,
    /// The clusters that the plugin's settings name, by the name of the setting.
    pub(super) clusters: &'v [(String, String)],
    /// Whether Envoy runs on this machine, so that its files can be looked at.
    pub(super) here: bool,
}

/// Checks that each value is a single value in the filled-in template and fits its field, and that each placeholder has one.
pub(super) fn check(template: &str, values: &Values<'_>) -> Result<(), ValueErrors> {
    let mut problems = Vec::new();
    let mut all = values.given.clone();
    all.insert(values.json.to_owned(), String::new());
    problems.extend(template::render(template, &all).err().map(ValueError::Template));
    if let Err(problem) = check_each(template, values, &mut problems) {
        problems.push(problem);
    }
    if problems.is_empty() { Ok(()) } else { Err(ValueErrors(problems)) }
}

fn check_each(template: &str, values: &Values<'_>, problems: &mut Vec<ValueError>) -> Result<(), ValueError> {
    let names = template::placeholders(template);
    let marks: BTreeMap<String, String> = names.iter().map(|name| (name.clone(), mark(name))).collect();
    let marked = yaml::pieces(&template::render(template, &marks)?)?;
    let tree = yaml::tree(&marked)?;
    if names.contains(values.json) && !stays_one(template, &marks, &marked, values.json, ("\"a: b\"", "a: b")) {
        problems.push(ValueError::Quoted(values.json.to_owned()));
    }
    let mut good = BTreeMap::new();
    for (name, value) in values.given.iter().filter(|(name, _)| names.contains(*name)) {
        let problem = if value.is_empty() {
            "is empty"
        } else if stays_one(template, &marks, &marked, name, (value, value)) {
            good.insert(name.as_str(), value.as_str());
            continue;
        } else {
            "would be more than one value in YAML: it has a line break, a quotation mark, `: ` or the like"
        };
        problems.push(ValueError::Value { name: name.clone(), problem: problem.into() });
    }
    let bad = names.iter().filter(|name| !good.contains_key(name.as_str())).map(|name| mark(name)).collect();
    let filled = Filled { good, bad, here: values.here };
    tree.members().iter().for_each(|document| filled.check(document, &Place::default(), problems));
    for document in tree.members() {
        filled.check_ports(document, problems);
        filled.check_clusters(document, values.clusters, problems);
    }
    Ok(())
}

/// Whether the value of `name` changes only the texts that contain its placeholder. `text` is the value as YAML reads it. The other
/// placeholders keep their marks, so that every difference comes from this value.
fn stays_one(
    template: &str,
    marks: &BTreeMap<String, String>,
    marked: &[Piece],
    name: &str,
    (value, text): (&str, &str),
) -> bool {
    let mut alone = marks.clone();
    alone.insert(name.to_owned(), value.to_owned());
    let mark = mark(name);
    let same = |(own, other): (&Piece, &Piece)| match (own, other) {
        (Piece::Text(own, _), Piece::Text(other, _)) => own.replace(&mark, text) == *other,
        (own, other) => own == other,
    };
    let rendered = template::render(template, &alone).ok().and_then(|rendered| yaml::pieces(&rendered).ok());
    rendered.is_some_and(|rendered| rendered.len() == marked.len() && marked.iter().zip(&rendered).all(same))
}

/// The mark that replaces a value while the template is checked.
fn mark(name: &str) -> String {
    format!("value-of-{name}-")
}

/// The values of a template.
struct Filled<'v> {
    /// Those that are single values, by placeholder.
    good: BTreeMap<&'v str, &'v str>,
    /// The marks of all other placeholders.
    bad: Vec<String>,
    here: bool,
}

impl<'v> Filled<'v> {
    /// The text with its values in place of their marks, and the first placeholder in it. `None` if a value in it is missing or wrong.
    fn resolve(&self, text: &str) -> Option<(Option<&'v str>, String)> {
        if self.bad.iter().any(|mark| text.contains(mark)) {
            return None;
        }
        let mut filled = text.to_owned();
        let mut first = None;
        for (name, value) in &self.good {
            let mark = mark(name);
            if text.contains(&mark) {
                first = first.or(Some(*name));
                filled = filled.replace(&mark, value);
            }
        }
        Some((first, filled))
    }

    /// Checks every text below `node` with a value in it.
    fn check<'n>(&self, node: &'n Node, place: &Place<'n>, problems: &mut Vec<ValueError>) {
        match node {
            Node::Text(text, quoted) => {
                if let Some((Some(name), text)) = self.resolve(text)
                    && let Err(problem) = field::check(place, name, (&text, *quoted), self.here)
                {
                    add(problems, ValueError::Value { name: name.to_owned(), problem });
                }
            }
            Node::List(members) => members.iter().for_each(|member| self.check(member, place, problems)),
            Node::Object(fields) => {
                for (name, value) in fields {
                    self.check(value, &place.of_field(node, name), problems);
                }
                self.check_key(node, problems);
            }
            Node::Other => {}
        }
    }

    /// Checks that the private key belongs to the certificate in the same object.
    fn check_key(&self, object: &Node, problems: &mut Vec<ValueError>) {
        let file = |name: &str| self.resolve(object.field(name)?.text("filename")?);
        let (Some((_, chain)), Some((Some(name), key))) = (file("certificate_chain"), file("private_key")) else { return };
        if self.here && files::differ(Path::new(&chain), Path::new(&key)) {
            let problem = format!("is `{key}`, which is not the private key of the certificate in `{chain}`");
            add(problems, ValueError::Value { name: name.to_owned(), problem });
        }
    }

    /// Checks that each listener has another port.
    fn check_ports(&self, document: &Node, problems: &mut Vec<ValueError>) {
        let mut seen: BTreeMap<String, (Option<&str>, String)> = BTreeMap::new();
        for listener in document.at(&["static_resources", "listeners"]).map(Node::members).unwrap_or_default() {
            let port = listener.at(&["address", "socket_address"]).and_then(|address| self.resolve(address.text("port_value")?));
            let Some((name, port)) = port else { continue };
            let fixed = || format!("the listener `{}`", listener.text("name").unwrap_or_default());
            let shown = name.map_or_else(fixed, |name| format!("`{name}`"));
            let found = match (name, seen.get(&port)) {
                (Some(name), Some((_, other))) => Some((name, other.clone())),
                (None, Some((Some(name), _))) => Some((*name, shown.clone())),
                (None, Some((None, _))) | (_, None) => None,
            };
            if let Some((name, other)) = found {
                add(problems, ValueError::SamePort { name: name.to_owned(), port, other });
            } else {
                seen.insert(port, (name, shown));
            }
        }
    }

    /// Checks that the clusters of the settings are there. A part of a configuration, and one with clusters from elsewhere, can get
    /// them later.
    fn check_clusters(&self, document: &Node, clusters: &[(String, String)], problems: &mut Vec<ValueError>) {
        let Some(resources) = document.field("static_resources") else { return };
        if document.field("dynamic_resources").is_some() {
            return;
        }
        let own = resources.field("clusters").map(Node::members).unwrap_or_default();
        let known: Vec<String> = own.iter().filter_map(|own| Some(self.resolve(own.text("name")?)?.1)).collect();
        let names: BTreeSet<&str> = known.iter().map(String::as_str).collect();
        for (setting, cluster) in clusters.iter().filter(|(_, cluster)| !names.contains(cluster.as_str())) {
            let (setting, cluster) = (setting.clone(), cluster.clone());
            add(problems, ValueError::NoCluster { setting, cluster, known: known.clone() });
        }
    }
}

/// Adds a problem once: a value can be in several fields.
fn add(problems: &mut Vec<ValueError>, problem: ValueError) {
    if !problems.contains(&problem) {
        problems.push(problem);
    }
}
