//! The process that keeps a server: it starts and stops it on command, and cleans up when its parent is gone.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use crate::installation::Installation;

const SCRIPT: &str = include_str!("supervise.sh");

/// A supervisor; dropping it ends the server, removes its folder and waits until both are done.
#[derive(Debug)]
pub(crate) struct Supervisor {
    child: Child,
    /// `None` once it is told to end.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Supervisor {
    /// Starts one for the server in `folder`, which it does not start yet.
    pub(crate) fn new(folder: &Path, installation: &Installation, addresses: &str) -> io::Result<Self> {
        let mut command = installation.command(Path::new("/bin/sh"));
        command.args(["-c", SCRIPT, "supervise.sh"]).arg(folder).arg(&installation.slapd).arg(addresses);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // Ctrl-C is for the tests. The supervisor hears of their end by the end of its input, and has to clean up then.
        command.process_group(0);
        let mut child = command.spawn()?;
        let orders = child.stdin.take();
        let answers = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self { child, orders, answers: BufReader::new(answers) })
    }

    pub(crate) fn start(&mut self) -> io::Result<()> {
        self.order("start").map(drop)
    }

    /// Ends the server in order and waits for it.
    pub(crate) fn stop(&mut self) -> io::Result<()> {
        self.order("stop").map(drop)
    }

    /// Whether the server has not ended by itself.
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
        // It ends by itself, and nothing can be done if it does not.
        let _ = self.child.wait();
    }
}
