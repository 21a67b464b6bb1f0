//! The process that keeps a server: it starts and stops it on command, and cleans up when its parent is gone.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::account::Account;

const SCRIPT: &str = include_str!("supervise.sh");

/// What a supervisor can be told.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Order {
    /// Start the server on this port.
    Start(u16),
    Stop,
    Crash,
}

/// A supervisor; dropping it ends the server, removes its folder and waits until both are done.
#[derive(Debug)]
pub(crate) struct Supervisor {
    child: Child,
    /// `None` once it is told to end.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Supervisor {
    /// Starts one for the server in `folder`, which it does not start yet. `pg_ctl` may come later.
    pub(crate) fn new(folder: &Path, pg_ctl: &Path, account: Option<Account>) -> io::Result<Self> {
        let mut command = command(Path::new("/bin/sh"), account);
        command.args(["-c", SCRIPT, "supervise.sh"]).arg(folder).arg(pg_ctl);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // Ctrl-C is for the tests. The supervisor hears of their end by the end of its input, and has to clean up then.
        command.process_group(0);
        let mut child = command.spawn()?;
        let orders = child.stdin.take();
        let answers = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self { child, orders, answers: BufReader::new(answers) })
    }

    /// Gives an order and waits until it is carried out; says whether it was.
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
        // It ends by itself, and nothing can be done if it does not.
        let _ = self.child.wait();
    }
}

/// A command under `account` that takes nothing from our environment, where a variable could send it to another server.
pub(crate) fn command(program: &Path, account: Option<Account>) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs([("PATH", "/usr/local/bin:/usr/bin:/bin"), ("LC_ALL", "C")]).current_dir("/");
    if let Some(Account { user, group }) = account {
        command.uid(user).gid(group);
    }
    command.stdin(Stdio::null());
    command
}
