//! Cleans up after this process, however it ends: a helper process kills child processes and removes folders.
//!
//! This is needed because shared fixtures are in a `static`, which is never dropped, and because a test run may be killed.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};

const SCRIPT: &str = include_str!("guard.sh");

/// The helper, once there is something to clean up.
static HELPER: Mutex<Option<Child>> = Mutex::new(None);

/// Lets the helper kill a child when this process ends.
pub(crate) fn watch_process(id: u32) -> Result<()> {
    send(&format!("kill {id}"))
}

/// Undoes [`watch_process`] for a child that has ended and was waited for: its id may belong to another process now.
pub(crate) fn unwatch_process(id: u32) {
    // Without the helper there is nothing to undo.
    let _ = send(&format!("unwatch {id}"));
}

/// Lets the helper remove a folder when this process ends.
pub fn watch_folder(folder: &Path) -> Result<()> {
    send(&format!("remove {}", folder.display()))
}

fn send(line: &str) -> Result<()> {
    let mut helper = HELPER.lock().unwrap_or_else(PoisonError::into_inner);
    if helper.is_none() {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "guard.sh"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Ctrl-C is for this process only. The helper notices the end of this process by the end of its input.
        command.process_group(0);
        *helper = Some(command.spawn().context("cannot start the helper that cleans up")?);
    }
    let input = helper.as_mut().and_then(|helper| helper.stdin.as_mut()).context("the helper has no input")?;
    Ok(writeln!(input, "{line}")?)
}
