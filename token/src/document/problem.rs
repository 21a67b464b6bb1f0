//! What is wrong with a document: all of it at once, each problem under the name of its field.

use std::fmt;

/// A place in a document, such as `apis[0].context`. It is formatted only when there is a problem to report.
#[derive(Debug, Clone, Copy)]
pub enum At<'a> {
    /// The document itself, written `.`.
    Root,
    /// A member of the object at a place.
    Field(&'a At<'a>, &'a str),
    /// An item of the list at a place.
    Item(&'a At<'a>, usize),
}

impl At<'_> {
    /// The member called `name`.
    pub const fn field<'b>(&'b self, name: &'b str) -> At<'b> {
        At::Field(self, name)
    }

    /// The item at `index`.
    pub const fn item(&self, index: usize) -> At<'_> {
        At::Item(self, index)
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => formatter.write_str("."),
            Self::Field(Self::Root, name) => formatter.write_str(name),
            Self::Field(parent, name) => write!(formatter, "{parent}.{name}"),
            Self::Item(Self::Root, index) => write!(formatter, "[{index}]"),
            Self::Item(parent, index) => write!(formatter, "{parent}[{index}]"),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field, as a path from the document's root.
    pub field: String,
    /// What is wrong with it; never a value out of the document.
    pub message: String,
}

/// All that is wrong with a document; empty when nothing is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds a problem, unless there is already one with the same field or a field around it: a default that replaces an
    /// unreadable value must not be reported as another problem.
    pub fn push(&mut self, at: At<'_>, message: impl Into<String>) {
        let field = at.to_string();
        if !self.0.iter().any(|problem| covers(&problem.field, &field)) {
            self.0.push(Problem { field, message: message.into() });
        }
    }

    /// The value of `result`; its error becomes a problem.
    pub fn take<T, E: fmt::Display>(&mut self, at: At<'_>, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.push(at, error.to_string())).ok()
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

/// Whether `field` is `other` or belongs to it.
fn covers(other: &str, field: &str) -> bool {
    other == "." || field.strip_prefix(other).is_some_and(|rest| matches!(rest.as_bytes().first(), None | Some(b'.' | b'[')))
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
