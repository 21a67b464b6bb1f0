//! The output of commands: results on standard output, private files, and warnings and notes on standard error.

mod cells;
mod lists;
mod table;
mod variables;

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use postern_model::visible;
use serde::Serialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

#[cfg(test)]
pub(super) use lists::LISTS;

/// The form of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A table for people
    Table,
    /// JSON for programs
    Json,
    /// Only the token, secret or key that the command creates
    Token,
    /// A line NAME='value' for each value, for a shell or a `.env` file
    Env,
}

/// Prints results in one form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Printer(Format);

impl Printer {
    /// The printer of a chosen form; without a choice, a table on a terminal, and JSON elsewhere.
    pub(super) fn new(chosen: Option<Format>) -> Self {
        let default = || if io::stdout().is_terminal() { Format::Table } else { Format::Json };
        Self(chosen.unwrap_or_else(default))
    }

    /// The form.
    pub(super) const fn format(self) -> Format {
        self.0
    }

    /// Prints a result. As JSON it is one line.
    pub(super) fn print(self, result: &impl Serialize) -> anyhow::Result<()> {
        let words = "cannot write the answer as JSON";
        if self.0 == Format::Json {
            return self.print_json(&Zeroizing::new(serde_json::to_vec(result).context(words)?));
        }
        self.print_value(&serde_json::to_value(result).context(words)?)
    }

    /// Prints a result that is JSON already: as JSON, its bytes do not change.
    pub(super) fn print_json(self, result: &[u8]) -> anyhow::Result<()> {
        if self.0 == Format::Json {
            return write_to_stdout(&Zeroizing::new([result, b"\n"].concat()));
        }
        self.print_value(&serde_json::from_slice(result).context("the server's response is not JSON")?)
    }

    /// Prints the items of a list, which JSON shows in the field `name`.
    pub(super) fn print_list(self, name: &str, items: Vec<Value>) -> anyhow::Result<()> {
        let mut list = json!({});
        if let Some(fields) = list.as_object_mut() {
            fields.insert(name.to_owned(), items.into());
        }
        self.print(&list)
    }

    fn print_value(self, result: &Value) -> anyhow::Result<()> {
        let text = match self.0 {
            Format::Table | Format::Json => return print_table(result),
            Format::Token => variables::token(result).map(|token| format!("{token}\n")),
            Format::Env => variables::lines(result),
        };
        write_to_stdout(text.context("the result has no token: --output json shows all of it")?.as_bytes())
    }
}

fn print_table(result: &Value) -> anyhow::Result<()> {
    let table = table::of(result, width());
    write_to_stdout(table.text.as_bytes())?;
    if let Some(next) = table.empty {
        // A note that cannot be printed must not stop the command.
        let _ = writeln!(io::stderr(), "{next}");
    }
    if !table.left_out.is_empty() {
        note(&format!("not shown for lack of width: {}; --output json shows all", table.left_out.join(", ")));
    }
    Ok(())
}

/// The width of the terminal in columns, or else that of the variable `COLUMNS`; `None` if tables may be of any width.
fn width() -> Option<usize> {
    let terminal = terminal_size::terminal_size_of(io::stdout()).map(|(terminal_size::Width(columns), _)| usize::from(columns));
    let given = || std::env::var("COLUMNS").ok()?.parse().ok();
    terminal.filter(|columns| *columns > 0).or_else(given)
}

/// Prints a warning to standard error.
pub(super) fn warn(message: &str) {
    // A warning that cannot be printed must not stop the command.
    let _ = writeln!(io::stderr(), "postern: warning: {}", visible(message));
}

/// Prints a note to standard error if that is a terminal, so that scripts see only the output.
pub(super) fn note(message: &str) {
    let mut stderr = io::stderr();
    if stderr.is_terminal() {
        // A note that cannot be printed must not stop the command.
        let _ = writeln!(stderr, "{}", visible(message));
    }
}

/// Writes `content`, which may hold secrets, to `file` with mode 0600, or to standard output.
///
/// The file is replaced in one step, so that an edge never starts from half of a file.
pub(super) fn write_private(file: Option<&Path>, content: &[u8]) -> anyhow::Result<()> {
    match file {
        None => write_to_stdout(content),
        Some(file) => replace(file, content).with_context(|| format!("cannot write `{}`", file.display())),
    }
}

/// Writes to standard output.
pub(super) fn write_to_stdout(content: &[u8]) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(content).and_then(|()| stdout.flush()).context("cannot write to standard output")
}

fn replace(file: &Path, content: &[u8]) -> anyhow::Result<()> {
    // Replace the target of a link, not the link. Refuse a device: renaming over `/dev/stdout` would delete it.
    let file = match fs::metadata(file) {
        Ok(found) if !found.is_file() => bail!("not a regular file: for standard output leave out --out"),
        Ok(_) => fs::canonicalize(file)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => file.to_owned(),
        Err(error) => return Err(error.into()),
    };
    let Some(name) = file.file_name() else { bail!("not a file name") };
    let mut temporary = std::ffi::OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}", std::process::id()));
    let temporary: PathBuf = file.with_file_name(temporary);
    let written = write_new(&temporary, content).and_then(|()| fs::rename(&temporary, &file));
    if written.is_err() {
        // The first error is the one to report.
        let _ = fs::remove_file(&temporary);
    }
    Ok(written?)
}

fn write_new(file: &Path, content: &[u8]) -> io::Result<()> {
    let mut created = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    created.write_all(content)?;
    created.sync_all()
}
