//! The reference deployment as a person runs it: its commands do what it says, and nothing still runs afterwards.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn the_reference_deployment_prints_commands_that_work_and_ends_on_ctrl_c() {
    let mut reference = Command::new(env!("CARGO_BIN_EXE_reference")).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(reference.stdout.take().unwrap()).lines().map(Result::unwrap);
    let printed: Vec<String> = lines.by_ref().take_while(|line| !line.contains("Ctrl-C stops everything")).collect();
    let variables: Vec<&str> =
        printed.iter().map(|line| line.trim()).filter(|line| line.starts_with("CA=") || line.starts_with("TOKEN=")).collect();
    assert_eq!(variables.len(), 2, "{printed:?}");
    let mut tried = 0;
    for (heading, command) in printed.iter().zip(printed.iter().skip(1)).filter(|(_, line)| line.starts_with("    curl ")) {
        let expected = heading.rsplit_once(": ").unwrap().1;
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let output = run(&variables, command);
            if matches(&output, expected) {
                break;
            }
            // Only what a change at the issuer causes may take a moment.
            assert!(expected == "401 revoked" && Instant::now() < end, "{heading}\n{command}\n{output}");
            thread::sleep(Duration::from_millis(20));
        }
        tried += 1;
    }
    assert_eq!(tried, 8, "{printed:?}");

    let ports: Vec<u16> =
        printed.iter().filter_map(|line| line.trim().rsplit_once(" https://localhost:")?.1.parse().ok()).collect();
    assert_eq!(ports.len(), 2, "{printed:?}");
    assert!(Command::new("kill").args(["-INT", &reference.id().to_string()]).status().unwrap().success());
    assert!(lines.any(|line| line.contains("stopping the Envoys")));
    assert!(reference.wait().unwrap().success());
    for port in ports {
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "port {port} still listens");
    }
}

/// The output of a command as it is printed, and its errors.
fn run(variables: &[&str], command: &str) -> String {
    let script = format!("{}\n{command} 2>&1", variables.join("\n"));
    let output =
        Command::new("sh").args(["-c", &script]).env_clear().env("PATH", std::env::var_os("PATH").unwrap()).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Whether an output has the expected status and code, or the expected words of curl.
fn matches(output: &str, expected: &str) -> bool {
    let mut words = expected.split(' ');
    let first = words.next().unwrap();
    if first.parse::<u16>().is_err() {
        return output.contains(expected);
    }
    let status = output.lines().find(|line| line.starts_with("HTTP/")).and_then(|line| line.split(' ').nth(1));
    status == Some(first) && words.all(|code| output.contains(&format!("\"code\":\"{code}\"")))
}
