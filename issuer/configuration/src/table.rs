//! Takes the values of one table of the file, of which there may be many.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::duration;
use super::file::{Raw, Table, USER_STORE};
use super::key::nearest;
use super::problem::{ConfigurationProblem, Source, Warning};

/// Reads each key once and gathers what is wrong. What was not asked for in the end is unknown.
pub(super) struct TableReader<'r> {
    file: &'r Path,
    line: usize,
    values: BTreeMap<String, (Raw, usize)>,
    /// The line of every key that was there.
    lines: BTreeMap<String, usize>,
    problems: &'r mut Vec<ConfigurationProblem>,
    warnings: &'r mut Vec<Warning>,
}

impl<'r> TableReader<'r> {
    pub(super) fn new(
        file: &'r Path,
        table: Table,
        problems: &'r mut Vec<ConfigurationProblem>,
        warnings: &'r mut Vec<Warning>,
    ) -> Self {
        let lines = table.values.iter().map(|(name, (_, line))| (name.clone(), *line)).collect();
        Self { file, line: table.line, values: table.values, lines, problems, warnings }
    }

    pub(super) fn problem(&mut self, name: &str, message: impl Into<String>) {
        let problem = self.said(name, message.into());
        self.problems.push(problem);
    }

    pub(super) fn warn(&mut self, name: &str, message: &str) {
        let warning = self.said(name, message.to_owned());
        self.warnings.push(warning);
    }

    /// What is missing is said of the line where the table begins.
    fn said(&self, name: &str, message: String) -> ConfigurationProblem {
        let line = self.lines.get(name).copied().unwrap_or(self.line);
        let name: String = name.chars().take(100).map(|each| if each.is_ascii_graphic() { each } else { '?' }).collect();
        let source = Some(Source::File(self.file.to_owned(), line));
        ConfigurationProblem { key: Some(format!("{USER_STORE}.{name}")), source, message }
    }

    /// Whether the table holds the key at all.
    pub(super) fn has(&self, name: &str) -> bool {
        self.lines.contains_key(name)
    }

    fn take<T>(&mut self, name: &str, read: impl FnOnce(Raw) -> Result<T, String>) -> Option<T> {
        let (raw, _) = self.values.remove(name)?;
        read(raw).map_err(|message| self.problem(name, message)).ok()
    }

    /// A text that is not empty.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        self.take(name, |raw| match raw {
            Raw::Text(text) if text.is_empty() => Err("is empty".to_owned()),
            Raw::Text(text) => Ok(text),
            _ => Err("must be a text in quotes".to_owned()),
        })
    }

    /// The same, which must be there.
    pub(super) fn needed(&mut self, name: &str, what_for: &str) -> Option<String> {
        if !self.has(name) {
            self.problem(name, format!("is missing: {what_for}"));
        }
        self.text(name)
    }

    /// The path of a file, which starts at the folder of the configuration file.
    pub(super) fn path(&mut self, name: &str) -> Option<PathBuf> {
        let text = self.text(name)?;
        Some(self.folder().join(text))
    }

    /// What stands where a path may stand.
    pub(super) fn raw_path(&mut self, name: &str) -> Option<OsString> {
        self.text(name).map(OsString::from)
    }

    /// The folder of the configuration file.
    pub(super) fn folder(&self) -> PathBuf {
        self.file.parent().map(Path::to_owned).unwrap_or_default()
    }

    /// `true` or `false`, which it is where nobody says anything.
    pub(super) fn flag(&mut self, name: &str) -> bool {
        let flag = self.take(name, |raw| match raw {
            Raw::Flag(flag) => Ok(flag),
            _ => Err("must be `true` or `false`".to_owned()),
        });
        flag.unwrap_or_default()
    }

    pub(super) fn number(&mut self, name: &str, least: u32, most: u32) -> Option<u32> {
        self.take(name, |raw| {
            let number = if let Raw::Whole(number) = raw { u32::try_from(number).ok() } else { None };
            let number = number.filter(|number| (least..=most).contains(number));
            number.ok_or_else(|| format!("must be a whole number from {least} to {most}"))
        })
    }

    pub(super) fn duration(&mut self, name: &str, least: Duration, most: Duration) -> Option<Duration> {
        self.take(name, |raw| {
            let Raw::Text(text) = raw else { return Err(duration::MESSAGE.to_owned()) };
            let duration = duration::parse(&text)?;
            let message = || format!("must be from {} to {}", duration::write(least), duration::write(most));
            if (least..=most).contains(&duration) { Ok(duration) } else { Err(message()) }
        })
    }

    /// Refuses the keys `names`, which have no meaning here.
    pub(super) fn refuse(&mut self, names: &[&str], why: &str) {
        for name in names {
            if self.values.remove(*name).is_some() {
                self.problem(name, why);
            }
        }
    }

    /// Takes the keys `names` for known, whatever they say.
    pub(super) fn pass_over(&mut self, names: &[&str]) {
        self.values.retain(|name, _| !names.contains(&name.as_str()));
    }

    /// Says of what is left that it is none of `names`.
    pub(super) fn finish(mut self, names: &[&str]) {
        for name in std::mem::take(&mut self.values).into_keys() {
            let near = nearest(&name.chars().take(100).collect::<String>(), names.iter().copied());
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            self.problem(&name, format!("is not a key{near}"));
        }
    }
}
