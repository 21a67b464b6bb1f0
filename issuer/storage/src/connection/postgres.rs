//! A connection to `PostgreSQL` and its prepared statements.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;

use postgres::types::private::BytesMut;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Row, Statement};

use crate::error::Cause;
use crate::value::Value;

pub(crate) struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
    usable: bool,
}

impl Connection {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, statements: HashMap::new(), usable: true }
    }

    /// Runs statements without parameters and without results.
    pub(crate) fn run(&mut self, sql: &str) -> Result<(), Cause> {
        let result = self.client.batch_execute(sql);
        self.check(result)
    }

    /// Whether the connection is open and had no fatal error.
    pub(crate) fn is_usable(&self) -> bool {
        self.usable && !self.client.is_closed()
    }

    /// Remembers whether an error has made the connection unusable. An error of a statement has not, unless it is fatal.
    fn check<T>(&mut self, result: Result<T, postgres::Error>) -> Result<T, Cause> {
        result.map_err(|error| {
            let of_statement = error.as_db_error().is_some_and(|error| !matches!(error.severity(), "FATAL" | "PANIC"));
            self.usable &= of_statement;
            error.into()
        })
    }

    pub(crate) fn change(&mut self, sql: &str, values: &[Value<'_>]) -> Result<usize, Cause> {
        let statement = self.prepare(sql)?;
        let rows = self.client.execute(&statement, &parameters(values));
        let rows = self.check(rows)?;
        Ok(usize::try_from(rows).unwrap_or(usize::MAX))
    }

    pub(crate) fn query(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, Cause> {
        let statement = self.prepare(sql)?;
        let rows = self.client.query(&statement, &parameters(values));
        self.check(rows)
    }

    pub(crate) fn lock(&mut self, name: &str) -> Result<(), Cause> {
        self.lock_found("SELECT CAST(?1 AS TEXT) AS name", &[Value::Text(name)])
    }

    pub(crate) fn lock_found(&mut self, sql: &str, values: &[Value<'_>]) -> Result<(), Cause> {
        // Two names with the same hash share a lock. That costs a wait and is otherwise harmless.
        self.query(&format!("SELECT pg_advisory_xact_lock(hashtextextended(name, 0)) FROM ({sql}) AS found"), values).map(drop)
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement, Cause> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        // `?1` becomes `$1`. Statements have no other question marks than those of their parameters.
        let statement = self.client.prepare(&sql.replace('?', "$"));
        let statement = self.check(statement)?;
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
            // PostgreSQL refuses text with a NUL character. No stored name contains one or U+FFFD, so the query must find
            // nothing.
            Value::Text(text) if text.contains('\0') => text.replace('\0', "\u{fffd}").to_sql(ty, out),
            Value::Text(text) => text.to_sql(ty, out),
            Value::Bytes(bytes) => bytes.to_sql(ty, out),
            Value::Texts(texts) => texts.to_sql(ty, out),
            Value::Numbers(numbers) => numbers.to_sql(ty, out),
            Value::ByteStrings(bytes) => bytes.to_sql(ty, out),
        }
    }

    /// Accepts every type: the server reports a value that does not fit its column.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
