//! The strict reader of values: the configuration's own keys, and the keys of each user store.
//!
//! It collects every problem, each with its key and the place where the key was set, and never quotes a value.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use postern_time::{DurationError, format_duration, parse_duration};
use postern_token::AddressBlock;

use super::problem::{ConfigurationProblem, Source, Warning};
use super::secret_file::SecretFile;

/// Values by the names of their keys.
pub(super) type Values = BTreeMap<String, Given>;

/// A value, and where it was set.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) source: Source,
    pub(super) value: Value,
}

/// A value before its type is checked.
#[derive(Debug)]
pub(super) enum Value {
    String(String),
    Integer(u64),
    /// An array of strings.
    List(Vec<String>),
    Boolean(bool),
    /// A table of strings.
    Table(BTreeMap<String, String>),
    /// A value of the environment or of a flag, where everything is text.
    Untyped(OsString),
    /// A TOML value that no key takes.
    Other,
}

/// The effective value of one key, as `postern config print` shows it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Effective {
    /// The key.
    pub key: &'static str,
    /// The value, without secrets; `None` if nothing is set.
    pub value: Option<String>,
    /// Where the value was set.
    pub from: String,
}

/// What was found while reading.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) problems: Vec<ConfigurationProblem>,
    pub(super) warnings: Vec<Warning>,
    pub(super) secret_files: BTreeSet<SecretFile>,
}

/// Reads the values of one table. A value that is wrong becomes a problem, and is then read as if it were not set.
pub(super) struct Reader<'r> {
    /// What precedes the name of a key in a problem.
    prefix: &'static str,
    values: Values,
    /// Where a key that is not set is reported.
    table: Source,
    /// The folder of the configuration file: relative paths in the file start there.
    folder: PathBuf,
    findings: &'r mut Findings,
    /// The effective values that were recorded, in the order of reading.
    pub(super) effective: Vec<Effective>,
}

impl<'r> Reader<'r> {
    pub(super) fn new(prefix: &'static str, values: Values, table: Source, folder: PathBuf, findings: &'r mut Findings) -> Self {
        Self { prefix, values, table, folder, findings, effective: Vec::new() }
    }

    /// Whether the key is set, with a right or a wrong value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Where the key is set.
    pub(super) fn source(&self, name: &str) -> &Source {
        self.values.get(name).map_or(&self.table, |given| &given.source)
    }

    /// Where a relative path in the key's value starts: the folder of the file, or the current one.
    pub(super) fn folder_of(&self, name: &str) -> PathBuf {
        match self.source(name) {
            Source::File(..) => self.folder.clone(),
            Source::Default | Source::Variable(_) | Source::Flag(_) => PathBuf::new(),
        }
    }

    pub(super) fn problem(&mut self, name: &str, message: impl Into<String>) {
        let problem = self.finding(name, message.into());
        self.findings.problems.push(problem);
    }

    pub(super) fn warn(&mut self, name: &str, message: &str) {
        let warning = self.finding(name, message.to_owned());
        self.findings.warnings.push(warning);
    }

    fn finding(&self, name: &str, message: String) -> ConfigurationProblem {
        let source = Some(self.source(name).clone());
        ConfigurationProblem { key: Some(format!("{}{name}", self.prefix)), source, message }
    }

    /// Notes that `file` holds a password.
    pub(super) fn password_in(&mut self, file: PathBuf) {
        self.findings.secret_files.insert(SecretFile { what: "password file", path: file });
    }

    /// Notes that the value of a key holds a password.
    pub(super) fn has_password(&mut self, name: &str) {
        if let Source::File(path, _) = self.source(name).clone() {
            self.findings.secret_files.insert(SecretFile { what: "configuration file, which holds a password,", path });
        }
    }

    /// A problem that belongs to no key of the table.
    pub(super) fn problem_of(&mut self, source: Source, message: String) {
        self.findings.problems.push(ConfigurationProblem { key: None, source: Some(source), message });
    }

    /// Records the effective value of a key.
    pub(super) fn record(&mut self, key: &'static str, value: Option<String>) {
        let from = self.source(key).to_string();
        self.effective.push(Effective { key, value, from });
    }

    /// Makes it a problem if one of the keys `names` is set.
    pub(super) fn reject(&mut self, names: &[&str], why: &str) {
        for name in names {
            if self.has(name) {
                self.problem(name, why);
            }
        }
    }

    fn read<T>(&mut self, name: &str, parse: impl FnOnce(&Value) -> Result<T, String>) -> Option<T> {
        let parsed = parse(&self.values.get(name)?.value);
        parsed.map_err(|message| self.problem(name, message)).ok()
    }

    /// A string, which is not empty.
    pub(super) fn string(&mut self, name: &str) -> Option<String> {
        self.read(name, |value| match value.text("must be a string in quotes")? {
            "" => Err(EMPTY.to_owned()),
            text => Ok(text.to_owned()),
        })
    }

