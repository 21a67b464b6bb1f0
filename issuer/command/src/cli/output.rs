//! What commands give back: JSON on standard output, or a file for its owner alone; and what they say beside it.

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

/// Says what may not be meant, on standard error.
pub(super) fn warn(words: &str) {
    // Where nobody can hear it, nothing is lost.
    let _ = writeln!(io::stderr(), "postern: warning: {words}");
}

/// Says something to whoever watches at a terminal. A program is told nothing but what it asks for.
pub(super) fn note(words: &str) {
    let mut watcher = io::stderr();
    if watcher.is_terminal() {
        // Where nobody can hear it, nothing is lost.
        let _ = writeln!(watcher, "{words}");
    }
}

/// Writes `content`, which holds secrets, to `file` for its owner alone to read, or to standard output.
///
/// The file is complete or not there at all: an edge never starts from half of one.
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
    // A link stays and what it leads to is replaced, and a device is never taken for a file: renaming over `/dev/stdout`
    // would do away with it.
    let file = match fs::metadata(file) {
        Ok(found) if !found.is_file() => bail!("not a regular file: for standard output leave out --out"),
        Ok(_) => fs::canonicalize(file)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => file.to_owned(),
        Err(error) => return Err(error.into()),
    };
    let Some(name) = file.file_name() else { bail!("not a file name") };
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}", std::process::id()));
    let beside: PathBuf = file.with_file_name(beside);
    let written = write_new(&beside, content).and_then(|()| fs::rename(&beside, &file));
    if written.is_err() {
        // The error that counts is the one that brought us here.
        let _ = fs::remove_file(&beside);
    }
    Ok(written?)
}

fn write_new(file: &Path, content: &[u8]) -> io::Result<()> {
    let mut created = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    created.write_all(content)?;
    created.sync_all()
}
