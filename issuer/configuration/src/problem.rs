//! What is wrong with a configuration, and where it was said.

use std::fmt;
use std::path::PathBuf;

/// Where a value came from. A later one of these goes before an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody said anything.
    Default,
    /// The file, and the line in it, from 1 on.
    File(PathBuf, usize),
    /// An environment variable.
    Variable(String),
    /// A flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::File(file, line) => write!(formatter, "line {line} of `{}`", file.display()),
            Self::Variable(name) => write!(formatter, "`{name}`"),
            Self::Flag(flag) => write!(formatter, "{flag}"),
        }
    }
}

/// One thing that is wrong. It names its key and where it was set, and holds no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationProblem {
    /// The key; `None` where it is about the whole file.
    pub key: Option<String>,
    /// Where it was set.
    pub source: Option<Source>,
    /// What is wrong, as what a sentence goes on with.
    pub message: String,
}

impl fmt::Display for ConfigurationProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.key, &self.source) {
            (Some(key), Some(source @ Source::File(..))) => write!(formatter, "`{key}` ({source}) {}", self.message),
            (Some(key), None | Some(Source::Default)) => write!(formatter, "`{key}` {}", self.message),
            // Variables and flags are named after their key.
            (_, Some(source)) => write!(formatter, "{source} {}", self.message),
            (None, None) => formatter.write_str(&self.message),
        }
    }
}

/// What is not as somebody may have meant it, but does not keep anything from running.
pub type Warning = ConfigurationProblem;

/// Everything that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationErrors(pub Vec<ConfigurationProblem>);

impl fmt::Display for ConfigurationErrors {
    /// Each problem on a line of its own.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(formatter, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigurationErrors {}
