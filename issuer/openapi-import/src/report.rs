//! The problems of one import.

use std::fmt;

use postern_token::bundle::{At, Problems};

/// How many problems are told. A hostile document may have one in every line.
const MAX_PROBLEMS: usize = 100;

/// All problems up to [`MAX_PROBLEMS`], and after them that there are more.
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
            self.problems.push(At::Root, "there are more problems than are told here");
        }
    }

    /// Makes sure that there is a problem.
    pub(super) fn ensure(&mut self, at: At<'_>, message: &str) {
        if self.problems.is_empty() {
            self.push(at, message);
        }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// The value of `result`; its error becomes a problem.
    pub(super) fn take<T, E: fmt::Display>(&mut self, at: At<'_>, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.push(at, error.to_string())).ok()
    }

    /// `value` when there is no problem.
    pub(super) fn or<T>(self, value: Option<T>) -> Result<T, Problems> {
        self.problems.or(value)
    }
}
