//! The process that starts and stops a server on command, and cleans up when its parent process ends.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::account::Account;

const SCRIPT: &str = include_str!("supervise.sh");

/// A command to a supervisor.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Order {
    /// Start the server on this port.
    Start(u16),
    Stop,
    Crash,
}

/// A supervisor. Dropping it stops the server and removes the folder.
#[derive(Debug)]
pub(crate) struct Supervisor {
    child: Child,
    /// `None` once the supervisor has to end.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Supervisor {
    /// Starts a supervisor for the server in `folder`, without starting the server. `pg_ctl` need not exist yet.
    pub(crate) fn new(folder: &Path, pg_ctl: &Path, account: Option<Account>) -> io::Result<Self> {
        let mut command = command(Path::new("/bin/sh"), account);
        command.args(["-c", SCRIPT, "supervise.sh"]).arg(folder).arg(pg_ctl);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // Ctrl-C is for the tests only. The supervisor notices their end by the end of its input, and cleans up then.
        command.process_group(0);
        let mut child = command.spawn()?;
        let orders = child.stdin.take();
        let answers = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self { child, orders, answers: BufReader::new(answers) })
    }

    /// Sends an order, waits for the result, and returns whether the order was carried out.
    pub(crate) fn order(&mut self, order: Order) -> io::Result<bool> {
        let word = match order {
            Order::Start(port) => format!("start {port}\n"),
            Order::Stop => "stop\n".to_owned(),
            Order::Crash => "crash\n".to_owned(),
        };
        self.orders.as_mut().ok_or(io::ErrorKind::BrokenPipe)?.write_all(word.as_bytes())?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        Ok(answer == "0\n")
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        drop(self.orders.take());
        // The supervisor ends by itself. Nothing can be done if it does not.
        let _ = self.child.wait();
    }
}

/// A command under `account` with a clean environment, because a variable could name another server.
pub(crate) fn command(program: &Path, account: Option<Account>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs([("PATH", "/usr/local/bin:/usr/bin:/bin"), ("LC_ALL", "C")]).current_dir("/");
    if let Some(Account { user, group }) = account {
        command.uid(user).gid(group);
    }
    command.stdin(Stdio::null());
    command
}
