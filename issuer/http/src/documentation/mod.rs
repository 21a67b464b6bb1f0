//! The documentation of an API's operations, for the catalogue of the portal and for the management API.

mod entry;
mod first_call;
mod guarded;

pub(crate) use entry::Documentation;
pub(crate) use first_call::FirstCall;
pub(crate) use guarded::{Guarded, guarded_operations};
