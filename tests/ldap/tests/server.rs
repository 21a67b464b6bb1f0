//! The server starts, stops, and ends with the process that started it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::env;
use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use postern_test_ldap::{BASE, Server};

fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

#[test]
fn a_server_stops_starts_again_and_leaves_no_files() {
    let server = Server::start();
    let (port, folder) = (server.port(), server.folder().to_owned());
    assert!(listens(port) && server.authority().is_file());
    server.stop();
    assert!(!listens(port));
    server.start_again();
    assert!(listens(port));
    server.load(&format!("dn: {BASE}\nobjectClass: domain\ndc: example\n"));
    assert!(listens(port));
    drop(server);
    assert!(!listens(port) && !folder.exists());
}

/// Names the process that [`a_server_ends_with_its_killed_parent_process`] starts.
const CHILD: &str = "POSTERN_TEST_LDAP_CHILD";

#[test]
fn a_server_ends_with_its_killed_parent_process() {
    if env::var_os(CHILD).is_some() {
        let server = Server::start();
        println!("\nserver {} {}", server.port(), server.folder().display());
        thread::sleep(Duration::from_mins(5));
        return;
    }
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "a_server_ends_with_its_killed_parent_process", "--nocapture"])
        .env(CHILD, "yes")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let line =
        lines.find_map(|line| line.strip_prefix("server ").map(ToOwned::to_owned)).expect("the server of the child starts");
    let (port, folder) = line.split_once(' ').unwrap();
    let (port, folder): (u16, PathBuf) = (port.parse().unwrap(), folder.into());
    assert!(listens(port));
    // SIGKILL: no code of the child runs after it.
    child.kill().unwrap();
    child.wait().unwrap();
    let end = Instant::now() + Duration::from_secs(30);
    while folder.exists() || listens(port) {
        assert!(Instant::now() < end, "the server or its folder is still there");
        thread::sleep(Duration::from_millis(20));
    }
}
