//! Problems of a configuration, each with the place where the value was set.

use std::fmt;
use std::path::PathBuf;

/// Where a value was set. Later variants override earlier ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nowhere: the default applies.
    Default,
    /// In this file, at this line; lines begin at 1.
    File(PathBuf, usize),
    /// In this environment variable.
    Variable(String),
    /// In this command-line flag.
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

/// One problem. It names the key and the place where the key was set, and never quotes a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationProblem {
    /// The key; `None` for a problem of the whole file, of a variable or of a flag.
    pub key: Option<String>,
    /// Where the key was set.
    pub source: Option<Source>,
    /// What is wrong; it continues a sentence that begins with the key or the source.
    pub message: String,
}

impl fmt::Display for ConfigurationProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.key, &self.source) {
            (Some(key), Some(source @ Source::File(..))) => write!(formatter, "`{key}` ({source}) {}", self.message),
            (Some(key), None | Some(Source::Default)) => write!(formatter, "`{key}` {}", self.message),
            // The name of a variable or a flag already says which key it is.
            (_, Some(source)) => write!(formatter, "{source} {}", self.message),
            (None, None) => formatter.write_str(&self.message),
        }
    }
}

/// A setting that has no effect or is dangerous. The configuration can still be used.
pub type Warning = ConfigurationProblem;

/// All problems of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationErrors(pub Vec<ConfigurationProblem>);

impl fmt::Display for ConfigurationErrors {
    /// One problem on each line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(formatter, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigurationErrors {}
