//! The catalogue of APIs: a list, a page for each API, and both as text for programs that read it, such as assistants.

mod about;
mod api;
mod found;
mod list;
mod reader;
mod subscribe;
mod text;

pub(crate) use api::show;
pub(crate) use list::list;
pub(in crate::portal) use subscribe::subscribe;
pub(crate) use text::overview;

use crate::query::encoded;
use postern_model::{ApiSummary, ApiTag};

/// A tag, with the query that searches for it.
struct TagLink {
    name: String,
    query: String,
}

impl TagLink {
    fn of(tag: &ApiTag) -> Self {
        Self { name: tag.to_string(), query: encoded(tag.as_str()) }
    }
}

/// What an API is called: its title, or else its name.
fn title(api: &ApiSummary) -> String {
    api.text.title.as_ref().map_or_else(|| api.name.clone(), ToString::to_string)
}
