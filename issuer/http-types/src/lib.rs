//! HTTP pieces that the management API and all other endpoints use.

#![forbid(unsafe_code)]

mod bearer;
mod entity_tag;
mod form;
mod problem;

pub use bearer::{BearerError, bearer};
pub use entity_tag::{EntityTag, KnownVersions};
pub use form::{Form, FormError, decode as decode_form_component};
pub use problem::{Problem, challenge, method_not_allowed, not_found, post_required};