    /// The same for a required key; `why` says what it is for.
    pub(super) fn required(&mut self, name: &str, why: &str) -> Option<String> {
        if !self.has(name) {
            self.problem(name, format!("is missing: {why}"));
        }
        self.string(name)
    }

    /// A string that may be a path and need not be UTF-8. It is not empty.
    pub(super) fn os_string(&mut self, name: &str) -> Option<OsString> {
        self.read(name, |value| match value {
            Value::Untyped(text) if text.is_empty() => Err(EMPTY.to_owned()),
            Value::Untyped(text) => Ok(text.clone()),
            Value::String(text) if text.is_empty() => Err(EMPTY.to_owned()),
            Value::String(text) => Ok(text.into()),
            _ => Err("must be a string in quotes".to_owned()),
        })
    }

    /// The path of a file.
    pub(super) fn path(&mut self, name: &str) -> Option<PathBuf> {
        let path = self.os_string(name)?;
        Some(self.folder_of(name).join(path))
    }

    /// The items of a list of strings, none of which is empty.
    pub(super) fn strings(&mut self, name: &str) -> Option<Vec<String>> {
        self.read(name, |value| {
            let items = value.list().filter(|items| !items.is_empty() && items.iter().all(|item| !item.is_empty()));
            let items = items.ok_or("must be a list of strings, such as `[\"openid\", \"email\"]`")?;
            Ok(items.into_iter().map(str::to_owned).collect())
        })
    }

    /// A table of strings; empty if it is not set.
    pub(super) fn table(&mut self, name: &str) -> BTreeMap<String, String> {
        let read = self.read(name, |value| match value {
            Value::Table(table) => Ok(table.clone()),
            _ => Err("must be a table with strings, such as `{ \"admins\" = \"administrator\" }`".to_owned()),
        });
        read.unwrap_or_default()
    }

    pub(super) fn address(&mut self, name: &str) -> Option<SocketAddr> {
        const MESSAGE: &str =
            "must be an address and a port, such as `127.0.0.1:8080` or `[::1]:8080`; not a name, and the port is at most 65535";
        self.read(name, |value| value.text(MESSAGE)?.parse().map_err(|_| MESSAGE.to_owned()))
    }

    /// `false` if it is not set.
    pub(super) fn boolean(&mut self, name: &str) -> bool {
        let read = self.read(name, |value| match value {
            Value::Boolean(flag) => Ok(*flag),
            Value::Untyped(text) if text == "true" => Ok(true),
            Value::Untyped(text) if text == "false" => Ok(false),
            _ => Err("must be `true` or `false`".to_owned()),
        });
        read.unwrap_or_default()
    }

    pub(super) fn number(&mut self, name: &str, range: RangeInclusive<u32>) -> Option<u32> {
        self.read(name, |value| {
            let number = value.whole_number().and_then(|number| u32::try_from(number).ok());
            let number = number.filter(|number| range.contains(number));
            number.ok_or_else(|| format!("must be a whole number from {} to {}", range.start(), range.end()))
        })
    }

    pub(super) fn duration(&mut self, name: &str, range: RangeInclusive<Duration>) -> Option<Duration> {
        self.read(name, |value| {
            let message = DurationError.to_string();
            let duration = parse_duration(value.text(&message)?).map_err(|_| message)?;
            let message = || format!("must be from {} to {}", format_duration(*range.start()), format_duration(*range.end()));
            if range.contains(&duration) { Ok(duration) } else { Err(message()) }
        })
    }

    /// Every block of a list that is right; each one that is wrong is a problem.
    pub(super) fn address_blocks(&mut self, name: &str) -> Vec<AddressBlock> {
        let parsed: Option<Vec<Result<AddressBlock, _>>> = self.read(name, |value| {
            let texts = value.list().ok_or("must be a list of CIDR blocks, such as `[\"192.0.2.0/24\"]`")?;
            Ok(texts.iter().map(|text| text.parse()).collect())
        });
        let mut blocks = Vec::new();
        for (index, parsed) in parsed.into_iter().flatten().enumerate() {
            match parsed {
                Ok(block) => blocks.push(block),
                Err(message) => self.problem(name, format!("[{index}] {message}")),
            }
        }
        blocks
    }
}

const EMPTY: &str = "must not be empty";

impl Value {
    /// The text of a string; `message` says what is wrong with any other type.
    fn text(&self, message: &str) -> Result<&str, String> {
        match self {
            Self::String(text) => Ok(text),
            Self::Untyped(text) => text.to_str().ok_or_else(|| "is not UTF-8".to_owned()),
            _ => Err(message.to_owned()),
        }
    }

    fn whole_number(&self) -> Option<u64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Untyped(text) => {
                let text = text.to_str()?;
                // `parse` would also take a sign.
                text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
            }
            _ => None,
        }
    }

    /// The items of a list, which is separated by commas in the environment.
    fn list(&self) -> Option<Vec<&str>> {
        match self {
            Self::List(items) => Some(items.iter().map(String::as_str).collect()),
            Self::Untyped(text) => Some(text.to_str()?.split(',').map(str::trim).collect()),
            _ => None,
        }
    }
}
