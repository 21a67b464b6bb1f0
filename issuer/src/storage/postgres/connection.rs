//! One connection and the statements that were prepared on it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::error::Error;
use std::fmt;

use postgres::types::private::BytesMut;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Row, Statement};

use crate::storage::error::Cause;
use crate::storage::value::Value;

/// A connection.
pub(in crate::storage) struct Connection {
    client: Client,
    statements: HashMap<String, Statement>,
}

impl Connection {
    pub(super) fn new(client: Client) -> Self {
        Self { client, statements: HashMap::new() }
    }

    /// Runs statements that take nothing and give nothing.
    pub(super) fn run(&mut self, sql: &str) -> Result<(), Cause> {
        Ok(self.client.batch_execute(sql)?)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    pub(in crate::storage) fn change(&mut self, sql: &str, values: &[Value<'_>]) -> Result<usize, Cause> {
        let statement = self.prepare(sql)?;
        let rows = self.client.execute(&statement, &parameters(values))?;
        Ok(usize::try_from(rows).unwrap_or(usize::MAX))
    }

    pub(in crate::storage) fn query(&mut self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, Cause> {
        let statement = self.prepare(sql)?;
        Ok(self.client.query(&statement, &parameters(values))?)
    }

    pub(in crate::storage) fn lock(&mut self, name: &str) -> Result<(), Cause> {
        // Names that share a hash wait for each other, which does no harm.
        self.query("SELECT pg_advisory_xact_lock(hashtextextended(?1, 0))", &[Value::Text(name)]).map(drop)
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement, Cause> {
        match self.statements.entry(sql.to_owned()) {
            Entry::Occupied(statement) => Ok(statement.get().clone()),
            // No statement has another question mark than those of its parameters.
            Entry::Vacant(place) => Ok(place.insert(self.client.prepare(&sql.replace('?', "$"))?).clone()),
        }
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
