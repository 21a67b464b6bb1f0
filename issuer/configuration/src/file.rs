//! Reads the configuration file into values, each with the line where it was set.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::key::{KEYS, nearest, printable, user_store_keys};
use super::problem::{ConfigurationProblem, Source};
use super::reader::{Given, Value, Values};

/// The largest configuration file, in bytes.
const MAX_LEN: u64 = 1024 * 1024;

/// The name of the array of tables with the user stores.
pub(super) const USER_STORE: &str = "user_store";

/// The known keys of a file.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) values: Values,
    /// The tables `[[user_store]]`, in order.
    pub(super) user_stores: Vec<Table>,
}

/// One table of an array of tables.
#[derive(Debug)]
pub(super) struct Table {
    /// Where the table begins.
    pub(super) source: Source,
    pub(super) values: Values,
}

/// Reads `path`. Adds invalid TOML and unknown keys to `problems`, and returns all other values.
pub(super) fn read(path: &Path, problems: &mut Vec<ConfigurationProblem>) -> Contents {
    let mut contents = Contents::default();
    let text = match read_text(path) {
        Ok(text) => text,
        Err(error) => {
            let message = format!("`{}` cannot be read: {error}", path.display());
            problems.push(ConfigurationProblem { key: None, source: None, message });
            return contents;
        }
    };
    let line = |offset: usize| 1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
    let (document, errors) = DeTable::parse_recoverable(&text);
    for error in &errors {
        let line = error.span().map_or(1, |span| line(span.start));
        let source = Some(Source::File(path.to_owned(), line));
        // The parser's messages are about syntax and quote no value.
        problems.push(ConfigurationProblem { key: None, source, message: format!("is not TOML: {}", error.message()) });
    }
    let mut reader = FileReader { path, line: &line, contents: &mut contents, problems };
    reader.table(document.get_ref(), "");
    contents
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?.take(MAX_LEN + 1).read_to_string(&mut text)?;
    if u64::try_from(read).is_ok_and(|read| read > MAX_LEN) {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    Ok(text)
}

struct FileReader<'r> {
    path: &'r Path,
    /// The line of an offset.
    line: &'r dyn Fn(usize) -> usize,
    contents: &'r mut Contents,
    problems: &'r mut Vec<ConfigurationProblem>,
}

impl FileReader<'_> {
    /// Reads a table and the tables in it. The full name of a key is `prefix` and its name in the table.
    fn table(&mut self, table: &DeTable<'_>, prefix: &str) {
        for (name, value) in table {
            let full = format!("{prefix}{}", name.get_ref());
            let source = self.source(name.span().start);
            let below = format!("{full}.");
            if full == USER_STORE {
                self.user_stores(value.get_ref(), source);
            } else if KEYS.iter().any(|key| key.name == full) {
                self.contents.values.insert(full, Given { source, value: value_of(value.get_ref()) });
            } else if !KEYS.iter().any(|key| key.name.starts_with(&below)) {
                self.problem(&full, source, unknown(&full));
            } else if let DeValue::Table(table) = value.get_ref() {
                self.table(table, &below);
            } else {
                self.problem(&full, source, "must be a table".to_owned());
            }
        }
    }

    fn user_stores(&mut self, value: &DeValue<'_>, source: Source) {
        let tables: Option<Vec<_>> = match value {
            DeValue::Array(items) => items.iter().map(|item| Some((item.span(), item.get_ref().as_table()?))).collect(),
            _ => None,
        };
        let Some(tables) = tables else {
            return self.problem(
                USER_STORE,
                source,
                "must be an array of tables: begin each store with `[[user_store]]`".to_owned(),
            );
        };
        for (span, table) in tables {
            let mut values = Values::new();
            for (name, value) in table {
                let (name, source) = (name.get_ref(), self.source(name.span().start));
                if user_store_keys().any(|known| known == name) {
                    values.insert(name.clone().into_owned(), Given { source, value: value_of(value.get_ref()) });
                } else {
                    let message = not_a_key(name, user_store_keys());
                    self.problem(&format!("{USER_STORE}.{name}"), source, message);
                }
            }
            self.contents.user_stores.push(Table { source: self.source(span.start), values });
        }
    }

    fn source(&self, offset: usize) -> Source {
        Source::File(self.path.to_owned(), (self.line)(offset))
    }

    fn problem(&mut self, key: &str, source: Source, message: String) {
        self.problems.push(ConfigurationProblem { key: Some(printable(key)), source: Some(source), message });
    }
}

fn unknown(key: &str) -> String {
    if key == "master_key" {
        return "must not be set in the file: set `POSTERN_MASTER_KEY`, or name the key's file with `master_key_file`".to_owned();
    }
    let tables = KEYS.iter().filter_map(|key| Some(key.name.split_once('.')?.0));
    not_a_key(key, KEYS.iter().map(|key| key.name).chain(tables).chain([USER_STORE]))
}

fn not_a_key<'n>(wrong: &str, names: impl Iterator<Item = &'n str> + Clone) -> String {
    match nearest(&printable(wrong), names) {
        Some(near) => format!("is not a configuration key; did you mean `{near}`?"),
        None => "is not a configuration key".to_owned(),
    }
}

fn value_of(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.clone().into_owned()),
        DeValue::Boolean(flag) => Value::Boolean(*flag),
        DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Other, Value::Integer),
        DeValue::Array(items) => {
            let texts: Option<Vec<String>> = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect();
            texts.map_or(Value::Other, Value::List)
        }
        DeValue::Table(table) => {
            let text = |(name, value): (&Spanned<Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
                Some((name.get_ref().clone().into_owned(), value.get_ref().as_str()?.to_owned()))
            };
            table.iter().map(text).collect::<Option<_>>().map_or(Value::Other, Value::Table)
        }
        _ => Value::Other,
    }
}
