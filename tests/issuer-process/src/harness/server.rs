//! `postern serve` as a process.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::Value;

use super::{Home, Request, Response};

/// A running server. It is killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    /// What it said of where it listens.
    pub(crate) ready: Value,
}

impl Server {
    /// Starts a server on a free port and waits until it says that it listens. Its log goes to the file `log`.
    pub(crate) fn start(home: &Home) -> Self {
        Self::start_with(home, &[], "log")
    }

    /// Starts a server with further arguments and a log file of its own.
    pub(crate) fn start_with(home: &Home, more: &[&str], log: &str) -> Self {
        let arguments = [&["serve", "--listen", "127.0.0.1:0"], more].concat();
        let mut command = home.command(&arguments);
        // Everything is logged that can be: nothing of it may be a secret.
        command.env("POSTERN_LOG", "trace");
        let log = File::create(home.path(log)).unwrap();
        Self::spawn(command.stderr(log))
    }

    /// Starts what is to become a server on a free port, and waits until it says that it listens.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).expect("the server says where it listens");
        Self { child, address: ready["listening"].as_str().unwrap().to_owned(), ready }
    }

    pub(crate) fn send(&self, request: &Request) -> Response {
        request.try_send(&self.address).expect("the server answers")
    }

    /// The process's id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, waits for the end, and returns it with what else stood on standard output.
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
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
