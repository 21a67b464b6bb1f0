//! The configuration file, as keys with values and lines.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::key::{KEYS, nearest};
use super::problem::{ConfigurationProblem, Source};

/// More is no configuration.
const MAX_LEN: u64 = 1024 * 1024;

/// A value, before anybody knows what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Raw {
    Text(String),
    Whole(u64),
    List(Vec<String>),
    Flag(bool),
    /// Nothing that any key takes.
    Other,
}

/// The values of a file by their keys, each with its line.
pub(super) type Values = BTreeMap<&'static str, (Raw, usize)>;

/// The name of the tables that there may be many of.
pub(super) const USER_STORE: &str = "user_store";

/// What stands in a file.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) values: Values,
    /// The tables called [`USER_STORE`], in order.
    pub(super) user_stores: Vec<Table>,
}

/// A table with its line. Nobody has looked yet whether its keys mean anything.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) line: usize,
    pub(super) values: BTreeMap<String, (Raw, usize)>,
}

/// Reads `path`. All that is wrong goes to `problems`, and what could be read comes back.
pub(super) fn read(path: &Path, problems: &mut Vec<ConfigurationProblem>) -> Contents {
    let mut contents = Contents::default();
    let of_file =
        |message: String| ConfigurationProblem { key: None, source: None, message: format!("`{}` {message}", path.display()) };
    let text = match read_text(path) {
        Ok(text) => text,
        Err(error) => {
            problems.push(of_file(format!("cannot be read: {error}")));
            return contents;
        }
    };
    let line = |offset: usize| 1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
    let (document, errors) = DeTable::parse_recoverable(&text);
    for error in &errors {
        let line = error.span().map_or(1, |span| line(span.start));
        let source = Some(Source::File(path.to_owned(), line));
        // The parser's message may quote; what it says of syntax does not hold values.
        problems.push(ConfigurationProblem { key: None, source, message: format!("is not TOML: {}", error.message()) });
    }
    let mut reader = Reader { path, line: &line, contents: &mut contents, problems };
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

struct Reader<'r> {
    path: &'r Path,
    line: &'r dyn Fn(usize) -> usize,
    contents: &'r mut Contents,
    problems: &'r mut Vec<ConfigurationProblem>,
}

impl Reader<'_> {
    /// Reads the table whose keys are called `prefix` and their names in it.
    fn table(&mut self, table: &DeTable<'_>, prefix: &str) {
        for (name, value) in table {
            let full = format!("{prefix}{}", name.get_ref());
            let line = (self.line)(name.span().start);
            let below = format!("{full}.");
            if full == USER_STORE {
                self.user_stores(value.get_ref(), line);
            } else if let Some(key) = KEYS.iter().find(|key| key.name == full) {
                self.contents.values.insert(key.name, (raw(value.get_ref()), line));
            } else if !KEYS.iter().any(|key| key.name.starts_with(&below)) {
                self.problem(&full, line, unknown(&full));
            } else if let DeValue::Table(table) = value.get_ref() {
                self.table(table, &below);
            } else {
                self.problem(&full, line, "must be a table".to_owned());
            }
        }
    }

    fn user_stores(&mut self, value: &DeValue<'_>, line: usize) {
        let tables: Option<Vec<_>> = match value {
            DeValue::Array(items) => items.iter().map(|item| Some((item.span(), item.get_ref().as_table()?))).collect(),
            _ => None,
        };
        let Some(tables) = tables else {
            return self.problem(USER_STORE, line, "must be tables, each below a line `[[user_store]]`".to_owned());
        };
        for (span, table) in tables {
            let values = table.iter().map(|(name, value)| {
                (name.get_ref().clone().into_owned(), (raw(value.get_ref()), (self.line)(name.span().start)))
            });
            self.contents.user_stores.push(Table { line: (self.line)(span.start), values: values.collect() });
        }
    }

    fn problem(&mut self, key: &str, line: usize, message: String) {
        let key: String = key.chars().take(100).map(|each| if each.is_ascii_graphic() { each } else { '?' }).collect();
        self.problems.push(ConfigurationProblem {
            key: Some(key),
            source: Some(Source::File(self.path.to_owned(), line)),
            message,
        });
    }
}

fn unknown(key: &str) -> String {
    let short: String = key.chars().take(100).collect();
    if short == "master_key" {
        return "never stands in the file: set `POSTERN_MASTER_KEY`, or name its file with `master_key_file`".to_owned();
    }
    let tables = KEYS.iter().filter_map(|key| Some(key.name.split_once('.')?.0));
    match nearest(&short, KEYS.iter().map(|key| key.name).chain(tables).chain([USER_STORE])) {
        Some(near) => format!("is not a key; did you mean `{near}`?"),
        None => "is not a key".to_owned(),
    }
}

fn raw(value: &DeValue<'_>) -> Raw {
    match value {
        DeValue::String(text) => Raw::Text(text.clone().into_owned()),
        DeValue::Boolean(flag) => Raw::Flag(*flag),
        DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).map_or(Raw::Other, Raw::Whole),
        DeValue::Array(items) => {
            let texts: Option<Vec<String>> = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect();
            texts.map_or(Raw::Other, Raw::List)
        }
        _ => Raw::Other,
    }
}
