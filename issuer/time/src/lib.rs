//! Durations and timestamps as text: on the command line, in the configuration and on pages.
//!
//! Reads no clock: a function that needs the current time takes it as a parameter.

#![forbid(unsafe_code)]

mod duration;
mod timestamp;

pub use duration::{DurationError, MAX_LIFETIME, format_duration, parse_duration, parse_lifetime};
pub use timestamp::{Calendar, TimeFilter, TimeFilterError, format_date, format_rfc3339, format_short};
