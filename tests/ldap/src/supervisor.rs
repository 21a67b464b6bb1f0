//! The process that starts and stops a server on command, and cleans up when its parent process ends.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use crate::installation::Installation;

const SCRIPT: &str = include_str!("supervise.sh");

/// A supervisor. Dropping it stops the server and removes the folder.
#[derive(Debug)]
pub(crate) struct Supervisor {
    child: Child,
    /// `None` once the supervisor has to end.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Supervisor {
    /// Starts a supervisor for the server in `folder`, without starting the server.
    pub(crate) fn new(folder: &Path, installation: &Installation, addresses: &str) -> io::Result<Self> {
        let mut command = installation.command(Path::new("/bin/sh"));
        command.args(["-c", SCRIPT, "supervise.sh"]).arg(folder).arg(&installation.slapd).arg(addresses);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // Ctrl-C is for the tests only. The supervisor notices their end by the end of its input, and cleans up then.
        command.process_group(0);
        let mut child = command.spawn()?;
        let orders = child.stdin.take();
        let answers = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self { child, orders, answers: BufReader::new(answers) })
    }

    pub(crate) fn start(&mut self) -> io::Result<()> {
        self.order("start").map(drop)
    }

    /// Shuts the server down and waits for it.
    pub(crate) fn stop(&mut self) -> io::Result<()> {
        self.order("stop").map(drop)
    }

    /// Whether the server still runs.
    pub(crate) fn runs(&mut self) -> io::Result<bool> {
        Ok(self.order("ask")? == "runs\n")
    }

    fn order(&mut self, word: &str) -> io::Result<String> {
        self.orders.as_mut().ok_or(io::ErrorKind::BrokenPipe)?.write_all(format!("{word}\n").as_bytes())?;
        let mut answer = String::new();
        match self.answers.read_line(&mut answer)? {
            0 => Err(io::ErrorKind::BrokenPipe.into()),
            _ => Ok(answer),
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        drop(self.orders.take());
        // The supervisor ends by itself. Nothing can be done if it does not.
        let _ = self.child.wait();
    }
}
