//! The operations of a document.

use postern_token::Node;

use super::example;
use super::{cut, follow, is_true, items, line, long_text, members, plain, short_text};
use crate::references::References;
use crate::tree::{Members, member};

/// The most parameters of an operation that are read.
const MAX_PARAMETERS: usize = 100;

/// The most answers of an operation that are read.
const MAX_RESPONSES: usize = 50;

/// The most fields of a body that are read.
const MAX_FIELDS: usize = 100;

/// The most bytes of a name.
const MAX_NAME: usize = 200;

/// An operation in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationHead {
    /// The method, in upper case.
    pub method: &'static str,
    /// The path below the API's context, with `{name}` for a parameter.
    pub path: String,
    /// What it does, in one line.
    pub summary: Option<String>,
    /// Its first tag.
    pub tag: Option<String>,
    /// Whether it should no longer be used.
    pub deprecated: bool,
}

/// Everything about an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationDetails {
    /// What a list shows.
    pub head: OperationHead,
    /// The description, in Markdown.
    pub description: Option<String>,
    /// The parameters: of the path first, then those of the query and of the header.
    pub parameters: Vec<Parameter>,
    /// The body of a request.
    pub body: Option<RequestBody>,
    /// The answers.
    pub responses: Vec<Response>,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// The name.
    pub name: String,
    /// `path`, `query` or `header`.
    pub place: &'static str,
    /// Whether a request must have it.
    pub required: bool,
    /// The type of its value, such as `string`.
    pub kind: Option<String>,
    /// The description, in Markdown.
    pub description: Option<String>,
    /// A value that it may have.
    pub example: Option<String>,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestBody {
    /// The media type.
    pub media_type: String,
    /// Whether a request must have it.
    pub required: bool,
    /// The description, in Markdown.
    pub description: Option<String>,
    /// The fields of a JSON object.
    pub fields: Vec<BodyField>,
    /// A body to begin with: JSON, or empty.
    pub example: String,
}

/// A field of a JSON object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyField {
    /// The name.
    pub name: String,
    /// Whether a body must have it.
    pub required: bool,
    /// The type of its value.
    pub kind: Option<String>,
    /// The description, in Markdown.
    pub description: Option<String>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status, such as `200` or `4XX`; or `default`.
    pub status: String,
    /// The description, in Markdown.
    pub description: Option<String>,
}

impl OperationHead {
    pub(super) fn read(method: &'static str, path: &str, operation: Members<'_>) -> Self {
        let tag = member(operation, "tags").map(items).unwrap_or_default().iter().find_map(|tag| match tag {
            Node::Text(text) => Some(cut(text, MAX_NAME)),
            _ => None,
        });
        Self {
            method,
            path: path.to_owned(),
            summary: line(operation, "summary"),
            tag,
            deprecated: is_true(operation, "deprecated"),
        }
    }
}

impl OperationDetails {
    pub(super) fn read<'n>(
        head: OperationHead,
        item: Members<'n>,
        operation: Members<'n>,
        references: &mut References<'n>,
    ) -> Self {
        let mut parameters: Vec<Parameter> = Vec::new();
        // Those of the operation first: they stand in place of those that the path has for all operations.
        for list in [operation, item].map(|members| member(members, "parameters").map(items).unwrap_or_default()) {
            for node in list.iter().take(MAX_PARAMETERS) {
                let Some(parameter) = follow(node, references).and_then(|members| Parameter::read(members, references)) else {
                    continue;
                };
                let is_known = |other: &Parameter| other.name == parameter.name && other.place == parameter.place;
                if !parameters.iter().any(is_known) {
                    parameters.push(parameter);
                }
            }
        }
        parameters.sort_by_key(|parameter| PLACES.iter().position(|place| *place == parameter.place));
        let body = member(operation, "requestBody").and_then(|node| follow(node, references));
        let responses = member(operation, "responses").and_then(members).unwrap_or_default();
        let responses = responses.iter().filter(|(status, _)| !status.starts_with("x-")).take(MAX_RESPONSES);
        Self {
            description: long_text(operation, "description").filter(|text| head.summary.as_deref() != Some(text)),
            head,
            parameters,
            body: body.and_then(|members| RequestBody::read(members, references)),
            responses: responses
                .map(|(status, node)| Response {
                    status: cut(status, MAX_NAME),
                    description: follow(node, references).and_then(|members| short_text(members, "description")),
                })
                .collect(),
        }
    }
}

