//! Cleans up after this process, however it ends: a helper process kills what still runs and removes folders.
//!
//! A fixture that tests share lives in a `static`, which is never dropped; and a test run may be killed.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};

const SCRIPT: &str = include_str!("guard.sh");

/// The helper, once something is to be cleaned up.
static HELPER: Mutex<Option<Child>> = Mutex::new(None);

/// Has a child killed when this process ends.
pub(crate) fn watch_process(id: u32) -> Result<()> {
    tell(&format!("kill {id}"))
}

/// Takes back [`watch_process`]: the child has ended and was waited for, so that its id may be another process's.
pub(crate) fn forget_process(id: u32) {
    // Without the helper there is nothing to forget.
    let _ = tell(&format!("forget {id}"));
}

/// Has a folder removed when this process ends.
pub fn watch_folder(folder: &Path) -> Result<()> {
    tell(&format!("remove {}", folder.display()))
}

fn tell(line: &str) -> Result<()> {
    let mut helper = HELPER.lock().unwrap_or_else(PoisonError::into_inner);
    if helper.is_none() {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "guard.sh"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Ctrl-C ends this process. The helper hears of that by the end of its input.
        command.process_group(0);
        *helper = Some(command.spawn().context("cannot start the helper that cleans up")?);
    }
    let input = helper.as_mut().and_then(|helper| helper.stdin.as_mut()).context("the helper has no input")?;
    Ok(writeln!(input, "{line}")?)
}
