//! Bodies, read strictly: JSON in which no name comes twice, and no field that has no meaning. All that is wrong is said at once.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use postern_token::Node;
use postern_token::bundle::{At, Problems};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::problem::ApiProblem;
use postern_service::Service;

/// A body, and the SHA-256 of its bytes.
pub(super) struct Body<T> {
    pub(super) value: T,
    pub(super) digest: [u8; 32],
}

/// What can be read out of a body.
pub(super) trait ReadBody: Sized {
    /// Reads the fields of the body's object; `None` when something is wrong, which is among `problems` then.
    fn read(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<Self>;

    /// Reads an object that stands in a body.
    fn from_value(value: &Value, at: At<'_>, problems: &mut Problems) -> Option<Self> {
        let object = expect(value.as_object(), "must be an object", at, problems)?;
        Self::from_object(object, at, problems)
    }

    /// Reads the object at a place.
    fn from_object(object: &Map<String, Value>, at: At<'_>, problems: &mut Problems) -> Option<Self> {
        let mut fields = Fields { object, at, known: Vec::new() };
        let value = Self::read(&mut fields, problems);
        fields.finish(problems);
        value
    }
}

/// What a whole body can be made into.
pub(super) trait FromBody: Sized {
    /// Reads the whole body.
    fn from_json(json: &[u8]) -> Result<Self, Problems>;
}

impl<T: ReadBody> FromBody for T {
    fn from_json(json: &[u8]) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let value = object(json, &mut problems).and_then(|object| Self::from_object(&object, At::Root, &mut problems));
        problems.or(value)
    }
}

impl<T: FromBody> FromRequest<Arc<Service>> for Body<T> {
    type Rejection = ApiProblem;

    async fn from_request(request: Request, service: &Arc<Service>) -> Result<Self, ApiProblem> {
        if !is_called(&request, "application/json") {
            return Err(ApiProblem::not_json());
        }
        let Body { value, digest } = bytes(request, service).await?;
        let value = T::from_json(&value).map_err(|problems| ApiProblem::invalid_body(&problems))?;
        Ok(Self { value, digest })
    }
}

/// Whether the body is said to be of that media type.
pub(super) fn is_called(request: &Request, media_type: &str) -> bool {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let found = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    found.eq_ignore_ascii_case(media_type)
}

/// The body's bytes.
pub(super) async fn bytes(request: Request, service: &Arc<Service>) -> Result<Body<Bytes>, ApiProblem> {
    let value = Bytes::from_request(request, service).await.map_err(|rejection| unread(&rejection))?;
    let digest = Sha256::digest(&value).into();
    Ok(Body { value, digest })
}

fn unread(rejection: &BytesRejection) -> ApiProblem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiProblem::body_too_large(),
        _ => ApiProblem::invalid_request("the body could not be read to its end"),
    }
}

/// The object that the body is. Our own reader refuses what `serde_json` lets pass: names that come twice.
fn object(json: &[u8], problems: &mut Problems) -> Option<Map<String, Value>> {
    problems.take(At::Root, Node::parse(json).map_err(|error| format!("is not JSON: {error}")))?;
    match serde_json::from_slice(json) {
        Ok(Value::Object(object)) => Some(object),
        Ok(_) => {
            problems.push(At::Root, "must be an object");
            None
        }
        Err(_) => {
            problems.push(At::Root, "holds a number that is too large");
            None
        }
    }
}

