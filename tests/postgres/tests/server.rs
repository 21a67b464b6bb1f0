//! The server starts, keeps its data, and ends with the process that started it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::env;
use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use postern_test_postgres::{Server, VERSION, query, shared};

#[test]
fn databases_are_separate() {
    let (one, two) = (shared().create_database(), shared().create_database());
    query(&one, "CREATE TABLE things (name text); INSERT INTO things VALUES ('spoon'), ('fork')").unwrap();
    assert_eq!(query(&one, "SELECT name, length(name) FROM things ORDER BY name").unwrap(), "fork|4\nspoon|5");
    assert!(query(&two, "SELECT * FROM things").unwrap_err().contains("does not exist"));
}

fn assert_settings(server: &Server, expected: [(&str, &str); 4]) {
    for (setting, value) in expected {
        assert_eq!(query(&server.url("postgres"), &format!("SHOW {setting}")).unwrap(), value, "{setting}");
    }
}

#[test]
fn a_server_has_the_requested_version_and_is_durable() {
    let server = Server::start();
    let version = query(&server.url("postgres"), "SHOW server_version").unwrap();
    assert!(VERSION.starts_with(&format!("{version}.")), "{version}");
    let durable = [("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on"), ("max_connections", "200")];
    assert_settings(&server, durable);
}

#[test]
fn the_shared_server_does_not_wait_for_the_disk() {
    assert_settings(
        shared(),
        [("fsync", "off"), ("synchronous_commit", "on"), ("full_page_writes", "off"), ("max_connections", "200")],
    );
}

#[test]
fn a_wrong_password_is_refused() {
    let url = shared().url("postgres");
    let (user, rest) = url.rsplit_once(':').and_then(|(user, port)| Some((user.rsplit_once(':')?.0, port))).unwrap();
    let wrong = format!("{user}:wrong@127.0.0.1:{rest}");
    assert!(query(&wrong, "SELECT 1").unwrap_err().contains("password authentication failed"));
}

#[test]
fn data_survives_a_stop_and_a_crash() {
    let server = Server::start();
    let url = server.create_database();
    query(&url, "CREATE TABLE kept (number int)").unwrap();
    for (number, end) in [Server::stop, Server::crash].iter().enumerate() {
        query(&url, &format!("INSERT INTO kept VALUES ({number})")).unwrap();
        end(&server);
        assert!(query(&url, "SELECT 1").unwrap_err().contains("refused"));
        server.start_again();
        assert_eq!(query(&url, "SELECT max(number) FROM kept").unwrap(), number.to_string());
    }
}

#[test]
fn a_server_leaves_no_files() {
    let server = Server::start();
    let (port, folder) = (server.port(), server.folder().to_owned());
    assert!(folder.exists());
    drop(server);
    assert!(!folder.exists());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
}

/// Names the process that [`a_server_ends_with_its_killed_parent_process`] starts.
const CHILD: &str = "POSTERN_TEST_POSTGRES_CHILD";

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
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    // SIGKILL: no code of the child runs after it.
    child.kill().unwrap();
    child.wait().unwrap();
    let end = Instant::now() + Duration::from_secs(30);
    while folder.exists() || TcpStream::connect(("127.0.0.1", port)).is_ok() {
        assert!(Instant::now() < end, "the server or its folder is still there");
        thread::sleep(Duration::from_millis(20));
    }
}
