//! Query parameters, read strictly: none that has no meaning, none twice, none without a value.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use postern_token::bundle::{At, Problems};

use crate::problem::ApiProblem;
use postern_http_types::Form;
use postern_service::Service;

/// A query.
pub(super) struct Query<T>(pub(super) T);

/// What can be read out of a query.
pub(super) trait ReadQuery: Sized {
    fn read(parameters: &mut Parameters, problems: &mut Problems) -> Option<Self>;
}

/// The parameters of a query.
pub(super) struct Parameters {
    form: Form,
    known: Vec<&'static str>,
}

impl<T: ReadQuery> FromRequestParts<Arc<Service>> for Query<T> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Service>) -> Result<Self, ApiProblem> {
        let query = parts.uri.query().unwrap_or_default();
        let form = Form::parse(query.as_bytes()).map_err(|error| ApiProblem::invalid_request(error.describe()))?;
        let mut parameters = Parameters { form, known: Vec::new() };
        let mut problems = Problems::default();
        let value = T::read(&mut parameters, &mut problems);
        parameters.finish(&mut problems);
        problems.or(value).map(Self).map_err(|problems| ApiProblem::invalid_parameters(&problems))
    }
}

impl Parameters {
    /// A parameter that may be absent; `None` also when it is wrong.
    pub(super) fn optional<T: FromStr<Err: fmt::Display>>(&mut self, name: &'static str, problems: &mut Problems) -> Option<T> {
        self.known.push(name);
        if !self.form.names().any(|own| own == name) {
            return None;
        }
        // An empty one is refused: it could come from a variable that was not set.
        match self.form.value(name) {
            None => {
                problems.push(At::Root.field(name), "has no value");
                None
            }
            Some(text) => problems.take(At::Root.field(name), text.parse()),
        }
    }

    fn finish(&self, problems: &mut Problems) {
        for name in self.form.names().filter(|name| !self.known.contains(name)) {
            let shown: String =
                name.chars().take(64).map(|character| if character.is_ascii_graphic() { character } else { '?' }).collect();
            let message = match self.known.as_slice() {
                [] => "is not a parameter here; there are none".into(),
                known => format!("is not a parameter here; there are `{}`", known.join("`, `")),
            };
            problems.push(At::Root.field(&shown), message);
        }
    }
}

/// A whole number, 0 or more, that every JSON reader and every database holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whole(pub(super) u64);

impl FromStr for Whole {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i64>().ok()).flatten();
        number
            .and_then(|number| u64::try_from(number).ok())
            .map(Self)
            .ok_or("must be a whole number, 0 or more, of at most 63 bits")
    }
}

/// No parameter at all.
pub(super) struct Nothing;

impl ReadQuery for Nothing {
    fn read(_: &mut Parameters, _: &mut Problems) -> Option<Self> {
        Some(Self)
    }
}
