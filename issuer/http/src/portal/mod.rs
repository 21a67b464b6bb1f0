//! The portal: pages on which members do what the management API does. A page shows one operation's result, and a form runs one operation;
//! who may do what is decided there.

pub(crate) mod application;
pub(crate) mod applications;
mod choices;
mod confirm;
pub(crate) mod deletion;
mod entry_form;
mod frame;
pub(crate) mod keys;
mod listing;
pub(crate) mod personal_tokens;
pub(crate) mod revoke;
pub(crate) mod secrets;
mod signed_in;
pub(crate) mod subscriptions;
pub(crate) mod tokens;

use entry_form::{EntryForm, Field};
use frame::Frame;
use listing::{Cell, Listing, Outcome, ROWS, Row};
use signed_in::{Opened, Refusal, Sent, SignedInMember, refusal};
