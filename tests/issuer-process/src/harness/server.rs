//! `postern serve` as a process.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Home, Request, Response};

/// A running server. It is killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    /// The JSON line that the server printed when it began to listen.
    pub(crate) ready: Value,
}

impl Server {
    /// Starts a server on a free port and waits until the server listens. Its log goes to the file `log`.
    pub(crate) fn start(home: &Home) -> Self {
        Self::start_with(home, &[], "log")
    }

    /// Starts a server with further arguments and a log file of its own.
    pub(crate) fn start_with(home: &Home, more: &[&str], log: &str) -> Self {
        let arguments = [&["serve", "--listen", "127.0.0.1:0"], more].concat();
        let mut command = home.command(&arguments);
        // The finest level, so that tests find a secret in any log line.
        command.env("POSTERN_LOG", "trace");
        let log = File::create(home.path(log)).unwrap();
        Self::spawn(command.stderr(log))
    }

    /// Runs a command that becomes a server, and waits until the server listens.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        Self::try_spawn(command).expect("the server prints where it listens")
    }

    /// Runs a command that prints a line with a result and then becomes a server. Returns the result too.
    pub(crate) fn spawn_after_result(command: &mut Command) -> (Value, Self) {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        let mut next = || serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        let (result, ready): (Value, Value) = (next(), next());
        (result, Self { child, address: ready["listening"].as_str().unwrap().to_owned(), ready })
    }

    /// Like [`Self::spawn`]. Fails with the first line of standard output if that does not say where the server listens.
    pub(crate) fn try_spawn(command: &mut Command) -> Result<Self, String> {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let Ok(ready) = serde_json::from_str::<Value>(&line) else {
            child.wait().unwrap();
            return Err(line);
        };
        Ok(Self { child, address: ready["listening"].as_str().unwrap().to_owned(), ready })
    }

    pub(crate) fn send(&self, request: &Request) -> Response {
        request.try_send(&self.address).expect("the server responds")
    }

    /// Asks for `target` until the answer has this status, at most for five seconds.
    pub(crate) fn eventually(&self, target: &str, status: u16) -> Response {
        let end = Instant::now() + Duration::from_secs(5);
        loop {
            let response = self.send(&Request::get(target));
            if response.status == status {
                return response;
            }
            assert!(Instant::now() < end, "{target} answers {} and not {status}", response.status);
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal and waits for the process to end. Returns its status and the rest of its standard output.
    pub(crate) fn stop(mut self, signal: &str) -> (ExitStatus, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let mut rest = String::new();
        self.child.stdout.as_mut().unwrap().read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap(), rest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
