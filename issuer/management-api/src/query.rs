//! Query parameters, read strictly: none that is unknown, none twice, none without a value.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use postern_token::Node;
use postern_token::document::{At, Fields, Problems};

use super::body::ReadFields;
use crate::problem::ApiProblem;
use postern_http_types::Form;
use postern_service::Service;

/// A query. Its parameters are read like the fields of a body that are all strings.
pub(super) struct Query<T>(pub(super) T);

impl<T: ReadFields> FromRequestParts<Arc<Service>> for Query<T> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Service>) -> Result<Self, ApiProblem> {
        let query = parts.uri.query().unwrap_or_default();
        let form = Form::parse(query.as_bytes()).map_err(|error| ApiProblem::invalid_request(error.describe()))?;
        let mut problems = Problems::default();
        let mut parameters = Vec::new();
        for name in form.names() {
            // An empty value is refused: it could come from a variable that was not set.
            match form.value(name) {
                Some(value) => parameters.push((Cow::Borrowed(name), Node::Text(Cow::Borrowed(value)))),
                None => problems.push(At::Root.field(name), "has no value"),
            }
        }
        let value = T::from_node(&Node::Object(parameters), At::Root, &mut problems);
        problems.or(value).map(Self).map_err(|problems| ApiProblem::invalid_parameters(&problems))
    }
}

/// No parameters at all.
pub(super) struct Nothing;

impl ReadFields for Nothing {
    fn read(_: &mut Fields<'_, '_>, _: &mut Problems) -> Option<Self> {
        Some(Self)
    }
}
