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
    Ok(Stat::of(id)?.own)
}

/// The CPU time that a process and its children have used, and the children of it that have ended.
pub fn cpu_with_children(id: u32) -> Result<Duration> {
    let own = Stat::of(id)?;
    let mut all = own.own + own.ended_children;
    for entry in std::fs::read_dir("/proc")? {
        let other = entry?.file_name().to_str().and_then(|name| name.parse().ok());
        // A process may end between the two steps.
        if let Some(child) = other.and_then(|other| Stat::of(other).ok()).filter(|stat| stat.parent == id) {
            all += child.own + child.ended_children;
        }
    }
    Ok(all)
}

/// The CPU time that all processes of this machine and its kernel have used.
pub fn cpu_of_machine() -> Result<Duration> {
    let stat = std::fs::read_to_string("/proc/stat")?;
    let line = stat.lines().next().and_then(|line| line.strip_prefix("cpu ")).context("`/proc/stat` has no sum")?;
    let fields: Vec<u64> = line.split_ascii_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    // user, nice, system, (idle, iowait,) irq, softirq; what other machines had, and guests, who are part of user, come after these.
    let busy = fields.iter().take(3).chain(fields.iter().skip(5).take(2));
    Ok(of_ticks(busy.sum()))
}

fn of_ticks(ticks: u64) -> Duration {
    Duration::from_millis(ticks * 1000 / TICKS)
}

/// What the kernel says of a process.
struct Stat {
    parent: u32,
    /// The CPU time of all threads.
    own: Duration,
    /// That of the children that have ended.
    ended_children: Duration,
}

impl Stat {
    fn of(id: u32) -> Result<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).context("the process is gone")?;
        // The name in brackets may contain any character. After it comes field 3.
        let (_, rest) = stat.rsplit_once(')').context("`stat` has no name")?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        let field = |number: usize| fields.get(number - 3).context("`stat` is too short");
        let sum = |one: usize, other: usize| {
            Ok::<_, anyhow::Error>(of_ticks(field(one)?.parse::<u64>()? + field(other)?.parse::<u64>()?))
        };
        Ok(Self { parent: field(4)?.parse()?, own: sum(14, 15)?, ended_children: sum(16, 17)? })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_children_counts() {
        let own = std::process::id();
        let used = || (cpu_with_children(own).unwrap(), cpu_of_machine().unwrap());
        let before = used();
        let loops = "i=0; while [ $i -lt 2000000 ]; do i=$((i + 1)); done";
        let mut child = Command::new("sh").args(["-c", loops]).spawn().unwrap();
        let child_used = loop {
            let now = cpu(child.id()).unwrap();
            if now >= Duration::from_millis(50) {
                break now;
            }
        };
        let during = used();
        assert!(during.0 >= before.0 + child_used, "{before:?} {during:?} {child_used:?}");
        child.kill().unwrap();
        child.wait().unwrap();
        let after = used();
        assert!(after.0 >= during.0 && after.1 >= before.1 + child_used, "{before:?} {after:?} {child_used:?}");
    }
}
