//! The portal: pages on which members do what the management API does. A page shows one operation's result, and a form runs one operation, or
//! several in one transaction; who may do what is decided there.

mod access;
mod admin;
mod application;
mod applications;
pub(crate) mod catalogue;
mod change;
mod choices;
mod confirm;
mod deletion;
mod entry_form;
mod entry_page;
mod first_token;
mod frame;
mod key_settings;
mod keys;
mod listing;
mod made;
mod membership;
mod new_application;
mod offers;
mod outcome;
mod personal_tokens;
mod revoke;
mod routes;
mod scope_choices;
mod secrets;
mod sentence;
mod signed_in;
mod subscriptions;
mod teams;
mod tokens;
mod usage;
mod warning;

pub use access::{Access, Rule};
use entry_form::{EntryForm, Field};
use frame::Frame;
use listing::{Cell, Listing, ROWS, Row};
pub(crate) use membership::request as request_membership;
use outcome::Outcome;
pub(crate) use routes::routes;
pub use routes::rules;
use sentence::refusal;
use signed_in::{Opened, Refusal, Sent, SignedInMember};
