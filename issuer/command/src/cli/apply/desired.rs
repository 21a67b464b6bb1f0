//! What the files ask for. It is checked by the code that checks requests to the management API.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;

use postern_management_api::{shown_api, shown_imported_api, shown_scope, shown_tier};
use postern_model::{ApplicationName, MemberName, TierName};
use postern_openapi_import::{ImportOptions, import};
use postern_token::document::{At, Fields, Problems};
use postern_token::{ApiReference, Node, Scopes};
use serde_json::{Value, json};

use super::files::{Document, Problem, Source, to_json};

/// The lists of a file.
const KINDS: [&str; 4] = ["tiers", "scopes", "apis", "applications"];

/// A tier, a scope or an API, as the management API would show it.
pub(super) struct Item {
    pub(super) value: Value,
    pub(super) source: Source,
    /// The `OpenAPI` document that an API is imported from.
    pub(super) openapi: Option<OpenApi>,
}

/// An `OpenAPI` document, and how it is imported.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OpenApi {
    pub(super) content: Vec<u8>,
    pub(super) options: ImportOptions,
}

pub(super) struct DesiredApplication {
    /// The owner, if the files name one.
    pub(super) owner: Option<MemberName>,
    /// The subscriptions by API.
    pub(super) subscriptions: BTreeMap<String, DesiredSubscription>,
    pub(super) source: Source,
}

pub(super) struct DesiredSubscription {
    pub(super) tier: TierName,
    pub(super) source: Source,
}

/// The content of all files. A kind is `None` if no file lists it.
#[derive(Default)]
pub(super) struct Desired {
    pub(super) tiers: Option<BTreeMap<String, Item>>,
    pub(super) scopes: Option<BTreeMap<String, Item>>,
    pub(super) apis: Option<BTreeMap<String, Item>>,
    pub(super) applications: Option<BTreeMap<String, DesiredApplication>>,
}

impl Desired {
    /// Reads the documents.
    pub(super) fn read(documents: &[Document], problems: &mut Vec<Problem>) -> Self {
        let mut desired = Self::default();
        for document in documents {
            let Node::Object(members) = &document.content.node else {
                let expected = "must be an object with `tiers`, `scopes`, `apis` or `applications`";
                problems.push(document.source(".").problem(expected));
                continue;
            };
            for (kind, node) in members {
                if !KINDS.contains(&kind.as_ref()) {
                    let expected = KINDS.join("`, `");
                    problems.push(document.source(kind).problem(format!("`{kind}` is unknown: expected are `{expected}`")));
                    continue;
                }
                let Node::List(items) = node else {
                    problems.push(document.source(kind).problem(format!("`{kind}` must be a list")));
                    continue;
                };
                let mut reader = Reader { document, problems };
                match kind.as_ref() {
                    "tiers" => reader.items(kind, items, desired.tiers.get_or_insert_default(), Reader::tier),
                    "scopes" => reader.items(kind, items, desired.scopes.get_or_insert_default(), Reader::scope),
                    "apis" => reader.items(kind, items, desired.apis.get_or_insert_default(), Reader::api),
                    _ => reader.items(kind, items, desired.applications.get_or_insert_default(), Reader::application),
                }
            }
        }
        desired
    }
}

trait Located {
    fn source(&self) -> &Source;
}

impl Located for Item {
    fn source(&self) -> &Source {
        &self.source
    }
}

impl Located for DesiredApplication {
    fn source(&self) -> &Source {
        &self.source
    }
}

/// Reads the items of one document.
struct Reader<'d, 'p> {
    document: &'d Document,
    problems: &'p mut Vec<Problem>,
}

