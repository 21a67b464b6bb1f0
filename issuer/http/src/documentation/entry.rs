//! What a page shows of operations.

use std::collections::HashSet;

use postern_openapi_import::{Description, OperationDetails};
use postern_token::bundle::Auth;

use super::Guarded;
use crate::markdown::Markdown;

/// The header fields that are set otherwise (`OpenAPI` 3.1, Parameter Object).
const OTHER_HEADERS: [&str; 3] = ["accept", "authorization", "content-type"];

/// The operations of an API, or of one page of it, by their tags.
pub(crate) struct Documentation {
    pub(crate) groups: Vec<Group>,
}

/// The operations with a tag.
pub(crate) struct Group {
    /// Empty for operations without a tag.
    pub(crate) tag: String,
    pub(crate) entries: Vec<Entry>,
}

/// An operation.
pub(crate) struct Entry {
    /// Its id in the page.
    pub(crate) anchor: String,
    /// The method; empty for any.
    pub(crate) method: String,
    pub(crate) path: String,
    /// The path with the API's context.
    pub(crate) full_path: String,
    pub(crate) summary: String,
    pub(crate) is_deprecated: bool,
    pub(crate) description: Option<Markdown>,
    /// The message that says which token it requires.
    pub(crate) token: &'static str,
    pub(crate) scopes: Vec<String>,
    pub(crate) needs_domain: bool,
    pub(crate) parameters: Vec<ParameterView>,
    pub(crate) body: Option<BodyView>,
    /// Status and description.
    pub(crate) responses: Vec<(String, Option<Markdown>)>,
}

/// A parameter, or a field of a body.
pub(crate) struct ParameterView {
    pub(crate) name: String,
    /// `path`, `query` or `header`; empty for a field of a body.
    pub(crate) place: &'static str,
    pub(crate) is_required: bool,
    pub(crate) kind: String,
    pub(crate) description: Option<Markdown>,
    pub(crate) example: String,
}

/// The body of a request.
pub(crate) struct BodyView {
    pub(crate) media_type: String,
    pub(crate) is_required: bool,
    pub(crate) description: Option<Markdown>,
    pub(crate) fields: Vec<ParameterView>,
    pub(crate) example: String,
}

/// The most bytes of texts on a page: a document can repeat long texts by reference.
const MAX_TEXT: usize = 1_000_000;

impl Documentation {
    /// Of operations as edges guard them. Details are left out where the texts before them have more than [`MAX_TEXT`] bytes.
    pub(crate) fn of_api(context: &str, operations: Vec<Guarded>, description: Option<&Description<'_>>) -> Self {
        let mut documentation = Self { groups: Vec::new() };
        let mut len = 0;
        for operation in operations {
            let head = operation.head.as_ref().filter(|_| len < MAX_TEXT);
            let details = head.and_then(|head| description?.operation(head.method, &head.path));
            len += details.as_ref().map_or(0, OperationDetails::text_len);
            let tag = operation.head.as_ref().and_then(|head| head.tag.clone()).unwrap_or_default();
            documentation.push(tag, Entry::of_guarded(context, operation, details));
        }
        documentation.finish()
    }

    /// Of all operations of a document, each of which requires the token that the message `token` names.
    pub(crate) fn of_document(description: &Description<'_>, token: &'static str) -> Self {
        let mut documentation = Self { groups: Vec::new() };
        for head in description.operations() {
            let Some(details) = description.operation(head.method, &head.path) else { continue };
            let tag = head.tag.clone().unwrap_or_default();
            let entry = Entry {
                method: head.method.to_owned(),
                full_path: head.path.clone(),
                path: head.path,
                token,
                ..Entry::of_details(Some(details))
            };
            documentation.push(tag, entry);
        }
        documentation.finish()
    }

    fn push(&mut self, tag: String, entry: Entry) {
        match self.groups.iter_mut().find(|group| group.tag == tag) {
            Some(group) => group.entries.push(entry),
            None => self.groups.push(Group { tag, entries: vec![entry] }),
        }
    }

    /// With an id for each operation.
    fn finish(mut self) -> Self {
        let mut taken = HashSet::new();
        for (number, entry) in self.groups.iter_mut().flat_map(|group| &mut group.entries).enumerate() {
            let words = entry.path.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
            let method = if entry.method.is_empty() { "any" } else { &entry.method };
            let name = ["operation", method].into_iter().chain(words).collect::<Vec<_>>().join("-").to_ascii_lowercase();
            entry.anchor = if taken.insert(name.clone()) { name } else { format!("{name}--{number}") };
        }
        self
    }
}

impl Entry {
    fn of_guarded(context: &str, operation: Guarded, details: Option<OperationDetails>) -> Self {
        Self {
            full_path: format!("{}{}", context.trim_end_matches('/'), operation.path),
            path: operation.path,
            method: operation.method.unwrap_or_default(),
            token: match operation.auth {
                Auth::None => "token-none",
                Auth::Application => "token-application",
                Auth::User => "token-user",
                Auth::Any => "token-any",
            },
            scopes: operation.scopes,
            needs_domain: operation.needs_domain,
            ..Self::of_details(details)
        }
    }

    /// What the document says.
    fn of_details(details: Option<OperationDetails>) -> Self {
        let head = details.as_ref().map(|details| &details.head);
        let summary = head.and_then(|head| head.summary.clone()).unwrap_or_default();
        let is_deprecated = head.is_some_and(|head| head.deprecated);
        let mut entry = Self {
            anchor: String::new(),
            method: String::new(),
            path: String::new(),
            full_path: String::new(),
            summary,
            is_deprecated,
            description: None,
            token: "token-any",
            scopes: Vec::new(),
            needs_domain: false,
            parameters: Vec::new(),
            body: None,
            responses: Vec::new(),
        };
        let Some(OperationDetails { description, parameters, body, responses, .. }) = details else { return entry };
        let markdown = |text: Option<String>| text.as_deref().map(|text| Markdown::below(2, text));
        entry.description = markdown(description);
        let is_own =
            |name: &str, place: &str| place != "header" || !OTHER_HEADERS.iter().any(|other| other.eq_ignore_ascii_case(name));
        entry.parameters = parameters
            .into_iter()
            .filter(|parameter| is_own(&parameter.name, parameter.place))
            .map(|parameter| ParameterView {
                name: parameter.name,
                place: parameter.place,
                is_required: parameter.required,
                kind: parameter.kind.unwrap_or_default(),
                description: markdown(parameter.description),
                example: parameter.example.unwrap_or_default(),
            })
            .collect();
        entry.body = body.map(|body| BodyView {
            media_type: body.media_type,
            is_required: body.required,
            description: markdown(body.description),
            fields: body
                .fields
                .into_iter()
                .map(|field| ParameterView {
                    name: field.name,
                    place: "",
                    is_required: field.required,
                    kind: field.kind.unwrap_or_default(),
                    description: markdown(field.description),
                    example: String::new(),
                })
                .collect(),
            example: body.example,
        });
        entry.responses = responses.into_iter().map(|response| (response.status, markdown(response.description))).collect();
        entry
    }
}
