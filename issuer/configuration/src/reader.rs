//! Takes each key's value from whoever says it last: default, file, variable, flag.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use postern_token::AddressBlock;

use super::duration;
use super::file::{Raw, Values};
use super::key::{CALLERS_VARIABLES, CONFIG_VARIABLE, KEYS, Key, MASTER_KEY_VARIABLE, PREFIX, nearest};
use super::problem::{ConfigurationProblem, Source, Warning};

/// What is said of an address that is none.
const ADDRESS: &str = "must be an address and a port, such as `127.0.0.1:8080` or `[::1]:8080`";

/// A value, and where it came from.
struct Given {
    source: Source,
    value: Value,
}

enum Value {
    File(Raw),
    /// From the environment or the command line, where everything is text.
    Text(OsString),
}

/// One key's value as it counts, for people.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Effective {
    /// The key.
    pub key: &'static str,
    /// The value, secrets left out; `None` where nothing is set.
    pub value: Option<String>,
    /// Where it came from.
    pub from: String,
}

/// Reads every key once and gathers what is wrong.
pub(super) struct Reader {
    given: BTreeMap<&'static str, Given>,
    folder: PathBuf,
    pub(super) master_key: Option<OsString>,
    pub(super) problems: Vec<ConfigurationProblem>,
    pub(super) warnings: Vec<Warning>,
    pub(super) effective: Vec<Effective>,
}