/// Where parameters are. Cookies are left out: a page of another origin cannot send them.
const PLACES: [&str; 3] = ["path", "query", "header"];

impl OperationDetails {
    /// How many bytes its texts have.
    #[must_use]
    pub fn text_len(&self) -> usize {
        let len = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let parameters = self.parameters.iter();
        let parameters = parameters.map(|one| one.name.len() + len(&one.kind) + len(&one.description) + len(&one.example));
        let body = self.body.iter().map(|body| {
            let fields = body.fields.iter().map(|field| field.name.len() + len(&field.kind) + len(&field.description));
            body.example.len() + len(&body.description) + fields.sum::<usize>()
        });
        let responses = self.responses.iter().map(|response| response.status.len() + len(&response.description));
        len(&self.description) + parameters.sum::<usize>() + body.sum::<usize>() + responses.sum::<usize>()
    }
}

impl Parameter {
    fn read<'n>(members: Members<'n>, references: &mut References<'n>) -> Option<Self> {
        let place = PLACES.into_iter().find(|place| plain(members, "in") == Some(place))?;
        let schema = member(members, "schema").and_then(|node| follow(node, references));
        let own = member(members, "example").or_else(|| schema.and_then(|schema| example::given(schema)));
        Some(Self {
            name: plain(members, "name").map(|name| cut(name, MAX_NAME))?,
            place,
            required: place == "path" || is_true(members, "required"),
            kind: schema.and_then(|schema| kind(schema, references)),
            description: short_text(members, "description"),
            example: own.and_then(example::scalar),
        })
    }
}

impl RequestBody {
    fn read<'n>(body: Members<'n>, references: &mut References<'n>) -> Option<Self> {
        let contents = member(body, "content").and_then(members)?;
        let is_json = |name: &str| name.starts_with("application/json") || name.ends_with("+json");
        let (media_type, content) = contents.iter().find(|(name, _)| is_json(name)).or_else(|| contents.first())?;
        let content = members(content)?;
        let schema = member(content, "schema");
        let mut fields = Vec::new();
        if let Some(schema) = schema {
            read_fields(schema, references, &mut fields, 0);
        }
        let example = match example::given(content).or_else(|| example::first_of(content, references)) {
            Some(node) if is_json(media_type) => example::written(node),
            _ if is_json(media_type) => schema.map(|schema| example::of_schema(schema, references)).unwrap_or_default(),
            Some(Node::Text(text)) => cut(text, example::MAX_LEN),
            _ => String::new(),
        };
        Some(Self {
            media_type: cut(media_type, MAX_NAME),
            required: is_true(body, "required"),
            description: long_text(body, "description"),
            fields,
            example,
        })
    }
}

/// The fields of an object, also of the parts that it is made of (`allOf`).
fn read_fields<'n>(schema: &'n Node<'n>, references: &mut References<'n>, fields: &mut Vec<BodyField>, depth: usize) {
    let Some(schema) = follow(schema, references).filter(|_| depth <= example::MAX_DEPTH) else { return };
    for part in member(schema, "allOf").map(items).unwrap_or_default() {
        read_fields(part, references, fields, depth + 1);
    }
    let required = example::required_names(schema);
    for (name, node) in member(schema, "properties").and_then(members).unwrap_or_default() {
        if fields.len() >= MAX_FIELDS {
            return;
        }
        let field = follow(node, references);
        fields.push(BodyField {
            name: cut(name, MAX_NAME),
            required: required.contains(&**name),
            kind: field.and_then(|field| kind(field, references)),
            description: field.and_then(|field| short_text(field, "description")),
        });
    }
}

/// The type of a schema, with its format or its values: `string`, `string (date)`, `list of integer`, `"a", "b"`.
fn kind<'n>(schema: Members<'n>, references: &mut References<'n>) -> Option<String> {
    if let Some(values) = member(schema, "enum").map(items) {
        let values: Vec<String> = values.iter().take(MAX_FIELDS).filter_map(example::scalar).collect();
        return Some(cut(&values.join(", "), MAX_NAME));
    }
    let own = example::type_of(schema)?;
    if own == "array" {
        let item = member(schema, "items").and_then(|node| follow(node, references));
        let item = item.and_then(|item| plain(item, "type"));
        return Some(item.map_or_else(|| "list".to_owned(), |item| format!("list of {}", cut(item, MAX_NAME))));
    }
    let format = plain(schema, "format").map(|format| format!(" ({})", cut(format, MAX_NAME))).unwrap_or_default();
    Some(format!("{}{format}", cut(own, MAX_NAME)))
}