/// The fields of one object.
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    at: At<'a>,
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// A field of any type that must be there.
    pub(super) fn required<T: ReadValue>(&mut self, name: &'static str, problems: &mut Problems) -> Option<T> {
        if self.find(name).is_none() {
            problems.push(self.at.field(name), "is missing");
        }
        self.optional(name, problems)
    }

    /// A field of any type that may be absent; `None` also when it is wrong.
    pub(super) fn optional<T: ReadValue>(&mut self, name: &'static str, problems: &mut Problems) -> Option<T> {
        let value = self.find(name)?;
        T::read(value, self.at.field(name), problems)
    }

    /// A field that may be absent, or `null`, which has a meaning of its own.
    #[allow(clippy::option_option, reason = "what is absent and what is `null` differ")]
    pub(super) fn nullable<T: ReadValue>(&mut self, name: &'static str, problems: &mut Problems) -> Option<Option<T>> {
        match self.find(name)? {
            Value::Null => Some(None),
            value => T::read(value, self.at.field(name), problems).map(Some),
        }
    }

    /// A text that must be there, in a form of its own.
    pub(super) fn parsed<T: FromStr<Err: fmt::Display>>(&mut self, name: &'static str, problems: &mut Problems) -> Option<T> {
        let text: String = self.required(name, problems)?;
        problems.take(self.at.field(name), text.parse())
    }

    /// A text that may be absent, in a form of its own.
    pub(super) fn parsed_optional<T: FromStr<Err: fmt::Display>>(
        &mut self,
        name: &'static str,
        problems: &mut Problems,
    ) -> Option<T> {
        let text: String = self.optional(name, problems)?;
        problems.take(self.at.field(name), text.parse())
    }

    /// Whether a field is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.object.contains_key(name)
    }

    /// Says that something is wrong with a field.
    pub(super) fn wrong(&self, name: &str, message: impl fmt::Display, problems: &mut Problems) {
        problems.push(self.at.field(name), message.to_string());
    }

    fn find(&mut self, name: &'static str) -> Option<&'a Value> {
        if !self.known.contains(&name) {
            self.known.push(name);
        }
        self.object.get(name)
    }

    fn finish(self, problems: &mut Problems) {
        for name in self.object.keys().filter(|name| !self.known.contains(&name.as_str())) {
            let shown: String =
                name.chars().take(64).map(|character| if character.is_ascii_graphic() { character } else { '?' }).collect();
            let message = match self.known.as_slice() {
                [] => "is not a field here; there are none".into(),
                known => format!("is not a field here; there are `{}`", known.join("`, `")),
            };
            problems.push(self.at.field(&shown), message);
        }
    }
}

/// What can be read out of one value.
pub(super) trait ReadValue: Sized {
    fn read(value: &Value, at: At<'_>, problems: &mut Problems) -> Option<Self>;
}

fn expect<T>(found: Option<T>, expected: &str, at: At<'_>, problems: &mut Problems) -> Option<T> {
    if found.is_none() {
        problems.push(at, expected);
    }
    found
}

impl ReadValue for String {
    fn read(value: &Value, at: At<'_>, problems: &mut Problems) -> Option<Self> {
        expect(value.as_str().map(Into::into), "must be a string", at, problems)
    }
}

impl ReadValue for bool {
    fn read(value: &Value, at: At<'_>, problems: &mut Problems) -> Option<Self> {
        expect(value.as_bool(), "must be `true` or `false`", at, problems)
    }
}

impl ReadValue for u64 {
    fn read(value: &Value, at: At<'_>, problems: &mut Problems) -> Option<Self> {
        let found = value.as_u64().filter(|number| i64::try_from(*number).is_ok());
        expect(found, "must be a whole number, 0 or more, of at most 63 bits", at, problems)
    }
}

impl ReadValue for i64 {
    fn read(value: &Value, at: At<'_>, problems: &mut Problems) -> Option<Self> {
        expect(value.as_i64(), "must be a whole number", at, problems)
    }
}

impl<T: ReadValue> ReadValue for Vec<T> {
    fn read(value: &Value, at: At<'_>, problems: &mut Problems) -> Option<Self> {
        let items = expect(value.as_array(), "must be a list", at, problems)?;
        // Each is looked at, whatever is wrong with the ones before it.
        let items: Vec<_> = items.iter().enumerate().map(|(index, item)| T::read(item, at.item(index), problems)).collect();
        items.into_iter().collect()
    }
}

/// A text in a form of its own.
pub(super) struct Parsed<T>(pub(super) T);

impl<T: FromStr<Err: fmt::Display>> ReadValue for Parsed<T> {
    fn read(value: &Value, at: At<'_>, problems: &mut Problems) -> Option<Self> {
        let text = String::read(value, at, problems)?;
        problems.take(at, text.parse()).map(Self)
    }
}
