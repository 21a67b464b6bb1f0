//! The portal: pages on which members do what the management API does. A page shows one operation's result, and a form runs one operation;
//! who may do what is decided there.

pub(crate) mod application;
pub(crate) mod applications;
pub(crate) mod catalogue;
mod choices;
mod confirm;
mod frame;
pub(crate) mod keys;
pub(crate) mod revoke;
mod signed_in;
pub(crate) mod subscriptions;

use frame::Frame;
use signed_in::{Refusal, SignedInMember, refusal};
