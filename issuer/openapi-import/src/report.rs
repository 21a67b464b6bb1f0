//! Collects the problems of one import.

use std::fmt;

use postern_token::bundle::{At, Problems};

/// The maximum number of reported problems. A hostile document may have one in every line.
const MAX_PROBLEMS: usize = 100;

/// The problems up to [`MAX_PROBLEMS`], followed by one that says that there are more.
#[derive(Default)]
pub(super) struct Report {
    problems: Problems,
    pushed: usize,
}

impl Report {
    pub(super) fn push(&mut self, at: At<'_>, message: impl Into<String>) {
        self.pushed += 1;
        if self.pushed <= MAX_PROBLEMS {
            self.problems.push(at, message);
        } else if self.pushed == MAX_PROBLEMS + 1 {
            self.problems.push(At::Root, "has more problems than are listed");
        }
    }

    /// Adds a problem if there is none.
    pub(super) fn ensure(&mut self, at: At<'_>, message: &str) {
        if self.problems.is_empty() {
            self.push(at, message);
        }
    }

    /// Whether there is no problem.
    pub(super) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// The value of `result`; an error is added as a problem at `at`.
    pub(super) fn take<T, E: fmt::Display>(&mut self, at: At<'_>, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.push(at, error.to_string())).ok()
    }

    /// Returns `value` if there is no problem.
    pub(super) fn or<T>(self, value: Option<T>) -> Result<T, Problems> {
        self.problems.or(value)
    }
}