impl Reader {
    pub(super) fn new(
        file: Option<(&Path, Values)>,
        environment: impl Iterator<Item = (OsString, OsString)>,
        flags: impl Iterator<Item = (&'static Key, OsString)>,
        problems: Vec<ConfigurationProblem>,
    ) -> Self {
        let folder = file.as_ref().and_then(|(path, _)| path.parent()).map(Path::to_owned).unwrap_or_default();
        let mut reader =
            Self { given: BTreeMap::new(), folder, master_key: None, problems, warnings: Vec::new(), effective: Vec::new() };
        if let Some((path, values)) = file {
            for key in KEYS {
                let Some((raw, line)) = values.get(key.name) else { continue };
                let given = Given { source: Source::File(path.to_owned(), *line), value: Value::File(raw.clone()) };
                reader.given.insert(key.name, given);
            }
        }
        reader.take_environment(environment);
        for (key, value) in flags {
            let source = key.flag.map_or(Source::Default, Source::Flag);
            reader.given.insert(key.name, Given { source, value: Value::Text(value) });
        }
        reader
    }

    fn take_environment(&mut self, environment: impl Iterator<Item = (OsString, OsString)>) {
        let names: BTreeMap<String, &'static Key> = KEYS.into_iter().map(|key| (key.variable(), key)).collect();
        for (name, value) in environment {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
            match names.get(name) {
                // As it is where a variable cannot be unset, only emptied: in many a container.
                Some(_) if value.is_empty() => {}
                Some(key) => {
                    let given = Given { source: Source::Variable(name.to_owned()), value: Value::Text(value) };
                    self.given.insert(key.name, given);
                }
                None if name == MASTER_KEY_VARIABLE => self.master_key = Some(value),
                None if name == CONFIG_VARIABLE || CALLERS_VARIABLES.contains(&name) => {}
                // Others set such variables too: Kubernetes does for a service that is called `postern`.
                None => {
                    let near = nearest(name, names.keys().map(String::as_str));
                    let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                    let source = Some(Source::Variable(name.chars().take(100).collect()));
                    self.warnings.push(Warning { key: None, source, message: format!("means nothing here{near}") });
                }
            }
        }
    }

    /// Where the value of `key` comes from.
    pub(super) fn source(&self, key: &Key) -> Source {
        self.given.get(key.name).map_or(Source::Default, |given| given.source.clone())
    }

    pub(super) fn problem(&mut self, key: &Key, message: impl Into<String>) {
        let source = Some(self.source(key));
        self.problems.push(ConfigurationProblem { key: Some(key.name.to_owned()), source, message: message.into() });
    }

    pub(super) fn warn(&mut self, key: &Key, message: &str) {
        let source = Some(self.source(key));
        self.warnings.push(Warning { key: Some(key.name.to_owned()), source, message: message.to_owned() });
    }

    /// What `read` makes of the value of `key`; `None` when nobody gives one, or when it is wrong, which is a problem.
    fn take<T>(&mut self, key: &'static Key, read: impl FnOnce(&Given) -> Result<T, String>) -> Option<T> {
        let result = read(self.given.get(key.name)?);
        result.map_err(|message| self.problem(key, message)).ok()
    }

    /// Notes what counts for `key`.
    pub(super) fn note(&mut self, key: &'static Key, value: Option<String>) {
        let from = self.source(key).to_string();
        self.effective.push(Effective { key: key.name, value, from });
    }

    /// A text.
    pub(super) fn text(&mut self, key: &'static Key) -> Option<String> {
        self.take(key, |given| Ok(given.text("must be a text in quotes")?.to_owned()))
    }

    /// The path of a file; one in the configuration file starts at the folder of that.
    pub(super) fn path(&mut self, key: &'static Key) -> Option<PathBuf> {
        let path = self.raw_path(key).map(|path| self.folder_of(key).join(path));
        self.note(key, path.as_ref().map(|path| path.display().to_string()));
        path
    }

    /// What stands where a path may stand.
    pub(super) fn raw_path(&mut self, key: &'static Key) -> Option<OsString> {
        self.take(key, |given| {
            let path = match &given.value {
                Value::File(Raw::Text(text)) => OsString::from(text),
                Value::File(_) => return Err("must be a file's path in quotes".to_owned()),
                Value::Text(text) => text.clone(),
            };
            if path.is_empty() { Err("is empty".to_owned()) } else { Ok(path) }
        })
    }

    /// The folder of the configuration file.
    pub(super) fn folder_of(&self, key: &Key) -> PathBuf {
        match self.source(key) {
            Source::File(..) => self.folder.clone(),
            _ => PathBuf::new(),
        }
    }

    pub(super) fn address(&mut self, key: &'static Key, default: Option<SocketAddr>) -> Option<SocketAddr> {
        let address = self.take(key, |given| given.text(ADDRESS)?.parse().map_err(|_| ADDRESS.to_owned()));
        let address = address.or(default);
        self.note(key, address.map(|address| address.to_string()));
        address
    }

    pub(super) fn number(&mut self, key: &'static Key, least: u32, most: u32) -> Option<u32> {
        self.take(key, |given| {
            let number = given.whole().and_then(|number| u32::try_from(number).ok());
            let number = number.filter(|number| (least..=most).contains(number));
            number.ok_or_else(|| format!("must be a whole number from {least} to {most}"))
        })
    }

    /// A limit, where 0 means that there is none.
    pub(super) fn limit(&mut self, key: &'static Key, default: Option<NonZeroU32>) -> Option<NonZeroU32> {
        let limit = self.number(key, 0, 1_000_000).map_or(default, NonZeroU32::new);
        self.note(key, limit.map(|limit| limit.to_string()));
        limit
    }

    pub(super) fn duration(&mut self, key: &'static Key, default: Duration, least: Duration, most: Duration) -> Duration {
        let duration = self.given_duration(key, least, most).unwrap_or(default);
        self.note(key, Some(duration::write(duration)));
        duration
    }

    /// One that need not be.
    pub(super) fn optional_duration(&mut self, key: &'static Key, least: Duration, most: Duration) -> Option<Duration> {
        let duration = self.given_duration(key, least, most);
        self.note(key, duration.map(duration::write));
        duration
    }

    fn given_duration(&mut self, key: &'static Key, least: Duration, most: Duration) -> Option<Duration> {
        self.take(key, |given| {
            let duration = duration::parse(given.text(duration::MESSAGE)?)?;
            let message = || format!("must be from {} to {}", duration::write(least), duration::write(most));
            if (least..=most).contains(&duration) { Ok(duration) } else { Err(message()) }
        })
    }

    pub(super) fn blocks(&mut self, key: &'static Key) -> Vec<AddressBlock> {
        let parsed: Option<Vec<Result<AddressBlock, _>>> = self.take(key, |given| {
            let texts = given.list().ok_or("must be a list of CIDR blocks, such as `[\"192.0.2.0/24\"]`")?;
            Ok(texts.iter().map(|text| text.parse()).collect())
        });
        let mut blocks = Vec::new();
        for (index, parsed) in parsed.into_iter().flatten().enumerate() {
            match parsed {
                Ok(block) => blocks.push(block),
                Err(message) => self.problem(key, format!("[{index}] {message}")),
            }
        }
        let written: Vec<String> = blocks.iter().map(ToString::to_string).collect();
        self.note(key, Some(written.join(",")));
        blocks
    }
}

impl Given {
    fn text(&self, message: &str) -> Result<&str, String> {
        match &self.value {
            Value::File(Raw::Text(text)) => Ok(text),
            Value::File(_) => Err(message.to_owned()),
            Value::Text(text) => text.to_str().ok_or_else(|| "is not UTF-8".to_owned()),
        }
    }

    fn whole(&self) -> Option<u64> {
        match &self.value {
            Value::File(Raw::Whole(number)) => Some(*number),
            Value::File(_) => None,
            Value::Text(text) => {
                let text = text.to_str()?;
                text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
            }
        }
    }

    /// In the environment a list is written with commas.
    fn list(&self) -> Option<Vec<&str>> {
        match &self.value {
            Value::File(Raw::List(items)) => Some(items.iter().map(String::as_str).collect()),
            Value::File(_) => None,
            Value::Text(text) => Some(text.to_str()?.split(',').map(str::trim).collect()),
        }
    }
}