impl Reader<'_, '_> {
    /// Reads each item of a list, and keeps it under its name.
    fn items<T: Located>(
        &mut self,
        kind: &str,
        items: &[Node<'_>],
        into: &mut BTreeMap<String, T>,
        read: fn(&mut Self, &str, &Node<'_>) -> Option<(String, T)>,
    ) {
        for (index, item) in items.iter().enumerate() {
            let Some((name, item)) = read(self, &format!("{kind}[{index}]"), item) else { continue };
            match into.get(&name) {
                Some(first) => {
                    let text = format!("`{name}` is in the files twice: it is also at {}", first.source());
                    self.problems.push(item.source().problem(text));
                }
                None => drop(into.insert(name, item)),
            }
        }
    }

    /// Reports problems of the item at `field`.
    fn report(&mut self, field: &str, found: &Problems) {
        for problem in found.iter() {
            let below = if problem.field == "." { String::new() } else { format!(".{}", problem.field) };
            let full = format!("{field}{below}");
            let quotes =
                if problem.message == "must be a string" { " (a number, `true` and `null` need quotes to be one)" } else { "" };
            let text = format!("`{full}`: {}{quotes}", problem.message);
            self.problems.push(self.document.source(&full).problem(text));
        }
    }

    /// The value of `result`; its problems are reported.
    fn checked<T>(&mut self, field: &str, result: Result<T, Problems>) -> Option<T> {
        result.map_err(|problems| self.report(field, &problems)).ok()
    }

    fn item(&self, field: &str, value: Value) -> Item {
        Item { value, source: self.document.source(field), openapi: None }
    }

    fn tier(&mut self, field: &str, node: &Node<'_>) -> Option<(String, Item)> {
        let tier = self.checked(field, shown_tier(to_json(node).to_string().as_bytes()))?;
        Some((text(&tier, "name"), self.item(field, tier)))
    }

    fn scope(&mut self, field: &str, node: &Node<'_>) -> Option<(String, Item)> {
        let mut body = to_json(node);
        let mut problems = Problems::default();
        let name = body.as_object_mut().and_then(|fields| {
            fields.entry("roles").or_insert(json!([]));
            fields.remove("scope")
        });
        let name = match name {
            Some(Value::String(name)) => one_scope(&name),
            _ => Err("must be the name of the scope".to_owned()),
        };
        let name = problems.take(At::Field(&At::Root, "scope"), name);
        self.report(field, &problems);
        let scope = self.checked(field, shown_scope(name.as_deref().unwrap_or_default(), body.to_string().as_bytes()));
        let (name, scope) = (name?, scope?);
        Some((name, self.item(field, scope)))
    }

    fn api(&mut self, field: &str, node: &Node<'_>) -> Option<(String, Item)> {
        let imported = matches!(node, Node::Object(members) if members.iter().any(|(name, _)| name == "openapi"));
        let (api, openapi) = if imported {
            let (api, openapi) = self.imported(field, node)?;
            (api, Some(openapi))
        } else {
            (self.checked(field, shown_api(to_json(node).to_string().as_bytes()))?, None)
        };
        let name = format!("{}/{}", text(&api, "name"), text(&api, "version"));
        Some((name, Item { openapi, ..self.item(field, api) }))
    }

    /// An API from an `OpenAPI` document in a file beside this one.
    fn imported(&mut self, field: &str, node: &Node<'_>) -> Option<(Value, OpenApi)> {
        let mut problems = Problems::default();
        let mut fields = Fields::of(node, At::Root, &mut problems)?;
        let file: String = fields.required("openapi", &mut problems);
        let options = ImportOptions {
            name: fields.optional("name", &mut problems),
            version: fields.optional("version", &mut problems),
            context: fields.optional("context", &mut problems),
            hosts_of_servers: fields.optional("hosts_of_servers", &mut problems).unwrap_or(false),
            replace_other_schemes: fields.optional("replace_other_schemes", &mut problems).unwrap_or(false),
        };
        let approval = fields.optional("approval", &mut problems).unwrap_or(false);
        let tiers: Option<Vec<TierName>> = fields.optional_parsed_list("tiers", &mut problems);
        fields.finish(&mut problems);
        if !problems.is_empty() {
            self.report(field, &problems);
            return None;
        }
        let at = self.document.source(&format!("{field}.openapi"));
        let path = self.document.file.with_file_name(&file);
        let document = match fs::read(&path) {
            Ok(document) => document,
            Err(error) => {
                self.problems.push(at.problem(format!("cannot read `{}`: {error}", path.display())));
                return None;
            }
        };
        match import(&document, &options) {
            Ok(api) => {
                let shown = shown_imported_api(api, &document, approval, tiers);
                Some((shown, OpenApi { content: document, options }))
            }
            Err(found) => {
                let found = found.iter().map(|problem| format!("`{}`: {}", problem.field, problem.message));
                self.problems.extend(found.map(|problem| at.problem(format!("`{}`: {problem}", path.display()))));
                None
            }
        }
    }

    fn application(&mut self, field: &str, node: &Node<'_>) -> Option<(String, DesiredApplication)> {
        let mut problems = Problems::default();
        let mut fields = Fields::of(node, At::Root, &mut problems);
        let name: Option<ApplicationName> = fields.as_mut().and_then(|fields| fields.parsed("name", &mut problems));
        let owner = fields.as_mut().and_then(|fields| fields.optional_parsed("owner", &mut problems));
        let subscriptions: SubscriptionList =
            fields.as_mut().and_then(|fields| fields.optional("subscriptions", &mut problems)).unwrap_or_default();
        if let Some(fields) = fields {
            fields.finish(&mut problems);
        }
        self.report(field, &problems);
        let mut by_api = BTreeMap::new();
        for (index, (api, tier)) in subscriptions.0.into_iter().enumerate() {
            let source = self.document.source(&format!("{field}.subscriptions[{index}]"));
            let Some((api, tier)) = api.zip(tier) else { continue };
            match by_api.entry(api) {
                Entry::Occupied(first) => {
                    let text = format!("the application has two subscriptions to `{}`", first.key());
                    self.problems.push(source.problem(text));
                }
                Entry::Vacant(free) => drop(free.insert(DesiredSubscription { tier, source })),
            }
        }
        let application = DesiredApplication { owner, subscriptions: by_api, source: self.document.source(field) };
        Some((name?.as_str().to_owned(), application))
    }
}

/// The subscriptions of an application. What could not be read is `None`.
#[derive(Default)]
struct SubscriptionList(Vec<(Option<String>, Option<TierName>)>);

impl postern_token::document::Read for SubscriptionList {
    fn read(node: &Node<'_>, at: At<'_>, problems: &mut Problems) -> Self {
        let Node::List(items) = node else {
            problems.push(at, "must be a list");
            return Self::default();
        };
        let items = items.iter().enumerate().map(|(index, item)| {
            let at = at.item(index);
            let Some(mut fields) = Fields::of(item, at, problems) else { return (None, None) };
            let api: String = fields.required("api", problems);
            let api = problems.take(at.field("api"), ApiReference::parse(api).map(|api| api.as_str().to_owned()));
            let tier = fields.parsed("tier", problems);
            fields.finish(problems);
            (api, tier)
        });
        Self(items.collect())
    }
}

fn one_scope(text: &str) -> Result<String, String> {
    let scopes = Scopes::parse(text).map_err(|error| error.to_string())?;
    if scopes.iter().count() == 1 { Ok(text.to_owned()) } else { Err("must be one scope, without spaces".to_owned()) }
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
