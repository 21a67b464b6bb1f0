//! The output of commands: JSON on standard output, private files, and warnings and notes on standard error.

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Serialize;

/// Prints `value` as one line of JSON.
pub(super) fn print(value: &impl Serialize) -> anyhow::Result<()> {
    let mut line = serde_json::to_vec(value).context("cannot write the answer as JSON")?;
    line.push(b'\n');
    write_to_stdout(&line)
}

/// Prints a warning to standard error.
pub(super) fn warn(message: &str) {
    // A warning that cannot be printed must not stop the command.
    let _ = writeln!(io::stderr(), "postern: warning: {message}");
}

/// Prints a note to standard error if that is a terminal, so that scripts see only the output.
pub(super) fn note(message: &str) {
    let mut stderr = io::stderr();
    if stderr.is_terminal() {
        // A note that cannot be printed must not stop the command.
        let _ = writeln!(stderr, "{message}");
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

fn write_to_stdout(content: &[u8]) -> anyhow::Result<()> {
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
