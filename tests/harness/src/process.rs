//! Child processes that end when their handle is dropped.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::{guard, private_file};

/// The timeout for a process to become ready or to end.
const TIMEOUT: Duration = Duration::from_mins(1);

/// Ticks per second, the unit in which Linux reports CPU time on every architecture.
const TICKS: u64 = 100;

/// The CPU time that all threads of a process have used.
pub fn cpu(id: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).context("the process is gone")?;
    // The name in brackets may contain any character. After it comes field 3; the CPU time is in the fields 14 and 15.
    let (_, rest) = stat.rsplit_once(')').context("`stat` has no name")?;
    let ticks: Vec<u64> = rest.split_ascii_whitespace().skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
    Ok(Duration::from_millis(ticks.iter().sum::<u64>() * 1000 / TICKS))
}

/// A running child, which is killed and waited for when it is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command` with its standard error in the file `log`.
    pub fn start(mut command: Command, log: PathBuf) -> Result<Self> {
        // Envoy prints a configuration that it refuses, secrets included.
        let file = private_file::create(&log)?;
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command.stdin(Stdio::null()).stderr(file).spawn().with_context(|| format!("cannot start `{program}`"))?;
        guard::watch_process(child.id())?;
        Ok(Self { child, log })
    }

    /// The child itself, for its standard output.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// The child's process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The file with the child's standard error.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Whether the child still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Calls `ready` until it returns a value. Fails with the last lines of the log if the child ends or takes too long.
    pub fn wait_for<T>(&mut self, what: &str, mut ready: impl FnMut() -> Option<T>) -> Result<T> {
        let end = Instant::now() + TIMEOUT;
        loop {
            if let Some(answer) = ready() {
                return Ok(answer);
            }
            if !self.is_running() || Instant::now() > end {
                let log = std::fs::read_to_string(&self.log).unwrap_or_default();
                let tail: Vec<&str> = log.lines().rev().take(15).collect::<Vec<_>>().into_iter().rev().collect();
                bail!("{what} did not become ready; its log ends with:\n{}", tail.join("\n"));
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for the child to end by itself.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        let end = Instant::now() + TIMEOUT;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() > end {
                bail!("the process does not end by itself; its log is in `{}`", self.log.display());
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A child that has ended by itself must be waited for as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
        guard::unwatch_process(self.child.id());
    }
}
