//! The words in which the SQL of the two databases differs.

/// The SQL of one of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    /// Replaces the words in braces of a migration step: `{number}`, `{bytes}`, `{identity}` (an automatic row number) and
    /// `{strict}` (a table option).
    pub(super) fn translate(self, sql: &str) -> String {
        self.words().iter().fold(sql.to_owned(), |sql, (placeholder, word)| sql.replace(placeholder, word))
    }

    const fn words(self) -> [(&'static str, &'static str); 4] {
        match self {
            Self::Sqlite => [
                ("{number}", "INTEGER"),
                ("{bytes}", "BLOB"),
                ("{identity}", "INTEGER PRIMARY KEY AUTOINCREMENT"),
                ("{strict}", "STRICT"),
            ],
            Self::Postgres => [
                ("{number}", "BIGINT"),
                ("{bytes}", "BYTEA"),
                ("{identity}", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
                (" {strict}", ""),
            ],
        }
    }
}
