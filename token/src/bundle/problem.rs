//! What is wrong with a document: all of it at once, each problem under the name of its field.

use std::fmt;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field, as a path from the document's root: `apis[0].context`.
    pub field: String,
    /// What is wrong with it; never a value out of the document.
    pub message: String,
}

/// All that is wrong with a document; empty when nothing is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds a problem.
    pub fn push(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem { field: field.into(), message: message.into() });
    }

    /// Adds a problem in place of a value. `.` stands for the document itself.
    pub(crate) fn refuse<T>(&mut self, at: &str, message: &str) -> Option<T> {
        self.push(if at.is_empty() { "." } else { at }, message);
        None
    }

    /// The value of `result`; its error becomes a problem with `field`.
    pub fn take<T, E: fmt::Display>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.push(field, error.to_string())).ok()
    }

    /// `value` when there is no problem.
    pub fn or<T>(self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self),
        }
    }

    /// Each problem.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(formatter, "{separator}`{}`: {}", problem.field, problem.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
