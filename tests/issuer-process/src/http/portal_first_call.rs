//! The first call that the portal shows with a new token, as programs.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use super::portal::{create, portal_with, signed_in, value};
use crate::harness::Database;

/// How a copied program is run: its name on the page, and the command to which it is the last argument. Go is not among the tools of the tests.
const RUN: [(&str, &[&str]); 3] = [("curl", &["sh", "-c"]), ("JavaScript", &["node", "--eval"]), ("Python", &["python3", "-c"])];

#[test]
fn each_program_of_the_first_call_sends_the_token() {
    let (gateway, requests) = gateway();
    let users = portal_with(Database::Sqlite, &format!("[portal]\ngateway = \"{gateway}\"\n"));
    let mut dora = signed_in(&users, "alice");
    let application = create(&mut dora, "Storefront");
    let page = dora.get(&application);
    dora.submit_to(&page, &format!("{application}/subscribe"), &[("api", "pasta/2 gold")]);
    let keys = format!("{application}/keys/production");
    for domains in ["", "app.example.com"] {
        let form = dora.get(&keys);
        let made = dora.submit_to(&form, &keys, &[("domains", domains)]);
        let token = value(&made, "Token");
        let program = |name: &str| {
            let (_, rest) = made.html.split_once(&format!("<summary>{name}</summary>")).expect(name);
            let (_, rest) = rest.split_once("<code class=\"copy\"").unwrap().1.split_once('>').unwrap();
            let program = rest.split_once("</code>").unwrap().0;
            program.replace("<span class=\"clipped\">", "").replace("</span>", "")
        };
        for (name, command) in RUN {
            let program = program(name);
            assert!(!program.contains('&'), "{name} has a character that HTML escapes: {program}");
            let run = Command::new(command[0]).args(&command[1..]).arg(&program).output().unwrap();
            assert!(run.status.success(), "{name}: {}\n{program}", String::from_utf8_lossy(&run.stderr));
            let output = String::from_utf8_lossy(&run.stdout);
            assert_eq!(program.matches(&token).count(), 1, "{name}: {program}");
            // A refusal, whose body says why, is printed too.
            assert!(output.contains("why it is refused"), "{name}: {output}");
            let request = requests.recv_timeout(Duration::from_secs(10)).unwrap();
            assert!(request.starts_with("GET /pasta/menu HTTP/1.1\n"), "{name}: {request}");
            assert!(request.contains(&format!("\nauthorization: Bearer {token}\n")), "{name}: {request}");
            let origin = "\norigin: https://app.example.com\n";
            assert_eq!(request.contains(origin), !domains.is_empty(), "{name}: {request}");
        }
        let go = program("Go");
        for part in [
            &format!("\tTOKEN   = \"{token}\"\n"),
            &format!("\tGATEWAY = \"{gateway}\"\n"),
            "http.NewRequest(http.MethodGet, GATEWAY+\"/pasta/menu\", nil)",
            "request.Header.Set(\"Authorization\", \"Bearer \"+TOKEN)",
        ] {
            assert!(go.contains(part), "{part} is not in {go}");
        }
        let origin = "\trequest.Header.Set(\"Origin\", \"https://app.example.com\")\n";
        assert_eq!(go.contains(origin), !domains.is_empty(), "{go}");
    }
}

/// A server that refuses every request. Returns its origin, and the head of each request, with the names of its fields in lower case.
fn gateway() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let (sender, requests) = channel();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let lines = BufReader::new(&connection).lines().map(Result::unwrap).take_while(|line| !line.is_empty());
            let lower = |line: String| match line.split_once(": ") {
                Some((name, value)) => format!("{}: {value}\n", name.to_ascii_lowercase()),
                None => format!("{line}\n"),
            };
            let head: String = lines.map(lower).collect();
            connection
                .write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 17\r\nconnection: close\r\n\r\nwhy it is refused")
                .unwrap();
            if sender.send(head).is_err() {
                return;
            }
        }
    });
    (origin, requests)
}
