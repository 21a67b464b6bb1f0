//! One connection and the statements that were prepared on it.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;

use postgres::types::private::BytesMut;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Row, Statement};

use crate::error::Cause;
use crate::value::Value;

/// A connection.
pub(crate) struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
    usable: bool,
}

impl Connection {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, statements: HashMap::new(), usable: true }
    }

    /// Runs statements that take nothing and give nothing.
    pub(crate) fn run(&mut self, sql: &str) -> Result<(), Cause> {
        let result = self.client.batch_execute(sql);
        self.look_at(result)
    }

    /// Whether the connection is still one.
    pub(crate) fn is_usable(&self) -> bool {
        self.usable && !self.client.is_closed()
    }

    /// What the server refuses leaves the connection as it was, unless it takes leave with it.
    fn look_at<T>(&mut self, result: Result<T, postgres::Error>) -> Result<T, Cause> {
        result.map_err(|error| {
            let refused = error.as_db_error().is_some_and(|error| !matches!(error.severity(), "FATAL" | "PANIC"));
            self.usable &= refused;
            error.into()
        })
    }

    pub(crate) fn change(&mut self, sql: &str, values: &[Value<'_>]) -> Result<usize, Cause> {
        let statement = self.prepare(sql)?;
        let rows = self.client.execute(&statement, &parameters(values));
        let rows = self.look_at(rows)?;
        Ok(usize::try_from(rows).unwrap_or(usize::MAX))
    }

    pub(crate) fn query(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, Cause> {
        let statement = self.prepare(sql)?;
        let rows = self.client.query(&statement, &parameters(values));
        self.look_at(rows)
    }

    pub(crate) fn lock(&mut self, name: &str) -> Result<(), Cause> {
        self.lock_found("SELECT CAST(?1 AS TEXT) AS name", &[Value::Text(name)])
    }

    pub(crate) fn lock_found(&mut self, sql: &str, values: &[Value<'_>]) -> Result<(), Cause> {
        // Names that share a hash wait for each other, which does no harm.
        self.query(&format!("SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM ({sql}) AS found"), values).map(drop)
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement, Cause> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        // No statement has another question mark than those of its parameters.
        let statement = self.client.prepare(&sql.replace('?', "$"));
        let statement = self.look_at(statement)?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Connection(…)")
    }
}

fn parameters<'a>(values: &'a [Value<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| -> &(dyn ToSql + Sync) { value }).collect()
}

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Number(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
            Value::Number(number) => number.to_sql(ty, out),
            // PostgreSQL has no text with a zero character in it. Nothing is called so here, and whoever asks for it is to find nothing.
            Value::Text(text) if text.contains('\0') => text.replace('\0', "\u{fffd}").to_sql(ty, out),
            Value::Text(text) => text.to_sql(ty, out),
            Value::Bytes(bytes) => bytes.to_sql(ty, out),
        }
    }

    /// A value that does not go with its column's type is an error of the server's.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
