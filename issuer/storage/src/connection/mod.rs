//! A connection to a database, with its prepared statements.

pub(crate) mod postgres;
pub(crate) mod sqlite;
